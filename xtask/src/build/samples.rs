//! The small built-in family that lets a newcomer see a result in one click.

use std::fs;

use anyhow::{Context, Result};
use serde_json::json;
use weightkin_family::{Family, Manifest, recipes};

use crate::repo::{self, Stamp, hash_of};

/// The checkpoint in question and its possible relatives: file name and built-in recipe.
const CHECKPOINT: (&str, &str) = ("sample-merge", "mix_wai");
const RELATIVES: [(&str, &str); 3] =
    [("sample-base-a", "base_a"), ("sample-base-b", "base_b"), ("sample-base-c", "base_nai")];

/// SDXL's tensors at a size that loads at once: about 1.4 MB a file.
const SCALE: u64 = 80;

/// Writes `www/public/samples`, unless it is there; the site's build takes it from there.
pub fn build() -> Result<()> {
    let folder = repo::www().join("public").join("samples");
    let index = folder.join("index.json");
    let what = (CHECKPOINT, RELATIVES, SCALE, weightkin_family::GENERATOR_VERSION);
    let stamp = Stamp::new("samples", hash_of(what));
    if stamp.is_fresh(std::slice::from_ref(&index)) {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    let recipes = recipes();
    let mut family = Family::new(Manifest::Sdxl).scale(SCALE);
    for (name, recipe) in std::iter::once(CHECKPOINT).chain(RELATIVES) {
        let recipe = recipes.get(recipe).with_context(|| format!("no recipe {recipe}"))?;
        family = family.file(name, recipe.clone());
    }
    for (name, content) in family.to_memory()? {
        fs::write(folder.join(&name), content).with_context(|| format!("cannot write {name}"))?;
    }
    let file = |(name, _): (&str, &str)| format!("{name}.safetensors");
    let listing = json!({ "checkpoint": file(CHECKPOINT), "relatives": RELATIVES.map(file) });
    fs::write(&index, format!("{listing:#}\n"))?;
    stamp.mark()
}
