//! Builds, serves, tests and measures weightkin.

fn main() {}
