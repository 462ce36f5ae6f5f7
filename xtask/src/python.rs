//! Python with pinned packages, each set of them in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{read, run};
use crate::repo;

/// A package as pip knows it, which is also what it is imported as, and its version.
pub type Package = (&'static str, &'static str);

/// The Python that has exactly these packages. They are installed below cargo's build folder, in
/// `target/xtask/NAME`, unless they are there.
pub fn with(name: &str, packages: &[Package]) -> Result<PathBuf> {
    let folder = repo::target().join("xtask").join(name);
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if read(Command::new(&python).args(["-c", &check(packages)])).is_ok() {
        return Ok(python);
    }
    install(&folder, &python, packages)
        .with_context(|| format!("cannot install {}", requirements(packages).join(" ")))?;
    Ok(python)
}

fn install(folder: &Path, python: &Path, packages: &[Package]) -> Result<()> {
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--timeout=15", "--retries=1"];
    run(Command::new(python).args(pip).args(requirements(packages)))
}

fn requirements(packages: &[Package]) -> Vec<String> {
    packages.iter().map(|(package, version)| format!("{package}=={version}")).collect()
}

/// A program that fails unless all packages are there in their versions, and can be imported.
fn check(packages: &[Package]) -> String {
    let lines = packages.iter().map(|(package, version)| {
        format!("import {package}\nassert version('{package}') == '{version}'\n")
    });
    std::iter::once("from importlib.metadata import version\n".to_owned()).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_asked_for_in_their_versions() {
        let packages = [("numpy", "2.0"), ("duckdb", "1.1")];
        assert_eq!(requirements(&packages), ["numpy==2.0", "duckdb==1.1"]);
        let script = "from importlib.metadata import version\n\
            import numpy\nassert version('numpy') == '2.0'\n\
            import duckdb\nassert version('duckdb') == '1.1'\n";
        assert_eq!(check(&packages), script);
    }
}
