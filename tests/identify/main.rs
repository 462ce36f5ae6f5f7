//! Searches for the nearest relatives of a model.

mod lineup;
mod study;
