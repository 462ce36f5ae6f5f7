//! What is said of models that have no tensor in common: some names of each, and what separates
//! them where it is only a prefix.

use std::fmt;

use crate::canonical::CanonicalModel;
use crate::escape::{Escaped, EscapedQuoted};
use crate::sorted::sort_by;

/// Names of each model that are shown.
const SHOWN_NAMES: usize = 2;

/// Names of the first model that are looked for in the second.
const TRIED_NAMES: usize = 32;

/// Names that models have, instead of common ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unmatched {
    /// Of each model, what to call it and some names of its tensors.
    pub sides: Vec<(String, Vec<String>)>,
    /// What names of the first two models begin with, where the rest is the same for most.
    pub prefixes: Option<(String, String)>,
}

impl Unmatched {
    pub(super) fn of(models: &[&str], canonical: &[CanonicalModel]) -> Self {
        let names: Vec<Vec<&str>> = canonical.iter().map(stored_names).collect();
        let some = |names: &Vec<&str>| -> Vec<String> {
            names.iter().take(SHOWN_NAMES).map(|name| (*name).to_owned()).collect()
        };
        let sides = models.iter().zip(&names);
        Self {
            sides: sides.map(|(model, names)| ((*model).to_owned(), some(names))).collect(),
            prefixes: names.first().zip(names.get(1)).and_then(|(a, b)| prefixes(a, b)),
        }
    }
}

impl fmt::Display for Unmatched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (model, names) in self.sides.iter().filter(|(_, names)| !names.is_empty()) {
            write!(formatter, "; {} has ", Escaped(model))?;
            for (at, name) in names.iter().enumerate() {
                write!(formatter, "{}{}", if at == 0 { "" } else { ", " }, EscapedQuoted(name))?;
            }
        }
        let Some((first, second)) = &self.prefixes else { return Ok(()) };
        let [a, b, ..] = self.sides.as_slice() else { return Ok(()) };
        let shown = |prefix: &str| match prefix {
            "" => "nothing".to_owned(),
            prefix => EscapedQuoted(prefix).to_string(),
        };
        let (first, second) = (shown(first), shown(second));
        let (a, b) = (Escaped(&a.0), Escaped(&b.0));
        write!(formatter, "; the same names stand behind {first} in {a} and behind {second} in {b}")
    }
}

/// The names that the tensors of a model have in its files, sorted.
fn stored_names(model: &CanonicalModel) -> Vec<&str> {
    let stored = model.tensors.values().flat_map(|tensor| &tensor.stored_names);
    let mut names: Vec<&str> = stored.map(String::as_str).collect();
    sort_by(&mut names, Ord::cmp);
    names.dedup();
    names
}

/// What the names in `a` and in `b` begin with, where most of the shorter list differs in
/// nothing else.
fn prefixes(a: &[&str], b: &[&str]) -> Option<(String, String)> {
    // names in the middle are those of ordinary layers
    let middle = a.iter().skip((a.len() / 2).saturating_sub(TRIED_NAMES / 2)).take(TRIED_NAMES);
    let pairs = middle.flat_map(|first| b.iter().map(move |second| (*first, *second)));
    let (first, second) = pairs.max_by_key(|(first, second)| common_end(first, second))?;
    let common = common_end(first, second);
    let (from, to) = (&first[..first.len() - common], &second[..second.len() - common]);
    let moved = a.iter().filter_map(|name| name.strip_prefix(from));
    let meets = |rest: &&str| b.binary_search(&[to, rest].concat().as_str()).is_ok();
    let met = moved.filter(meets).count();
    (common > 0 && met * 2 > a.len().min(b.len())).then(|| (from.to_owned(), to.to_owned()))
}

/// Bytes that the two names end with, whole words between dots.
fn common_end(a: &str, b: &str) -> usize {
    let words = a.rsplit('.').zip(b.rsplit('.')).take_while(|(a, b)| a == b);
    let bytes: usize = words.map(|(word, _)| word.len() + 1).sum();
    bytes.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::prefixes;

    #[test]
    fn a_prefix_is_found_where_nothing_else_differs() {
        let with = |prefix: &str| -> Vec<String> {
            let names = ["blocks.0.mlp.weight", "blocks.1.mlp.weight", "head.weight"];
            names.iter().map(|name| format!("{prefix}{name}")).collect()
        };
        let found = |a: &str, b: &str| {
            let (a, b) = (with(a), with(b));
            let a: Vec<&str> = a.iter().map(String::as_str).collect();
            let b: Vec<&str> = b.iter().map(String::as_str).collect();
            prefixes(&a, &b)
        };
        let some = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(found("net.", "model.diffusion_model."), some("net.", "model.diffusion_model."));
        assert_eq!(found("module.", ""), some("module.", ""));
        assert_eq!(found("", "_orig_mod."), some("", "_orig_mod."));
        assert_eq!(prefixes(&["a.weight", "b.bias"], &["c.weight", "d.bias", "e.bias"]), None);
        assert_eq!(prefixes(&["w"], &["v"]), None);
        assert_eq!(prefixes(&[], &["v"]), None);
    }
}
