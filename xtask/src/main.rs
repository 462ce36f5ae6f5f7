//! Builds, serves, tests and measures weightkin:
//! `cargo xtask build|pack|serve|test|bench|fuzz|audit`.

#![forbid(unsafe_code)]

mod bench;
mod build;
mod command;
mod fuzz;
mod pack;
mod python;
mod repo;
mod serve;
mod supply;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the page into www/dist, ready for any static host
    Build(build::Arguments),
    /// Build the page and put the npm package together in www/package
    Pack(pack::Arguments),
    /// Build the page and serve it on this machine
    Serve(serve::Arguments),
    /// Run every check and every test, real browsers included
    Test(test::Arguments),
    /// Measure comparing against merely reading, in browsers and natively
    Bench(bench::Arguments),
    /// Fuzz everything that reads what strangers wrote
    Fuzz(fuzz::Arguments),
    /// Check licences, sources and known holes of everything the project is built from
    Audit,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Build(arguments) => build::run(&arguments),
        Task::Pack(arguments) => pack::run(&arguments),
        Task::Serve(arguments) => serve::run(&arguments),
        Task::Test(arguments) => return test::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Audit => supply::audit(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
