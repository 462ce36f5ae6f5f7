//! Fingerprints: the rule, the file, the estimates and the command line.

#[path = "../kin/mod.rs"]
mod kin;
#[path = "../support/mod.rs"]
mod support;

mod command;
mod compare;
mod format;
mod formats;
mod rule;
mod traffic;
