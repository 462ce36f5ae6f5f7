//! `weightkin index`.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::ProgressBar;
use weightkin::identify::{FILE_NAME, Index, Indexed};
use weightkin::native::{self, OpenIndex};

use super::compare::print;
use super::fingerprint::{one_line, write};

#[derive(Args)]
pub struct Arguments {
    /// Folder of fingerprints; with --parquet also one fingerprint or checkpoint
    folder: PathBuf,
    /// Write the index here [default: FOLDER/index.kin.safetensors]
    #[arg(short, long, value_name = "FILE", conflicts_with = "parquet")]
    output: Option<PathBuf>,
    /// Write a Parquet file instead, a row for each model, to rank in a database
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let folder = &arguments.folder;
    let OpenIndex { index, failed, .. } = if folder.is_dir() || arguments.parquet.is_none() {
        let bar = ProgressBar::no_length();
        let started = |count| bar.set_length(count as u64);
        let open = native::index_folder(folder, started, || bar.inc(1))?;
        bar.finish_and_clear();
        open
    } else {
        of_one(folder)?
    };
    for error in &failed {
        eprintln!("weightkin: {}", one_line(error));
    }
    let made = index.models.len();
    if made == 0 && failed.is_empty() {
        return Err(format!("{}: no fingerprint found", folder.display()).into());
    }
    let target = match (&arguments.parquet, &arguments.output) {
        (Some(file), _) | (None, Some(file)) => file.clone(),
        (None, None) => folder.join(FILE_NAME),
    };
    let named = |error: io::Error| format!("{}: {error}", target.display());
    if arguments.parquet.is_some() {
        write_parquet(&index, &target).map_err(named)?;
    } else {
        write(&target, &index.to_bytes())?;
    }
    let bytes = fs::metadata(&target).map_err(named)?.len();
    let models = if made == 1 { "model" } else { "models" };
    print(&format!("{}: {made} {models}, {bytes} bytes\n", target.display()))?;
    if !failed.is_empty() {
        let all = made + failed.len();
        return Err(format!("{} of {all} fingerprints could not be read", failed.len()).into());
    }
    Ok(())
}

/// An index of the one model at `path`.
fn of_one(path: &Path) -> Result<OpenIndex, Box<dyn Error>> {
    let fingerprint = native::fingerprint_of(&native::open(path)?, |_| {}, |_| {})?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut index = Index::default();
    index.push(Indexed::new(file, &fingerprint.to_bytes(), &fingerprint));
    Ok(OpenIndex { index, folder: PathBuf::new(), failed: Vec::new() })
}

fn write_parquet(index: &Index, target: &Path) -> io::Result<()> {
    native::write_parquet(index, BufWriter::new(File::create(target)?))
}
