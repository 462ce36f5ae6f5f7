//! The command line.

mod adapters;
mod compare;
mod fingerprint;
mod identify;
mod index;
mod listing;
mod lora;
mod not_read;
mod output;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use weightkin::native::{self, Reading as NativeReading};

/// How close are AI model checkpoints, block by block?
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// How files are read: as is measured to suit the disk, from memory maps, or in long turns
    #[arg(long, global = true, value_enum, value_name = "WAY", default_value = "measured")]
    reading: Reading,
}

/// Values of `--reading`.
#[derive(Clone, Copy, ValueEnum)]
enum Reading {
    Measured,
    Maps,
    Turns,
}

impl From<Reading> for NativeReading {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Measured => Self::Measured,
            Reading::Maps => Self::Maps,
            Reading::Turns => Self::Turns,
        }
    }
}

#[derive(Subcommand)]
enum Command {
    /// Compare checkpoints, every pair of them: exactly, or as well as fingerprints allow
    Compare(compare::Arguments),
    /// Make fingerprints: small files that stand in for checkpoints in later comparisons
    Fingerprint(fingerprint::Arguments),
    /// Put sketches of all fingerprints of a folder into one small file, to search them with
    Index(index::Arguments),
    /// Find the nearest relatives of a model in a folder or an index of fingerprints
    Identify(identify::Arguments),
    /// Show and compare adapters: LoRA, `LoKr`, `LoHa`, `DoRA`, OFT and others
    Lora(lora::Arguments),
}

/// Runs the command; an error is one line on standard error and exit code 1.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    native::set_reading(arguments.reading.into());
    let result = match arguments.command {
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Fingerprint(arguments) => fingerprint::run(&arguments),
        Command::Index(arguments) => index::run(&arguments),
        Command::Identify(arguments) => identify::run(&arguments),
        Command::Lora(arguments) => lora::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // a file's name may hold anything, line ends included
            let line = error.to_string().replace(char::is_control, " ");
            eprintln!("weightkin: {line}");
            ExitCode::FAILURE
        }
    }
}
