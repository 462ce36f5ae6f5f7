//! What of the folders that were named is not read, in a few lines.

use std::fmt::Write as _;

use weightkin::escape::Escaped;
use weightkin::model::{NotRead, NotReadReason};

/// Files that are named for each reason; the report has them all.
const NAMED: usize = 6;

/// A line for the variant that is read, and one for each reason that something is not; empty where
/// there is nothing to say.
pub fn lines(model: &str, variant: Option<&str>, not_read: &[NotRead]) -> String {
    let mut text = String::new();
    let model = Escaped(model);
    if let Some(variant) = variant {
        let _ = writeln!(text, "{model}: the variant that is read is {}", Escaped(variant));
    }
    let mut reasons: Vec<NotReadReason> = not_read.iter().map(|entry| entry.reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    for reason in reasons {
        let entries: Vec<&NotRead> =
            not_read.iter().filter(|entry| entry.reason == reason).collect();
        let named: Vec<String> =
            entries.iter().take(NAMED).map(|entry| Escaped(&entry.file).to_string()).collect();
        let named = named.join(", ");
        let _ = write!(text, "{model}: not read, {}: {named}", reason.words());
        if entries.len() > NAMED {
            let _ = write!(text, " and {} more", entries.len() - NAMED);
        }
        if reason == NotReadReason::Variant {
            text.push_str(" (choose with --variant)");
        }
        text.push('\n');
    }
    text
}
