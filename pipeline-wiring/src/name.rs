//! "Did you mean": the valid name nearest to an unknown one.

/// Returns the candidate nearest to `name`, if one is near enough for `name` to be a likely typo of it.
///
/// A candidate is near enough if its Damerau–Levenshtein distance is at most a third of the length of the longer name
/// (but at least one), or if one of the names is a prefix of the other and has at least three bytes.
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

/// Returns whether `name` is a likely typo of `candidate`: at most two edits away.
pub fn is_typo(name: &str, candidate: &str) -> bool {
    strsim::damerau_levenshtein(name, candidate) <= 2
}

/// Returns the end of a message about the unknown `name`: the nearest candidate as a question, otherwise all candidates
/// if there are at most 12, otherwise nothing.
pub fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    match nearest(name, candidates.iter().copied()) {
        Some(near) => format!(": did you mean `{near}`?"),
        None if candidates.is_empty() || candidates.len() > 12 => String::new(),
        None => {
            let names: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
            format!("; available: {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_the_nearest_name_and_other_words_find_no_name() {
        let names = ["scored_df", "segmented_customer_df", "metric"];
        assert_eq!(nearest("scored_fd", names), Some("scored_df"));
        assert_eq!(nearest("segmented", names), Some("segmented_customer_df"));
        assert_eq!(nearest("Metric", names), Some("metric"));
        assert_eq!(nearest("weather", names), None);
        assert_eq!(nearest("a", []), None);
    }

    #[test]
    fn a_short_list_is_shown_if_no_name_is_near() {
        assert_eq!(suggestion("weather", ["alpha", "beta"]), "; available: `alpha`, `beta`");
        assert_eq!(suggestion("alpho", ["alpha", "beta"]), ": did you mean `alpha`?");
        assert_eq!(suggestion("x", []), "");
    }
}
