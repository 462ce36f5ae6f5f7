//! What a checkpoint is, from its names alone.

use serde::{Deserialize, Serialize};

use super::{Component, adapter::is_adapter, diffusion, text_encoder, vae};
use crate::canonical::CanonicalModel;
use crate::model::Model;
use crate::sorted;
use crate::sorted::sort_by;

/// A family of models with the same tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// Stable Diffusion 1.x.
    Sd1,
    /// Stable Diffusion 2.x.
    Sd2,
    /// Stable Diffusion XL.
    Sdxl,
    /// Stable Diffusion 3.
    Sd3,
    /// Flux.
    Flux,
    /// A language model of the Llama, Qwen or Mistral kind.
    Language,
    /// One or more text encoders and nothing else.
    TextEncoder,
    /// A VAE and nothing else.
    Vae,
    /// A low-rank difference, not a checkpoint.
    Lora,
    /// None of these.
    Unknown,
}

impl Architecture {
    /// Its usual name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sd1 => "Stable Diffusion 1.x",
            Self::Sd2 => "Stable Diffusion 2.x",
            Self::Sdxl => "Stable Diffusion XL",
            Self::Sd3 => "Stable Diffusion 3",
            Self::Flux => "Flux",
            Self::Language => "language model",
            Self::TextEncoder => "text encoder",
            Self::Vae => "VAE",
            Self::Lora => "LoRA",
            Self::Unknown => "unknown architecture",
        }
    }

    /// Components that a complete checkpoint of the architecture has.
    fn expected(self) -> &'static [Component] {
        use Component::{TextEncoderG, TextEncoderH, TextEncoderL, UNet, Vae};
        match self {
            Self::Sd1 => &[UNet, TextEncoderL, Vae],
            Self::Sd2 => &[UNet, TextEncoderH, Vae],
            Self::Sdxl => &[UNet, TextEncoderL, TextEncoderG, Vae],
            _ => &[],
        }
    }
}

/// Tensors and elements of one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComponentShare {
    /// The component.
    pub component: Component,
    /// Tensors in it.
    pub tensors: u64,
    /// Elements of all of them.
    pub parameters: u64,
}

/// What a header tells about a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recognition {
    /// The family.
    pub architecture: Architecture,
    /// Its usual name.
    pub title: String,
    /// Parts present, in a fixed order.
    pub components: Vec<ComponentShare>,
    /// Parts that a complete checkpoint of this family has and this one lacks.
    pub absent: Vec<Component>,
    /// Tensors that are averages of the training, and are ignored.
    pub ema_tensors: u64,
    /// Tensors that serve a quantisation, and are not weights.
    pub bookkeeping_tensors: u64,
}

/// Recognises `model`, whose canonical view is `view`.
pub fn recognize(model: &Model, view: &CanonicalModel) -> Recognition {
    let mut components: Vec<ComponentShare> = Vec::new();
    for tensor in view.tensors.values() {
        let component = tensor.role.component;
        let parameters = tensor.source.elements();
        match components.iter_mut().find(|share| share.component == component) {
            Some(share) => {
                share.tensors += 1;
                share.parameters += parameters;
            }
            None => components.push(ComponentShare { component, tensors: 1, parameters }),
        }
    }
    sort_by(&mut components, |a, b| a.component.cmp(&b.component));
    let architecture = architecture(model, view, &components);
    let has = |component| components.iter().any(|share| share.component == component);
    Recognition {
        architecture,
        title: architecture.title().to_owned(),
        absent: architecture.expected().iter().copied().filter(|part| !has(*part)).collect(),
        ema_tensors: view.ema_tensors(),
        bookkeeping_tensors: view.bookkeeping_tensors(),
        components,
    }
}

fn architecture(
    model: &Model,
    view: &CanonicalModel,
    components: &[ComponentShare],
) -> Architecture {
    if is_adapter(model) {
        return Architecture::Lora;
    }
    let has = |component| components.iter().any(|share| share.component == component);
    let denoiser =
        |part: &str| sorted::has_prefix(&view.tensors, &format!("{}{part}", diffusion::PREFIX));
    if denoiser("double_blocks.") {
        return Architecture::Flux;
    }
    if denoiser("joint_blocks.") {
        return Architecture::Sd3;
    }
    if denoiser("input_blocks.") {
        if denoiser("label_emb.") {
            return Architecture::Sdxl;
        }
        let is_sd2 = has(Component::TextEncoderH) || text_width(view) == Some(1024);
        return if is_sd2 { Architecture::Sd2 } else { Architecture::Sd1 };
    }
    if has(Component::Language) {
        return Architecture::Language;
    }
    let all = |test: &dyn Fn(&str) -> bool| view.tensors.keys().all(|name| test(name));
    if view.tensors.is_empty() {
        Architecture::Unknown
    } else if all(&|name| name.starts_with(vae::PREFIX)) {
        Architecture::Vae
    } else if all(&|name| text_encoder::component(name).is_some()) {
        Architecture::TextEncoder
    } else {
        Architecture::Unknown
    }
}

/// Width of the text that a U-Net attends to: 768 in SD 1.x, 1024 in SD 2.x.
fn text_width(view: &CanonicalModel) -> Option<u64> {
    let name =
        format!("{}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", diffusion::PREFIX);
    view.tensors.get(&name)?.source.shape.get(1).copied()
}
