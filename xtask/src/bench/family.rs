//! The checkpoints that are measured, made once and kept.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use weightkin_family::CORE;

use crate::{build, command, repo};

/// Makes a family of `models` SDXL-shaped checkpoints, unless it is there, and returns the files:
/// a merge first, then what it was merged from.
pub fn prepare(
    scale: u64,
    models: usize,
    dtype: &str,
    folder: Option<&Path>,
) -> Result<Vec<PathBuf>> {
    let first = ["mix_wai", "base_a", "base_b", "base_nai"];
    let others = CORE.iter().copied().filter(|name| !first.contains(name));
    let names: Vec<_> = first.into_iter().chain(others).take(models).collect();
    ensure!((2..=CORE.len()).contains(&models), "{models} models: 2 to {} can be made", CORE.len());

    let folder = folder.map_or_else(|| repo::target().join("bench"), Path::to_path_buf);
    let folder = folder.join(format!("sdxl-{dtype}-scale{scale}-{models}"));
    // gigabytes are made by the generator built for release, not by this program's own copy
    let generator = build::artifact(command::cargo().args([
        "build",
        "--release",
        "--package=weightkin-family",
        "--example=write_family",
    ]))?;
    command::run(
        std::process::Command::new(generator)
            .arg(&folder)
            .args(["--scale", &scale.to_string(), "--dtype", dtype])
            .args(["--files", &names.join(",")])
            .stdout(std::process::Stdio::null()),
    )?;
    Ok(names.iter().map(|name| folder.join(format!("{name}.safetensors"))).collect())
}
