//! Patterns by which users choose tensors.
//!
//! A pattern is a word, found anywhere in a name; a glob (`*` any characters, `?` one) for the
//! whole name; or a regular expression between slashes, found anywhere. Each face of the crate
//! has its own engine for regular expressions: the browser brings one along.

/// Marks a pattern as a regular expression: `/attn[12]/`.
const REGEX_MARK: char = '/';

/// The regular expression that `pattern` stands for.
pub fn pattern_regex(pattern: &str) -> String {
    let inner = pattern
        .strip_prefix(REGEX_MARK)
        .and_then(|rest| rest.strip_suffix(REGEX_MARK))
        .filter(|inner| !inner.is_empty());
    inner.map_or_else(|| glob(pattern), str::to_owned)
}

fn glob(pattern: &str) -> String {
    let wild = pattern.contains(['*', '?']);
    let mut body = String::with_capacity(2 * pattern.len());
    for character in pattern.chars() {
        match character {
            '*' => body.push_str(".*"),
            '?' => body.push('.'),
            // what has a meaning in any dialect
            other if "\\.+()|[]{}^$/".contains(other) => body.extend(['\\', other]),
            other => body.push(other),
        }
    }
    if wild { format!("^{body}$") } else { body }
}

#[cfg(test)]
mod tests {
    use super::pattern_regex;

    #[test]
    fn words_globs_and_expressions() {
        for (pattern, regex) in [
            ("attn2", "attn2"),
            ("to_k.weight", "to_k\\.weight"),
            ("*.to_?.weight", "^.*\\.to_.\\.weight$"),
            ("/attn[12]/", "attn[12]"),
            ("/", "\\/"),
        ] {
            assert_eq!(pattern_regex(pattern), regex);
        }
    }
}
