//! The page itself: npm packages and the Vite build.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::command;
use crate::repo::{self, Stamp, tree_hash};

/// Builds `www/dist` if anything below `www` has changed.
pub fn build() -> Result<()> {
    let www = repo::www();
    install_packages(&www)?;
    let stamp = Stamp::new("site", tree_hash(&www, &["node_modules", "dist", "package"])?);
    if stamp.is_fresh(&[repo::dist().join("index.html"), repo::dist().join("weightkin.js")]) {
        return Ok(());
    }
    command::run(command::npm(&www).args(["run", "build", "--silent"]))?;
    stamp.mark()
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
