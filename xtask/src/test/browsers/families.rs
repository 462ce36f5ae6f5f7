//! The files that the browser tests pick: checkpoints, and what is none.

use anyhow::Result;
use weightkin_family::{CORE, DTYPES, EDGES, Family, Manifest};

use crate::repo;

/// Writes the families below cargo's build folder, unless they are there.
pub fn prepare() -> Result<()> {
    let folder = repo::target().join("families");
    let everything = [CORE, DTYPES, EDGES].concat();
    Family::new(Manifest::Sdxl).scale(64).files(&everything).write_to(folder.join("small"))?;
    let four = ["mix_wai", "base_a", "base_b", "base_nai"];
    Family::new(Manifest::Sdxl).scale(16).files(&four).write_to(folder.join("medium"))?;
    weightkin_hostile::write_to(&folder.join("hostile"))?;
    Ok(())
}
