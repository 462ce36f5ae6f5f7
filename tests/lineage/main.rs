//! Who descends from whom, and by what shares.

mod ancestor;
mod command;
mod layers;
mod read_back;
mod recipes;
mod relations;
mod trained;

#[path = "../kin/mod.rs"]
mod kin;
