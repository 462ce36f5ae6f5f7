//! The files that the browser tests pick: checkpoints, and what is none.

use std::collections::BTreeMap;

use anyhow::Result;
use weightkin_family::{CORE, DTYPES, EDGES, Family, Manifest, TensorList, block_of};

use crate::repo;

/// Writes the families below cargo's build folder, unless they are there.
pub fn prepare() -> Result<()> {
    let folder = repo::target().join("families");
    let everything = [CORE, DTYPES, EDGES].concat();
    Family::new(Manifest::Sdxl).scale(64).files(&everything).write_to(folder.join("small"))?;
    let four = ["mix_wai", "base_a", "base_b", "base_nai"];
    Family::new(Manifest::Sdxl).scale(16).files(&four).write_to(folder.join("medium"))?;
    let few = Family::new(Manifest::Custom(few_of_each_block(Manifest::Sdxl.tensors(1)?)));
    few.clone().scale(64).files(CORE).write_to(folder.join("brief"))?;
    few.scale(8).files(&four).write_to(folder.join("heavy"))?;
    weightkin_hostile::write_to(&folder.join("hostile"))?;
    Ok(())
}

/// The first matrices of every block. Most of what a page does takes time by the number of tensors.
fn few_of_each_block(tensors: TensorList) -> TensorList {
    const MATRICES: usize = 6;
    let mut kept = BTreeMap::<String, usize>::new();
    let is_kept = |(name, (_, shape)): &(String, (_, Vec<u64>))| {
        if shape.len() < 2 {
            return false;
        }
        let of_block = kept.entry(block_of(name)).or_default();
        *of_block += 1;
        *of_block <= MATRICES
    };
    tensors.into_iter().filter(is_kept).collect()
}
