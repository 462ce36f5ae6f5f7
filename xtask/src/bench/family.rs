//! The checkpoints that are measured, made once and kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use weightkin_family::CORE;

use crate::{build, command, repo};

/// A family as the generator is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its folder among the other families.
    folder: String,
    manifest: &'static str,
    scale: u64,
    dtype: String,
    names: Vec<&'static str>,
}

impl Family {
    /// `models` SDXL-shaped checkpoints: a merge first, then what it was merged from, then others.
    pub fn sdxl(scale: u64, dtype: &str, models: usize) -> Result<Self> {
        ensure!(
            (2..=CORE.len()).contains(&models),
            "{models} models: 2 to {} can be made",
            CORE.len()
        );
        Ok(Self::of("sdxl", scale, dtype, core(models), &models.to_string()))
    }

    /// These SDXL-shaped checkpoints, in a folder with `label` in its name.
    pub fn sdxl_files(scale: u64, dtype: &str, names: Vec<&'static str>, label: &str) -> Self {
        Self::of("sdxl", scale, dtype, names, label)
    }

    /// `models` checkpoints of a shape of its own, in full size.
    pub fn shaped(manifest: &'static str, dtype: &str, models: usize) -> Self {
        Self::of(manifest, 1, dtype, core(models), &models.to_string())
    }

    fn of(
        manifest: &'static str,
        scale: u64,
        dtype: &str,
        names: Vec<&'static str>,
        label: &str,
    ) -> Self {
        let folder = format!("{manifest}-{dtype}-scale{scale}-{label}");
        Self { folder, manifest, scale, dtype: dtype.to_owned(), names }
    }

    /// The files' names, without what they end in.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Makes the family, unless it is there, and returns its files.
    pub fn prepare(&self, folder: Option<&Path>) -> Result<Vec<PathBuf>> {
        let folder = folder.map_or_else(|| repo::target().join("bench"), Path::to_path_buf);
        let folder = std::path::absolute(folder)?.join(&self.folder);
        // gigabytes are made by the generator built for release, not by this program's own copy
        let generator = build::artifact(command::cargo().args([
            "build",
            "--release",
            "--package=weightkin-family",
            "--example=write_family",
        ]))?;
        command::run(
            Command::new(generator)
                .arg(&folder)
                .args(["--manifest", self.manifest, "--dtype", &self.dtype])
                .args(["--scale", &self.scale.to_string()])
                .args(["--files", &self.names.join(",")])
                .stdout(Stdio::null()),
        )?;
        Ok(self.names.iter().map(|name| folder.join(format!("{name}.safetensors"))).collect())
    }
}

/// The first models of a family: a merge, what it was merged from, then others.
fn core(models: usize) -> Vec<&'static str> {
    let first = ["mix_wai", "base_a", "base_b", "base_nai"];
    let others = CORE.iter().copied().filter(|name| !first.contains(name));
    first.into_iter().chain(others).take(models).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_comes_first_and_nothing_twice() {
        let family = Family::sdxl(4, "F16", 8).unwrap();
        assert_eq!(family.folder, "sdxl-F16-scale4-8");
        assert_eq!(family.names()[..4], ["mix_wai", "base_a", "base_b", "base_nai"]);
        let mut names = family.names().to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 8);
    }

    #[test]
    fn one_model_cannot_be_compared() {
        assert!(Family::sdxl(4, "F16", 1).is_err());
        assert!(Family::sdxl(4, "F16", CORE.len() + 1).is_err());
    }
}
