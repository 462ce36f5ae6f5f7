//! What the tests of several subjects share.

// each test file uses a part of it
#![allow(dead_code, unused_imports)]

pub mod cases;
pub mod comparison;
pub mod double;
pub mod file;
pub mod model;

pub use weightkin_family::header as entry;
