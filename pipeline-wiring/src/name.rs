//! "Did you mean": the nearest of the names that would have been right.

/// The candidate nearest to `name`, if one is near enough to be a likely slip of the finger.
///
/// Near enough is a Damerau–Levenshtein distance of at most a third of the longer name, at least
/// one, or one name being the beginning of the other.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let longer = name.chars().count().max(candidate.chars().count());
            let distance = strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase());
            let shorter = name.len().min(candidate.len());
            let begins = shorter >= 3 && (name.starts_with(candidate) || candidate.starts_with(name));
            (distance <= (longer / 3).max(1) || begins).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Whether `name` is a slip of the finger for `candidate`: one letter or two are other ones.
pub fn is_slip(name: &str, candidate: &str) -> bool {
    strsim::damerau_levenshtein(name, candidate) <= 2
}

/// The end of a message about the unknown `name`: the nearest candidate as a question, else all of
/// them when they are few, else nothing.
pub fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    match nearest(name, candidates.iter().copied()) {
        Some(near) => format!(": did you mean `{near}`?"),
        None if candidates.is_empty() || candidates.len() > 12 => String::new(),
        None => {
            let names: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
            format!("; there is {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        let names = ["scored_df", "segmented_customer_df", "metric"];
        assert_eq!(nearest("scored_fd", names), Some("scored_df"));
        assert_eq!(nearest("segmented", names), Some("segmented_customer_df"));
        assert_eq!(nearest("Metric", names), Some("metric"));
        assert_eq!(nearest("weather", names), None);
        assert_eq!(nearest("a", []), None);
    }

    #[test]
    fn without_a_near_name_a_short_list_is_shown() {
        assert_eq!(suggestion("weather", ["alpha", "beta"]), "; there is `alpha`, `beta`");
        assert_eq!(suggestion("alpho", ["alpha", "beta"]), ": did you mean `alpha`?");
        assert_eq!(suggestion("x", []), "");
    }
}
