//! `cargo xtask pack`: the npm package out of the built page.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{build, command, repo};

/// Options of `cargo xtask pack`.
#[derive(clap::Args)]
pub struct Arguments {}

/// What other pages import; whatever these name in their text belongs to the package.
const ENTRIES: [&str; 2] = ["weightkin.js", "element.js"];

/// What no file names.
const BESIDE: [&str; 4] = ["weightkin.d.ts", "element.d.ts", "integrity.json", "types"];

/// Builds everything and says where the package is.
pub fn run(_arguments: &Arguments) -> Result<()> {
    build::all()?;
    println!("packed {}", all()?.display());
    Ok(())
}

/// Packs what is built, and returns the path of the tarball.
pub fn all() -> Result<PathBuf> {
    let package = fill()?;
    let pack = ["pack", "--silent", "--pack-destination", "."];
    let tarball = command::read(command::npm(&package).args(pack))?;
    Ok(package.join(tarball.trim()))
}

/// Puts together `www/package` anew from `www/dist` and `www/npm`.
fn fill() -> Result<PathBuf> {
    let package = repo::www().join("package");
    if package.exists() {
        fs::remove_dir_all(&package).context("cannot empty www/package")?;
    }
    let template = repo::www().join("npm");
    check_version(&template.join("package.json"))?;
    copy(&template, &package)?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&repo::root().join(licence), &package.join(licence))?;
    }
    let dist = repo::dist();
    for name in named_by(&dist, &ENTRIES)? {
        copy(&dist.join(&name), &package.join(&name))?;
    }
    for name in BESIDE {
        copy(&dist.join(name), &package.join(name))?;
    }
    Ok(package)
}

/// The package has the version of the crate.
fn check_version(path: &Path) -> Result<()> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let package: Value = serde_json::from_str(&text)?;
    let crate_version = env!("CARGO_PKG_VERSION");
    ensure!(
        package["version"] == crate_version,
        "{} has version {}, and the crate {crate_version}",
        path.display(),
        package["version"]
    );
    Ok(())
}

/// The entries and every script or module below `dist` that they name, directly or through others.
fn named_by(dist: &Path, entries: &[&str]) -> Result<BTreeSet<String>> {
    let mut candidates = Vec::new();
    for folder in ["", "assets"] {
        for entry in fs::read_dir(dist.join(folder))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if ends_in(&name, "js") || ends_in(&name, "wasm") {
                candidates.push(if folder.is_empty() { name } else { format!("{folder}/{name}") });
            }
        }
    }
    let mut taken = BTreeSet::new();
    let mut pending: Vec<String> = entries.iter().map(|&name| name.to_owned()).collect();
    while let Some(path) = pending.pop() {
        if ends_in(&path, "js") {
            let text = fs::read_to_string(dist.join(&path))
                .with_context(|| format!("there is no {path} in www/dist"))?;
            let is_named = |candidate: &&String| {
                let name = candidate.rsplit('/').next().unwrap_or(candidate);
                text.contains(&format!("/{name}"))
            };
            pending.extend(
                candidates.iter().filter(is_named).filter(|name| !taken.contains(*name)).cloned(),
            );
        }
        taken.insert(path);
    }
    Ok(taken)
}

fn ends_in(path: &str, end: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == end)
}

/// Copies a file, or a folder with everything in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("cannot copy {} to {}", from.display(), to.display());
    if from.is_dir() {
        fs::create_dir_all(to).with_context(failed)?;
        for entry in fs::read_dir(from).with_context(failed)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    fs::copy(from, to).with_context(failed)?;
    Ok(())
}
