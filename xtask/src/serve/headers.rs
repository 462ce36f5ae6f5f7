//! The headers that answers carry: those of the built site's own `_headers` file, which other
//! hosts read too.

use std::path::Path;

use anyhow::{Context, Result};
use axum::http::header::{self, HeaderName, HeaderValue};

/// What `_headers` says: which headers the files under which path get.
#[derive(Debug, Default)]
pub struct HeaderRules {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    /// A path, or with `*` at its end the start of one.
    path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl HeaderRules {
    /// Reads the rules of the site in `root`; a site without the file has none. Unless it is to be
    /// `isolated`, everything that isolates its pages is left out.
    pub fn of_site(root: &Path, isolated: bool) -> Result<Self> {
        let path = root.join("_headers");
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let mut rules = Self::parse(&text).with_context(|| format!("in {}", path.display()))?;
        if !isolated {
            for rule in &mut rules.rules {
                rule.headers.retain(|(name, _)| !isolates(name.as_str()));
            }
        }
        Ok(rules)
    }

    /// A path on a line of its own, its headers on the indented lines below.
    fn parse(text: &str) -> Result<Self> {
        let mut rules: Vec<Rule> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            if line.starts_with(char::is_whitespace) {
                let rule = rules.last_mut().context("a header stands before the first path")?;
                let (name, value) =
                    line.split_once(':').with_context(|| format!("no header: {}", line.trim()))?;
                let name = HeaderName::from_bytes(name.trim().as_bytes())?;
                rule.headers.push((name, HeaderValue::from_str(value.trim())?));
            } else {
                rules.push(Rule { path: line.trim_end().to_owned(), headers: Vec::new() });
            }
        }
        Ok(Self { rules })
    }

    /// The headers of the file at `path`, counted from the top of the site. What no rule says how
    /// to keep is asked for anew each time: here files change under their names.
    pub fn of_path(&self, path: &str) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = vec![(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
        for rule in self.rules.iter().filter(|rule| rule.is_for(path)) {
            for (name, value) in &rule.headers {
                headers.retain(|(known, _)| known != name);
                headers.push((name.clone(), value.clone()));
            }
        }
        headers
    }
}

fn isolates(name: &str) -> bool {
    name.starts_with("cross-origin-") || name == "document-isolation-policy"
}

impl Rule {
    fn is_for(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == self.path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HeaderRules;

    fn lines(rules: &HeaderRules, path: &str) -> Vec<String> {
        let headers = rules.of_path(path);
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    #[test]
    fn rules_of_all_matching_paths_are_taken() {
        let text = "# made by the build\n/*\n  X-Frame: none\n/assets/*\n  Cache-Control: \
                    immutable\n\n/\n  Content-Security-Policy: default-src 'none'\n";
        let rules = HeaderRules::parse(text).unwrap();
        assert_eq!(lines(&rules, "/assets/a.js"), ["x-frame: none", "cache-control: immutable"]);
        assert_eq!(
            lines(&rules, "/"),
            [
                "cache-control: no-cache",
                "x-frame: none",
                "content-security-policy: default-src 'none'"
            ]
        );
        assert_eq!(lines(&rules, "/other"), ["cache-control: no-cache", "x-frame: none"]);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(HeaderRules::parse("  X-Frame: none\n").is_err());
        assert!(HeaderRules::parse("/*\n  no header\n").is_err());
        assert!(HeaderRules::parse("/*\n  X Frame: none\n").is_err());
    }
}
