//! `weightkin compare`.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use weightkin::compare::Options;
use weightkin::native;

use super::table;

#[derive(Args)]
pub struct Arguments {
    /// Checkpoints: .safetensors files, shards or an index of one model, or folders
    #[arg(required = true, num_args = 2..)]
    models: Vec<PathBuf>,
    /// Write the report here; `-` for standard output instead of the table
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Compare the VAE too
    #[arg(long)]
    include_vae: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let models = arguments
        .models
        .iter()
        .map(|path| native::open_model(path))
        .collect::<Result<Vec<_>, _>>()?;
    let options = Options { include_vae: arguments.include_vae, ancestor: None };

    // hidden unless standard error is a terminal
    let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template(
        "{wide_bar} {percent:>3}%  {bytes}/{total_bytes}  {bytes_per_sec}  eta {eta}",
    )?);
    let report =
        native::compare(&models, &options, |plan| bar.set_length(plan.bytes()), |b| bar.inc(b))?;
    bar.finish_and_clear();

    match &arguments.json {
        Some(path) if path.as_os_str() == "-" => {
            print!("{}", report.to_json());
            return Ok(());
        }
        Some(path) => fs::write(path, report.to_json())
            .map_err(|error| format!("{}: {error}", path.display()))?,
        None => {}
    }
    print!("{}", table::render(&report));
    Ok(())
}
