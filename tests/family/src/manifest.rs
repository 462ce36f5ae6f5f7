//! The tensors of real checkpoints: names, dtypes and shapes.

use std::collections::BTreeMap;

use safetensors::Dtype;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Names, dtypes and shapes of a checkpoint's tensors, by name.
pub type TensorList = BTreeMap<String, (Dtype, Vec<u64>)>;

/// The architecture a family is shaped like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manifest {
    /// SDXL in one file: 2515 tensors, 6.94 GB in F16.
    Sdxl,
    /// SD 1.5 in one file: 1131 tensors, 2.13 GB in F16.
    Sd15,
    /// Qwen2 0.5B: 290 tensors, 0.99 GB in BF16.
    Qwen2,
    /// Very many small tensors, as of small experts: 20,000 of 64 x 64, 0.16 GB in F16.
    Experts,
    /// One very large tensor, a language model's embedding of 150,000 x 4,096: 1.23 GB in F16.
    Embedding,
    /// Any other list of tensors.
    Custom(TensorList),
}

impl Manifest {
    /// The name it has in `expected.json`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sdxl => "sdxl",
            Self::Sd15 => "sd15",
            Self::Qwen2 => "qwen2",
            Self::Experts => "experts",
            Self::Embedding => "embedding",
            Self::Custom(_) => "custom",
        }
    }

    /// The tensors at `scale`.
    ///
    /// # Errors
    /// When an embedded manifest is not what this crate expects.
    pub fn tensors(&self, scale: u64) -> Result<TensorList, Error> {
        let text = match self {
            Self::Sdxl => include_str!("../manifests/sdxl.json"),
            Self::Sd15 => include_str!("../manifests/sd15.json"),
            Self::Qwen2 => include_str!("../manifests/qwen2-0.5b.json"),
            Self::Experts => return Ok(scaled(experts(), scale)),
            Self::Embedding => {
                let name = "model.embed_tokens.weight".to_owned();
                let list = TensorList::from([(name, (Dtype::F16, vec![150_000, 4096]))]);
                return Ok(scaled(list, scale));
            }
            Self::Custom(list) => return Ok(scaled(list.clone(), scale)),
        };
        let list = serde_json::from_str(text)
            .map_err(|source| Error::Json { what: format!("manifest {}", self.name()), source })?;
        Ok(scaled(list, scale))
    }
}

/// 200 experts in each of 100 layers.
fn experts() -> TensorList {
    let places = (0..100).flat_map(|layer| (0..200).map(move |expert| (layer, expert)));
    let name = |(layer, expert)| format!("model.layers.{layer}.mlp.experts.{expert}.proj.weight");
    places.map(|place| (name(place), (Dtype::F16, vec![64, 64]))).collect()
}

fn scaled(mut list: TensorList, scale: u64) -> TensorList {
    for (_, shape) in list.values_mut() {
        for dim in shape {
            *dim = scaled_dim(*dim, scale);
        }
    }
    list
}

/// A dimension at `scale`: from 64 on it is divided, rounded up, and at least 2. Smaller ones
/// (kernel sizes, channels of the latent) and the 77 positions of CLIP stay.
pub(crate) fn scaled_dim(dim: u64, scale: u64) -> u64 {
    if scale <= 1 || dim < 64 || dim == 77 { dim } else { dim.div_ceil(scale).max(2) }
}

/// Whether a dtype holds floating-point numbers, that is, weights.
pub(crate) fn is_float(dtype: Dtype) -> bool {
    matches!(
        dtype,
        Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F8_E4M3 | Dtype::F8_E5M2
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_hold_the_known_numbers() {
        let sdxl = Manifest::Sdxl.tensors(1).unwrap();
        assert_eq!(sdxl.len(), 2515);
        let parameters = |prefix: &str| -> u64 {
            let shapes = sdxl.iter().filter(|(name, _)| name.starts_with(prefix));
            shapes.map(|(_, (_, shape))| shape.iter().product::<u64>()).sum()
        };
        assert_eq!(parameters("model.diffusion_model."), 2_567_463_684);
        assert_eq!(parameters("conditioner.embedders.1.model."), 694_659_841);
        assert_eq!(parameters("first_stage_model."), 83_653_863);
        assert_eq!(Manifest::Sd15.tensors(1).unwrap().len(), 1131);
        assert_eq!(Manifest::Qwen2.tensors(1).unwrap().len(), 290);
        let bytes = |manifest: Manifest| -> u64 {
            let tensors = manifest.tensors(1).unwrap().into_values();
            tensors.map(|(_, shape)| 2 * shape.iter().product::<u64>()).sum()
        };
        assert_eq!(Manifest::Experts.tensors(1).unwrap().len(), 20_000);
        assert_eq!(bytes(Manifest::Experts), 163_840_000);
        assert_eq!(bytes(Manifest::Embedding), 1_228_800_000);
    }

    #[test]
    fn scaling_keeps_small_dimensions_and_positions() {
        assert_eq!([63, 77, 64, 320, 2816].map(|dim| scaled_dim(dim, 64)), [63, 77, 2, 5, 44]);
        assert_eq!([64, 65, 320].map(|dim| scaled_dim(dim, 2)), [32, 33, 160]);
        assert_eq!(scaled_dim(64, 1000), 2);
        assert_eq!(scaled_dim(1280, 1), 1280);
    }
}
