//! Adapters: every form against an independent calculation, and files that make no sense.
//!
//! `model.safetensors` and `adapter.safetensors` hold a few layers of an SDXL model and a module of
//! each form for them, normally distributed numbers from a fixed seed. `changes.safetensors` holds
//! what strength 1 changes, worked out in float64 by a program of its own in numpy; BOFT and IA3 by
//! the formulas of the library that they come from.

mod apply;
mod compare;
mod extract;
mod forms;
mod hostile;
mod models;
mod support;
