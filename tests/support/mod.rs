//! What the tests of several subjects share.

// each test file uses a part of it
#![allow(dead_code)]

pub mod cases;
pub mod comparison;
pub mod double;
pub mod entry;
pub mod file;
pub mod model;
