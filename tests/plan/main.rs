//! How much is read, how often, and that nothing of it shows in the result.

mod hostile;
mod order;
mod traffic;
mod windows;

#[path = "../support/mod.rs"]
mod support;
