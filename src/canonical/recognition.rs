//! What a checkpoint is, from its names and shapes alone.

use serde::Serialize;

use super::model::CanonicalModel;
use crate::architecture::{Architecture, Component, DENOISER_PREFIX, FAMILIES, is_adapter};
use crate::model::Model;
use crate::sorted::{self, sort_by};

/// Components that a complete checkpoint of the architecture has.
fn expected(architecture: Architecture) -> &'static [Component] {
    use Component::{TextEncoderG, TextEncoderH, TextEncoderL, UNet, Vae};
    match architecture {
        Architecture::Sd1 => &[UNet, TextEncoderL, Vae],
        Architecture::Sd2 => &[UNet, TextEncoderH, Vae],
        Architecture::Sdxl => &[UNet, TextEncoderL, TextEncoderG, Vae],
        _ => &[],
    }
}

/// Tensors and elements of one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
    let variant = variant(model, view);
    // the refiner has one text encoder only
    let is_whole = variant != " refiner";
    let absent = |part: &Component| !has(*part) && is_whole;
    Recognition {
        architecture,
        title: format!("{}{variant}", architecture.title()),
        absent: expected(architecture).iter().copied().filter(absent).collect(),
        ema_tensors: view.ema_tensors(),
        bookkeeping_tensors: view.bookkeeping_tensors(),
        components,
    }
}

/// Parts that are text encoders.
const ENCODERS: [Component; 5] = {
    use Component::{TextEncoderG, TextEncoderH, TextEncoderL, TextEncoderT5, TextEncoderUmt5};
    [TextEncoderL, TextEncoderG, TextEncoderH, TextEncoderT5, TextEncoderUmt5]
};

fn architecture(
    model: &Model,
    view: &CanonicalModel,
    components: &[ComponentShare],
) -> Architecture {
    use Component::{Vae, Vision};
    if is_adapter(model) {
        return Architecture::Lora;
    }
    let has = |component| components.iter().any(|share| share.component == component);
    let begins = |prefix: &str| sorted::has_prefix(&view.tensors, prefix);
    if let Some((architecture, _)) =
        FAMILIES.iter().find(|(_, family)| family.is_at(DENOISER_PREFIX, &begins))
    {
        return *architecture;
    }
    let denoiser = |part: &str| begins(&format!("{DENOISER_PREFIX}{part}"));
    if denoiser("double_blocks.") {
        return Architecture::Flux;
    }
    if denoiser("joint_blocks.") {
        return Architecture::Sd3;
    }
    if denoiser("input_blocks.") {
        let is_video = denoiser("input_blocks.1.0.time_stack.");
        return match (is_video, denoiser("label_emb."), text_width(view)) {
            (true, ..) => Architecture::Svd,
            // SD 2.1 unCLIP takes labels too
            (_, true, Some(1024)) => Architecture::Sd2,
            (_, true, _) => Architecture::Sdxl,
            (.., Some(1024)) => Architecture::Sd2,
            _ if has(Component::TextEncoderH) => Architecture::Sd2,
            _ => Architecture::Sd1,
        };
    }
    if has(Component::Language) {
        return Architecture::Language;
    }
    // a part that sees may belong to any of them
    let main = components.iter().map(|share| share.component).filter(|part| *part != Vision);
    let mut main = main.peekable();
    if main.peek().is_none() {
        return if has(Vision) { Architecture::Vision } else { Architecture::Unknown };
    }
    let rest: Vec<Component> = main.collect();
    if rest.iter().all(|part| *part == Vae) {
        Architecture::Vae
    } else if rest.iter().all(|part| ENCODERS.contains(part)) {
        Architecture::TextEncoder
    } else {
        Architecture::Unknown
    }
}

/// Width of the text that a U-Net attends to: 768 in SD 1.x, 1024 in SD 2.x, 1280 in the refiner of
/// SDXL.
fn text_width(view: &CanonicalModel) -> Option<u64> {
    let width = |block: &str| {
        let name = format!("{DENOISER_PREFIX}{block}.1.transformer_blocks.0.attn2.to_k.weight");
        view.tensors.get(&name)?.source.shape.get(1).copied()
    };
    ["input_blocks.1", "input_blocks.4", "middle_block"].into_iter().find_map(width)
}

/// What the shapes tell of a transformer besides its family.
fn transformer_variant(view: &CanonicalModel) -> Option<&'static str> {
    let width = |name: &str| {
        let tensor = view.tensors.get(&format!("{DENOISER_PREFIX}{name}"))?;
        tensor.source.shape.get(1).copied()
    };
    let has = |part: &str| sorted::has_prefix(&view.tensors, &format!("{DENOISER_PREFIX}{part}"));
    let is_flux = has("double_blocks.0.img_mod.") && has("vector_in.");
    match width("img_in.weight").filter(|_| is_flux) {
        // the picture, its hidden part and the mask
        Some(384) => return Some(" fill"),
        Some(128) => return Some(" control"),
        Some(64) if !has("guidance_in.") => return Some(" schnell"),
        _ => {}
    }
    if has("head.modulation") {
        let of_image = has("img_emb.") || width("patch_embedding.weight") == Some(36);
        return match (has("vace_blocks."), of_image) {
            (true, _) => Some(" VACE"),
            (_, true) => Some(" image-to-video"),
            _ => None,
        };
    }
    None
}

/// What the shapes and markers tell of a U-Net besides its family, as it follows the title.
fn variant(model: &Model, view: &CanonicalModel) -> &'static str {
    let first = view.tensors.get(&format!("{DENOISER_PREFIX}input_blocks.0.0.weight"));
    let channels = first.and_then(|tensor| tensor.source.shape.get(1).copied());
    let has_labels = sorted::has_prefix(&view.tensors, &format!("{DENOISER_PREFIX}label_emb."));
    if let Some(marks) = transformer_variant(view) {
        return marks;
    }
    match channels {
        Some(9) => " inpainting",
        Some(8) => " edit",
        Some(5) => " depth",
        Some(_) if has_labels && text_width(view) == Some(1024) => " unCLIP",
        Some(_) if has_labels && text_width(view) == Some(1280) => " refiner",
        // an empty tensor of this name is how such models are marked
        Some(_) if model.tensors.contains_key("v_pred") => ", v-prediction",
        _ => "",
    }
}
