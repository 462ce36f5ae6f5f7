//! The tensors of SDXL.

use std::collections::BTreeMap;

/// A tensor's name and dimensions.
pub struct Named {
    pub name: String,
    pub shape: Vec<u64>,
}

/// All tensors that are compared, by name.
pub fn sdxl() -> Vec<Named> {
    let text = include_str!("../../family/manifests/sdxl.json");
    let entries: BTreeMap<String, (String, Vec<u64>)> =
        serde_json::from_str(text).expect("the manifest is valid");
    entries
        .into_iter()
        .filter(|(name, (dtype, _))| !name.starts_with("first_stage_model.") && dtype != "I64")
        .map(|(name, (_, mut shape))| {
            while shape.len() > 2 && shape.last() == Some(&1) {
                shape.pop();
            }
            Named { name, shape }
        })
        .collect()
}
