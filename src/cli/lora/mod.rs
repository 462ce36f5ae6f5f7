//! `weightkin lora`.

mod apply;
mod combine;
mod compare;
mod extract;
mod show;

use std::error::Error;

use clap::{Args, Subcommand};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show what an adapter is: its forms, what it fits, its ranks, its strongest blocks
    Show(show::Arguments),
    /// Compare adapters by what they change, whatever their ranks, names and forms
    Compare(compare::Arguments),
    /// Write a checkpoint with adapters applied to it
    Apply(apply::Arguments),
    /// Write the difference of two models as an adapter
    Extract(extract::Arguments),
    /// Write an adapter with fewer terms
    Resize(combine::Resize),
    /// Write several adapters as one
    Merge(combine::Merge),
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    match &arguments.command {
        Command::Show(arguments) => show::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::Apply(arguments) => apply::run(arguments),
        Command::Extract(arguments) => extract::run(arguments),
        Command::Resize(arguments) => combine::resize(arguments),
        Command::Merge(arguments) => combine::merge(arguments),
    }
}
