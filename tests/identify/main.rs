//! Searches for the nearest relatives of a model.

mod command;
mod database;
mod index;
mod made;
mod sketch;
mod study;

#[path = "../support/cases.rs"]
mod cases;
