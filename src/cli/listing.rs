//! Lists of names with reasons, for reading in a terminal.

use std::fmt::{Display, Write as _};

use weightkin::escape::EscapedQuoted;
use weightkin::lora::{Adapter, Unplaced};

/// Entries that are listed unless all are asked for.
const FIRST: usize = 5;

/// A line for each of `entries`, a name and what is to be said of it; unless `all`, for the first of
/// them, and how many more there are.
pub fn listing<R: Display>(entries: &[(&str, R)], all: bool) -> String {
    let shown = if all { entries.len() } else { entries.len().min(FIRST) };
    let mut text = String::new();
    for (name, reason) in &entries[..shown] {
        let _ = writeln!(text, "  {}: {reason}", EscapedQuoted(name));
    }
    if entries.len() > shown {
        let _ = writeln!(text, "  … and {} more", entries.len() - shown);
    }
    text
}

/// The modules of `adapter` that have no place in a model, with the reasons.
pub fn unplaced(adapter: &Adapter, unplaced: &[Unplaced], all: bool) -> String {
    let entries = unplaced.iter().map(|of| (adapter.modules[of.module].name.as_str(), &of.reason));
    listing(&entries.collect::<Vec<_>>(), all)
}
