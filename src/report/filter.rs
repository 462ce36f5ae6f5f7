//! A user's choice of tensors by name.

use regex_lite::Regex;
use thiserror::Error;

/// Marks a pattern as a regular expression: `/attn[12]/`.
const REGEX_MARK: char = '/';

/// A pattern on tensor names: a glob (`*` any characters, `?` one), found anywhere in the name
/// unless it starts or ends with `*`; or a regular expression between slashes.
#[derive(Debug, Clone)]
pub struct Filter {
    pattern: String,
    regex: Regex,
}

/// A pattern that is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("pattern {pattern:?} is not valid: {message}")]
pub struct FilterError {
    pattern: String,
    message: String,
}

impl Filter {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When a regular expression is not valid.
    pub fn new(pattern: &str) -> Result<Self, FilterError> {
        let inner = pattern
            .strip_prefix(REGEX_MARK)
            .and_then(|rest| rest.strip_suffix(REGEX_MARK))
            .filter(|inner| !inner.is_empty());
        let source = inner.map_or_else(|| glob(pattern), str::to_owned);
        let regex = Regex::new(&source).map_err(|error| FilterError {
            pattern: pattern.to_owned(),
            message: error.to_string(),
        })?;
        Ok(Self { pattern: pattern.to_owned(), regex })
    }

    /// The pattern as given.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether the filter takes the tensor `name`.
    pub fn takes(&self, name: &str) -> bool {
        self.regex.is_match(name)
    }
}

fn glob(pattern: &str) -> String {
    let wild = pattern.contains(['*', '?']);
    let body: String = pattern
        .chars()
        .map(|character| match character {
            '*' => ".*".to_owned(),
            '?' => ".".to_owned(),
            other => regex_lite::escape(other.encode_utf8(&mut [0; 4])),
        })
        .collect();
    // a plain word is looked for anywhere
    if wild { format!("^{body}$") } else { body }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    fn takes(pattern: &str, name: &str) -> bool {
        Filter::new(pattern).is_ok_and(|filter| filter.takes(name))
    }

    #[test]
    fn words_globs_and_expressions() {
        let name = "model.diffusion_model.input_blocks.4.1.attn2.to_k.weight";
        for pattern in ["attn2", "*attn2*", "*.to_?.weight", "/attn[12]\\.to_[kv]/"] {
            assert!(takes(pattern, name), "{pattern}");
        }
        for pattern in ["attn1", "attn2*", "model.*.bias", "/^attn/"] {
            assert!(!takes(pattern, name), "{pattern}");
        }
        assert!(!takes("a.b", "axb"), "a dot is a dot");
    }

    #[test]
    fn a_bad_expression_is_named() {
        let error = Filter::new("/[/").expect_err("not an expression");
        assert!(error.to_string().contains("/[/"));
    }
}
