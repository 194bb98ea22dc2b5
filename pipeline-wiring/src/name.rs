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

/// Names up to this length, in bytes, are compared in constants.
const COMPARED: usize = 64;

/// Returns the distance of two names, if they are as near as [`nearest`] requires. It is computed in constants: it compares bytes,
/// and knows no names longer than 64 bytes.
pub(crate) const fn distance_if_near(name: &str, candidate: &str) -> Option<usize> {
    let (name, candidate) = (name.as_bytes(), candidate.as_bytes());
    let (longer, shorter) = match name.len() > candidate.len() {
        true => (name.len(), candidate.len()),
        false => (candidate.len(), name.len()),
    };
    if longer > COMPARED {
        return None;
    }
    // The rows of the table of distances between beginnings: the last but one, the last, and the one that is computed.
    let mut rows = [[0_usize; COMPARED + 1]; 3];
    let mut j = 0;
    while j <= candidate.len() {
        rows[1][j] = j;
        j += 1;
    }
    let mut i = 1;
    while i <= name.len() {
        rows[2][0] = i;
        let mut j = 1;
        while j <= candidate.len() {
            let same = name[i - 1].eq_ignore_ascii_case(&candidate[j - 1]);
            let mut least = rows[1][j - 1] + if same { 0 } else { 1 };
            if rows[1][j] + 1 < least {
                least = rows[1][j] + 1;
            }
            if rows[2][j - 1] + 1 < least {
                least = rows[2][j - 1] + 1;
            }
            let crossed = i > 1
                && j > 1
                && name[i - 1].eq_ignore_ascii_case(&candidate[j - 2])
                && name[i - 2].eq_ignore_ascii_case(&candidate[j - 1]);
            if crossed && rows[0][j - 2] + 1 < least {
                least = rows[0][j - 2] + 1;
            }
            rows[2][j] = least;
            j += 1;
        }
        rows = [rows[1], rows[2], rows[0]];
        i += 1;
    }
    let distance = rows[1][candidate.len()];
    let allowed = if longer < 6 { 1 } else { longer / 3 };
    let mut common = 0;
    while common < shorter && name[common] == candidate[common] {
        common += 1;
    }
    let begins = shorter >= 3 && common == shorter;
    if distance <= allowed || begins { Some(distance) } else { None }
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
    fn names_are_as_near_in_constants_as_elsewhere() {
        let names = [
            "scored_df",
            "scored_fd",
            "segmented",
            "segmented_customer_df",
            "Metric",
            "metric",
            "weather",
            "a",
            "at",
            "score",
            "scores",
            "threshold",
            "treshold",
            "threshold_2",
            "",
            "paymnet",
            "payment",
            "x_1",
            "x_2",
        ];
        for name in names {
            for candidate in names {
                let near = nearest(name, [candidate]).is_some();
                assert_eq!(distance_if_near(name, candidate).is_some(), near, "{name} {candidate}");
            }
        }
    }

    #[test]
    fn a_short_list_is_shown_if_no_name_is_near() {
        assert_eq!(suggestion("weather", ["alpha", "beta"]), "; available: `alpha`, `beta`");
        assert_eq!(suggestion("alpho", ["alpha", "beta"]), ": did you mean `alpha`?");
        assert_eq!(suggestion("x", []), "");
    }
}
