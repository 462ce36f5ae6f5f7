//! How often a property is tried.

use proptest::prelude::ProptestConfig;

/// `default` times, or as often as the environment's `PROPTEST_CASES` says.
pub fn cases(default: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        // proptest reads it itself
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(default),
    }
}
