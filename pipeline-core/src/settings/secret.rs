//! Masking of secrets in source text.

/// Replaces the values of the keys `secrets` with stars, byte by byte: an error in a file is shown with its lines, and
/// a line may contain a secret. A line with a syntax error, at one of the offsets `broken`, is masked completely,
/// because its keys are unknown, unless it begins with one of the words `plain` or is the header of a table.
pub(super) fn masked(text: &str, secrets: &[&str], broken: &[usize], plain: &[&str]) -> String {
    if secrets.is_empty() {
        return text.to_owned();
    }
    let mut masked = String::with_capacity(text.len());
    let is_plain = |line: &str| {
        let word = line.trim_start().split(|letter: char| !letter.is_alphanumeric() && letter != '_').next();
        line.trim_start().starts_with('[') || plain.contains(&word.unwrap_or_default())
    };
    let is_broken = |begin: usize, line: &str| {
        broken.iter().any(|place| {
            (begin..begin + line.len().max(1)).contains(place)
                || *place == text.len() && begin + line.len() == text.len()
        })
    };
    // The end of a secret value that continues over several lines.
    let mut within: Option<&str> = None;
    // Whether the current table is a secret.
    let mut of_secret = false;
    for line in text.split_inclusive('\n') {
        if let Some(end) = within {
            masked.push_str(&stars(line));
            if line.contains(end) {
                within = None;
            }
            continue;
        }
        if let Some(header) = line.trim_start().strip_prefix('[') {
            of_secret =
                parts(header.split(']').next().unwrap_or_default()).any(|part| secrets.contains(&part));
            masked.push_str(line);
            continue;
        }
        if of_secret || (is_broken(masked.len(), line) && !is_plain(line)) {
            masked.push_str(&stars(line));
            continue;
        }
        let Some(equals) = secret_value(line, secrets) else {
            masked.push_str(line);
            continue;
        };
        let (key, value) = line.split_at(equals + 1);
        masked.push_str(key);
        masked.push_str(&stars(value));
        let opened = ["\"\"\"", "'''"].into_iter().find(|quotes| value.trim_start().starts_with(quotes));
        within = opened.filter(|quotes| value.matches(quotes).count() < 2);
        if value.trim_start().starts_with('[') && !value.contains(']') {
            within = Some("]");
        }
    }
    masked
}

/// The words of a dotted key.
fn parts(key: &str) -> impl Iterator<Item = &str> {
    key.split('.')
        .map(|part| part.trim_matches(|letter: char| letter.is_whitespace() || "\"'[".contains(letter)))
}

/// The offset of the `=` before the value of a secret, if the line has one: after its key, or in an inline table.
fn secret_value(line: &str, secrets: &[&str]) -> Option<usize> {
    line.match_indices('=').map(|(equals, _)| equals).find(|equals| {
        let key = line[..*equals].rsplit(['{', ',']).next().unwrap_or_default();
        parts(key).any(|part| secrets.contains(&part))
    })
}

/// Replaces every byte with a star, except for whitespace.
fn stars(text: &str) -> String {
    let star = |byte: u8| if byte.is_ascii_whitespace() { byte as char } else { '*' };
    text.bytes().map(star).collect()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn values_of_secrets_are_masked() {
        let text = "a = 1\ntoken = \"geheimß\" # geheim\ninputs.token='x'\n\"token\" = geheim\ntokens = 5\nx = { token = \"geheim\" }\ntoken = \"\"\"\ngeheim\n\"\"\"\nb = 2\ntoken = [\n \"geheim\",\n]\nc = 3\n";
        let hidden = masked(text, &["token"], &[], &[]);
        assert!(!hidden.contains("geheim"), "{hidden}");
        assert!(!hidden.contains('x') || hidden.contains("x = {"), "{hidden}");
        assert_eq!(hidden.len(), text.len());
        assert!(hidden.contains("tokens = 5\n") && hidden.contains("b = 2\n") && hidden.contains("c = 3\n"));
        assert_eq!(masked(text, &[], &[], &[]), text);
        let nested = "[inputs.token]\nuser = 1\n\n[inputs]\nb = 2\ntoken.password = 3\n";
        let hidden = "[inputs.token]\n**** * *\n\n[inputs]\nb = 2\ntoken.password = *\n";
        assert_eq!(masked(nested, &["token"], &[], &[]), hidden);
        let broken = |plain: &[&str]| masked("a = 1\nb : x\nc = 2", &["token"], &[8], plain);
        assert_eq!(broken(&["a"]), "a = 1\n* * *\nc = 2");
        assert_eq!(broken(&["b"]), "a = 1\nb : x\nc = 2");
    }
}
