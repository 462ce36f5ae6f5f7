//! Licence expressions, as package registries write them.

/// Whether `expression` can be met with licences of `allowed` alone.
pub fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    // an old way of writing a choice
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let verdict = either(&mut words, allowed);
    verdict && words.next().is_none()
}

type Words<'a, 'b> = &'b mut std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: Words<'_, '_>, allowed: &[String]) -> bool {
    let mut verdict = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        verdict |= both(words, allowed);
    }
    verdict
}

fn both(words: Words<'_, '_>, allowed: &[String]) -> bool {
    let mut verdict = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        verdict &= one(words, allowed);
    }
    verdict
}

fn one(words: Words<'_, '_>, allowed: &[String]) -> bool {
    match words.next() {
        Some("(") => {
            let verdict = either(words, allowed);
            words.next() == Some(")") && verdict
        }
        Some(name) => {
            let exception = words.next_if_eq(&"WITH").and_then(|_| words.next());
            let full = exception.map(|exception| format!("{name} WITH {exception}"));
            allowed.iter().any(|allowed| *allowed == full.as_deref().unwrap_or(name))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn expressions() {
        let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for expression in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(GPL-3.0 OR MIT) AND Zlib",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ] {
            assert!(is_allowed(expression, &allowed), "{expression}");
        }
        for expression in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR Zlib) AND GPL-3.0",
            "Apache-2.0",
            "MIT WITH an-exception",
            "(MIT",
            "MIT)",
            "MIT Zlib",
        ] {
            assert!(!is_allowed(expression, &allowed), "{expression}");
        }
    }
}
