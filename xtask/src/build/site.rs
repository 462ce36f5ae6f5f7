//! The page itself: npm packages and the Vite build.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command;
use crate::repo::{self, Stamp, tree_hash};

/// Builds `www/dist` if anything below `www` has changed.
pub fn build() -> Result<()> {
    let www = repo::www();
    install_packages(&www)?;
    let stamp = Stamp::new("site", tree_hash(&www, &["node_modules", "dist", "package"])?);
    if stamp.is_fresh(&["index.html", "weightkin.js", "sw.js", "_headers"].map(in_dist)) {
        return Ok(());
    }
    command::run(command::npm(&www).args(["run", "build", "--silent"]))?;
    stamp.mark()
}

/// The integrity values of the built entries, by file name, from `www/dist/integrity.json`.
pub fn integrity() -> Result<BTreeMap<String, String>> {
    let path = in_dist("integrity.json");
    let json =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(&json)?)
}

fn in_dist(name: &str) -> PathBuf {
    repo::dist().join(name)
}

/// Installs the locked npm packages of `folder`, unless they are already there.
pub fn install_packages(folder: &Path) -> Result<()> {
    let modified = |path: &str| fs::metadata(folder.join(path)).and_then(|file| file.modified());
    let lock = modified("package-lock.json")?;
    // npm writes this file last, so it tells a finished installation from a broken one
    if modified("node_modules/.package-lock.json").is_ok_and(|installed| installed >= lock) {
        return Ok(());
    }
    command::run(command::npm(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
}
