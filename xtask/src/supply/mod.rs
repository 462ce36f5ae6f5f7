//! What the project is built from: licences and sources of everything in the lock files, and what
//! is known to be wrong with any of it.

mod licence;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::command::{cargo, find, npm, read, run as run_command};
use crate::repo;

/// npm packages that build and test the page and are no part of it, each with a licence that asks
/// something of those who pass it on. Names of platforms may follow.
const TOOLS: [(&str, &str); 3] =
    [("axe-core", "MPL-2.0"), ("caniuse-lite", "CC-BY-4.0"), ("lightningcss", "MPL-2.0")];

#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct NpmLock {
    packages: BTreeMap<String, NpmPackage>,
}

#[derive(Deserialize)]
struct NpmPackage {
    license: Option<String>,
    integrity: Option<String>,
    #[serde(default)]
    link: bool,
}

/// Checks every package of every lock file against `deny.toml`: its licence, that it comes from a
/// registry, and that npm knows what its contents must hash to.
pub fn check() -> Result<()> {
    let text = fs::read_to_string(repo::root().join("deny.toml")).context("deny.toml")?;
    let Deny { licenses: Licenses { allow } } = toml::from_str(&text).context("deny.toml")?;
    let mut complaints = Vec::new();
    crates(&allow, &mut complaints)?;
    for folder in npm_folders() {
        npm_packages(&folder, &allow, &mut complaints)?;
    }
    if complaints.is_empty() {
        return Ok(());
    }
    bail!("{}", complaints.join("\n"))
}

fn crates(allow: &[String], complaints: &mut Vec<String>) -> Result<()> {
    let metadata = ["metadata", "--locked", "--all-features", "--format-version=1"];
    let json = read(cargo().args(metadata))?;
    let Metadata { packages } = serde_json::from_str(&json)?;
    for Package { name, version, license, source } in packages {
        // what has no source is ours
        let Some(source) = source else { continue };
        if !source.starts_with("registry+") {
            complaints.push(format!("{name} {version} comes from {source}, not from a registry"));
        }
        let license = license.unwrap_or_default();
        if !licence::is_allowed(&license, allow) {
            complaints.push(format!("{name} {version} has licence {license:?}"));
        }
    }
    Ok(())
}

fn npm_packages(folder: &Path, allow: &[String], complaints: &mut Vec<String>) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let text = fs::read_to_string(&lock).with_context(|| lock.display().to_string())?;
    let NpmLock { packages } = serde_json::from_str(&text)?;
    for (path, NpmPackage { license, integrity, link }) in packages {
        // the package itself, and packages of ours beside it
        let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
        if link {
            continue;
        }
        let license = license.unwrap_or_default();
        let is_tool =
            TOOLS.iter().any(|(tool, theirs)| name.starts_with(tool) && license == *theirs);
        if !licence::is_allowed(&license, allow) && !is_tool {
            complaints.push(format!("npm package {name} has licence {license:?}"));
        }
        if integrity.is_none() {
            complaints.push(format!("npm package {name} is locked without a hash"));
        }
    }
    Ok(())
}

/// `cargo xtask audit`: all that [`check`] does, cargo-deny, and the registries' lists of known
/// holes, as far as they can be reached from here.
pub fn audit() -> Result<()> {
    check()?;
    eprintln!("licences and sources of all lock files: ok");
    let mut failed = Vec::new();
    if find("cargo-deny").is_some() {
        let deny = |what: &[&str]| run_command(cargo().args(["deny", "check"]).args(what));
        if let Err(error) = deny(&["licenses", "bans", "sources"]) {
            failed.push(error.to_string());
        }
        if let Err(error) = deny(&["advisories"]) {
            eprintln!(
                "{error:#}\nadvisories were not checked, or there are some: see above. Their \
                 database is fetched from the network, which may be out of reach."
            );
            failed.push("advisories".to_owned());
        }
    } else {
        eprintln!("cargo-deny is not installed: `cargo install --locked cargo-deny` gets it");
        failed.push("cargo-deny".to_owned());
    }
    for folder in npm_folders() {
        if let Err(error) = run_command(npm(&folder).args(["audit", "--audit-level=low"])) {
            eprintln!("{}: {error:#}", folder.display());
            failed.push(format!("npm audit in {}", folder.display()));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    bail!("not everything was found in order: {}", failed.join(", "))
}

fn npm_folders() -> [PathBuf; 2] {
    [repo::www(), repo::browser_tests()]
}
