//! One function for each thing that reads what strangers wrote. It takes any bytes, and panics
//! when the library breaks a promise; a panic of the library's own is a find as well.

#![forbid(unsafe_code)]

mod adapter;
mod decode;
mod fingerprint;
mod gguf;
mod header;
mod index;
mod names;
mod planner;
mod relatives;
mod report;

pub use adapter::adapter;
pub use decode::decode;
pub use fingerprint::fingerprint;
pub use gguf::gguf;
pub use header::header;
pub use index::index;
pub use names::names;
pub use planner::planner;
pub use relatives::relatives;
pub use report::report;

/// Longest message any error may have, in characters.
const MESSAGE_CHARACTERS: usize = 4000;

/// A message has to be fit to be shown, whatever was wrong.
fn assert_fit(message: &str) {
    assert!(message.chars().count() < MESSAGE_CHARACTERS, "{} characters", message.len());
    assert!(!message.contains(char::is_control), "{message:?}");
    assert!(!message.contains(['\u{202e}', '\u{2066}', '\u{200b}']), "{message:?}");
}

/// `data` with the checksum it states replaced by the one that was found; `None` where it states
/// none of the same length.
fn mended(data: &[u8], found: &str, stated: &str) -> Option<Vec<u8>> {
    let place = data.windows(stated.len().max(1)).position(|window| window == stated.as_bytes())?;
    let mut mended = data.to_vec();
    mended.splice(place..place + stated.len(), found.bytes());
    (stated.len() == found.len()).then_some(mended)
}
