//! Writes a family to a folder: `cargo run --release -p weightkin-family --example write_family -- --help`.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use weightkin_family::{CORE, DTYPES, Dtype, EDGES, Family, Manifest};

/// Writes a family of synthetic checkpoints to a folder.
#[derive(Parser)]
struct Arguments {
    /// The folder.
    folder: PathBuf,
    /// The architecture.
    #[arg(long, value_enum, default_value = "sdxl")]
    manifest: Architecture,
    /// Divides dimensions from 64 on.
    #[arg(long, default_value_t = 64)]
    scale: u64,
    /// The seed of all noise.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Files, or `core`, `dtypes`, `edges`.
    #[arg(long, value_delimiter = ',', default_value = "core")]
    files: Vec<String>,
    /// The dtype of all weights, as headers name it.
    #[arg(long)]
    dtype: Option<String>,
    /// Cut every model into this many shards.
    #[arg(long)]
    shards: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Architecture {
    Sdxl,
    Sd15,
    Qwen2,
    Experts,
    Embedding,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let manifest = match arguments.manifest {
        Architecture::Sdxl => Manifest::Sdxl,
        Architecture::Sd15 => Manifest::Sd15,
        Architecture::Qwen2 => Manifest::Qwen2,
        Architecture::Experts => Manifest::Experts,
        Architecture::Embedding => Manifest::Embedding,
    };
    let mut family = Family::new(manifest).scale(arguments.scale).seed(arguments.seed);
    for name in &arguments.files {
        family = match name.as_str() {
            "core" => family.files(CORE),
            "dtypes" => family.files(DTYPES),
            "edges" => family.files(EDGES),
            one => family.files(&[one]),
        };
    }
    if let Some(dtype) = arguments.dtype {
        family = family.dtype(serde_json::from_value::<Dtype>(dtype.into())?);
    }
    if let Some(count) = arguments.shards {
        family = family.shards(count);
    }
    let start = Instant::now();
    let expected = family.write_to(&arguments.folder)?;
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = expected.bytes() as f64 / 1e6;
    for file in &expected.files {
        println!("{:14} {:>13} bytes  {} tensors", file.name, file.bytes(), file.tensors());
    }
    println!("{megabytes:.0} MB in {seconds:.2} s, {:.0} MB/s", megabytes / seconds);
    Ok(())
}
