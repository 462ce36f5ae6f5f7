//! The folder layout of diffusers: one file per component, other names, some tensors cut,
//! transposed or reshaped; the same weights.

mod names;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::entry::{Content, Entry};
use crate::patch::Patch;
use names::Place;

/// How the U-Net's `proj_in` and `proj_out` are stored: the same numbers either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// As matrices `[n, m]`.
    Matrix,
    /// As 1×1 convolutions `[n, m, 1, 1]`.
    Convolution,
}

/// A model's entries by the files of a diffusers folder.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    pub files: BTreeMap<&'static str, Vec<Entry>>,
    /// Tensors for which the layout has no place: the VAE (which is not converted),
    /// `logit_scale`, whatever is no part of Stable Diffusion.
    pub left_out: Vec<String>,
}

/// Sorts the entries of the model `model` into the files of a diffusers folder.
pub(crate) fn folder(
    model: &str,
    entries: Vec<Entry>,
    projection: Projection,
) -> Result<Folder, Error> {
    let mut folder = Folder::default();
    for entry in entries {
        let Some((file, place)) = names::place(&entry.name) else {
            folder.left_out.push(entry.name);
            continue;
        };
        let converted = match place {
            Place::Named(name) => vec![Entry { name, ..entry }],
            Place::Projection(name) => {
                let shape = projected(&entry.shape, projection);
                vec![Entry { name, shape, ..entry }]
            }
            Place::Transposed(name) => {
                let shape = entry.shape.iter().rev().copied().collect();
                let content = patched(&entry.content, &Patch::Transpose);
                vec![Entry { name, shape, content, ..entry }]
            }
            Place::Thirds(names) => thirds(model, &entry, names)?,
        };
        folder.files.entry(file).or_default().extend(converted);
    }
    Ok(folder)
}

fn projected(shape: &[u64], projection: Projection) -> Vec<u64> {
    let matrix: Vec<u64> = shape.iter().take(2).copied().collect();
    match projection {
        _ if shape.len() < 2 || shape[2..].iter().any(|dim| *dim != 1) => shape.to_vec(),
        Projection::Matrix => matrix,
        Projection::Convolution => [matrix, vec![1, 1]].concat(),
    }
}

/// Cuts the fused query, key and value rows apart.
fn thirds(model: &str, entry: &Entry, names: [String; 3]) -> Result<Vec<Entry>, Error> {
    let rows = entry.shape.first().copied().unwrap_or(0);
    if rows % 3 != 0 {
        let (file, tensor) = (model.to_owned(), entry.name.clone());
        return Err(Error::Uncuttable { file, tensor, rows });
    }
    let mut shape = entry.shape.clone();
    shape[0] = rows / 3;
    let elements: u64 = shape.iter().product();
    let third = |(place, name): (u64, String)| {
        let content = match &entry.content {
            Content::Elements { index, range } => {
                let start = range.start + place * elements;
                Content::Elements { index: *index, range: start..start + elements }
            }
            other => patched(other, &Patch::Third { place: place as usize }),
        };
        Entry { name, dtype: entry.dtype, shape: shape.clone(), content }
    };
    Ok((0..).zip(names).map(third).collect())
}

/// The same content with one patch more.
fn patched(content: &Content, patch: &Patch) -> Content {
    match content {
        Content::Elements { index, .. } => {
            Content::Patched { index: *index, patches: vec![patch.clone()] }
        }
        Content::Patched { index, patches } => {
            let patches = [&patches[..], std::slice::from_ref(patch)].concat();
            Content::Patched { index: *index, patches }
        }
        // bytes belong to tensors outside any architecture, and those have no place here
        Content::Bytes(bytes) => Content::Bytes(bytes.clone()),
    }
}
