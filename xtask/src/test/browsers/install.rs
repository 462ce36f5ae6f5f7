//! Finds the browsers of this machine, and installs missing ones where that is possible.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{find, read, run};

/// A program the tests need: for which engine, under which names, from which Debian package.
struct Needed {
    engine: &'static str,
    programs: &'static [&'static str],
    package: &'static str,
}

const NEEDED: [Needed; 4] = [
    Needed {
        engine: "chromium",
        programs: &["chromium", "chromium-browser", "google-chrome"],
        package: "chromium",
    },
    Needed { engine: "firefox", programs: &["firefox-esr", "firefox"], package: "firefox-esr" },
    Needed { engine: "webkit", programs: &["WebKitWebDriver"], package: "webkit2gtk-driver" },
    Needed { engine: "webkit", programs: &["Xvfb"], package: "xvfb" },
];

/// Makes sure that the browsers named in `engines` are there; all of them if none is named.
pub fn require(engines: &[String]) -> Result<()> {
    let is_wanted = |engine: &str| engines.is_empty() || engines.iter().any(|name| name == engine);
    let packages: Vec<_> = NEEDED
        .iter()
        .filter(|needed| is_wanted(needed.engine))
        .filter(|needed| !needed.programs.iter().any(|program| find(program).is_some()))
        .map(|needed| needed.package)
        .collect();
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if find("apt-get").is_none() || !is_root() {
        bail!("browsers are missing; install them first (on Debian: apt-get install {list})");
    }
    eprintln!("installing {list}");
    apt_get(&["update"])?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], &*packages].concat())
        .with_context(|| format!("cannot install {list}"))
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let quiet = "--quiet=2";
    run(Command::new("apt-get").arg(quiet).args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_root() -> bool {
    read(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}
