//! Which parts a model has, how each of them names its tensors, and what the canonical names are.

use std::borrow::Cow;

use super::name::Canonical;
use super::{clip, language, unet, vae};
use crate::architecture::family::{Rename, Rows, last_number, rename};
use crate::architecture::{DENOISER_PREFIX, FAMILIES, T5_PREFIX, UMT5_PREFIX, VAE_PREFIX};
use crate::sorted;

/// Beginnings that training frameworks put in front of any name.
const WRAPPERS: [&str; 4] = ["_orig_mod.", "module.", "_fsdp_wrapped_module.", "base_model.model."];
/// Parts of names that they put in the middle.
const INNER_WRAPPERS: [&str; 2] = ["._orig_mod.", "._fsdp_wrapped_module."];

/// What may stand in front of a denoiser's names in a single file, most telling first.
const DENOISER_PREFIXES: [&str; 7] =
    [DENOISER_PREFIX, "model.model.", "diffusion_model.", "transformer.", "net.", "model.", ""];

/// The layout of a model, found once from all of its names.
pub(super) struct Layout {
    /// Longest beginning first.
    sections: Vec<Section>,
    /// Known beginning that all names have in common, of a model that is not known otherwise.
    common: &'static str,
}

/// A part of a model whose names are made in one way.
struct Section {
    /// Beginning that all of its names have.
    strip: String,
    /// What stands there in the canonical layout.
    put: String,
    naming: Naming,
}

/// How the names of a part become canonical ones.
enum Naming {
    /// They are the same behind the beginning.
    Same,
    /// By the renames of a family.
    Renamed { rules: Vec<Rename>, last: Option<u64> },
    /// A U-Net of diffusers, of so many blocks for each resolution.
    UNet { blocks_per_level: usize, attentions: Vec<bool> },
    /// CLIP's text model under the names of transformers.
    Clip,
    /// The same, to be named as OpenCLIP does.
    OpenClip,
    /// A VAE of diffusers.
    Vae,
}

impl Layout {
    /// Of a model with these `names`, [cleaned](clean) and sorted.
    pub(super) fn of(names: &[&str]) -> Self {
        let has = |prefix: &str| sorted::begins(names, prefix);
        let mut sections: Vec<Section> = Vec::new();
        let mut add = |section: Section| {
            let mut section = section;
            // a second part of a kind keeps the name of its folder in front
            if sections.iter().any(|other| other.put == section.put)
                && let Some((folder, _)) = section.strip.split_once('/')
            {
                section.put = format!("{folder}/{}", section.put);
            }
            sections.push(section);
        };
        let folders = folders(names);
        let mut is_family = false;
        for folder in &folders {
            let strip = format!("{folder}/");
            if let Some(section) = Section::denoiser(names, &strip, folder == "unet") {
                is_family |= matches!(section.naming, Naming::Renamed { .. });
                add(section);
            }
        }
        if folders.is_empty()
            && let Some(section) =
                DENOISER_PREFIXES.iter().find_map(|strip| Section::denoiser(names, strip, false))
        {
            add(section);
        }
        let is_sdxl = ["text_encoder_2/", "unet/add_embedding.", "add_embedding.", "label_emb."]
            .into_iter()
            .chain(["model.diffusion_model.label_emb.", "conditioner."])
            .any(has);
        for folder in &folders {
            let strip = format!("{folder}/");
            let of_sd1 = folder == "text_encoder" && !is_sdxl && !is_family;
            let found = Section::text(names, &strip, of_sd1);
            if found.is_empty() {
                Section::vae(names, &strip, folder.starts_with("vae"))
                    .into_iter()
                    .for_each(&mut add);
            }
            found.into_iter().for_each(&mut add);
        }
        for encoder in inner(names, "text_encoders.") {
            let bare = format!("text_encoders.{encoder}.");
            let strip = format!("{bare}transformer.");
            let found = Section::text(names, &strip, false);
            if found.is_empty() {
                Section::text(names, &bare, false).into_iter().for_each(&mut add);
            }
            found.into_iter().for_each(&mut add);
        }
        if has("conditioner.embedders.0.model.") && !has("conditioner.embedders.1.") {
            // the refiner has one text encoder, the second of the others
            add(Section {
                strip: "conditioner.embedders.0.model.".to_owned(),
                put: clip::SDXL_G.to_owned(),
                naming: Naming::Same,
            });
        }
        if has("vae.") {
            Section::vae(names, "vae.", true).into_iter().for_each(&mut add);
        }
        if folders.is_empty() && !sections.iter().any(|section| section.strip.is_empty()) {
            let mut bare = Section::text(names, "", false);
            if bare.is_empty() {
                bare.extend(Section::vae(names, "", false));
            }
            bare.retain(|section| !sections.iter().any(|other| other.put == section.put));
            sections.append(&mut bare);
        }
        let common = if sections.is_empty() { common_prefix(names) } else { "" };
        sorted::sort_by(&mut sections, |a, b| b.strip.len().cmp(&a.strip.len()));
        Self { sections, common }
    }

    /// The [cleaned](clean) `name` in the canonical layout.
    pub(super) fn canonical(&self, name: &str) -> Canonical {
        let found = self.sections.iter().find_map(|section| {
            name.strip_prefix(section.strip.as_str()).map(|rest| (section, rest))
        });
        if let Some((section, rest)) = found {
            return section.canonical(rest);
        }
        if let Some(named) = clip::nai(name) {
            return Canonical::named(named);
        }
        Canonical::named(name.strip_prefix(self.common).unwrap_or(name).to_owned())
    }
}

/// `name` without what training frameworks put in front of it, and in the middle.
pub(super) fn clean(name: &str) -> Cow<'_, str> {
    let (folder, mut rest) = match name.split_once('/') {
        Some((folder, rest)) => (Some(folder), rest),
        None => (None, name),
    };
    while let Some(inner) = WRAPPERS.iter().find_map(|wrapper| rest.strip_prefix(wrapper)) {
        rest = inner;
    }
    if !INNER_WRAPPERS.iter().any(|wrapper| rest.contains(wrapper)) {
        return match folder {
            Some(folder) if rest.len() + folder.len() + 1 < name.len() => {
                Cow::Owned(format!("{folder}/{rest}"))
            }
            Some(_) => Cow::Borrowed(name),
            None => Cow::Borrowed(rest),
        };
    }
    let mut cleaned = rest.to_owned();
    for wrapper in INNER_WRAPPERS {
        cleaned = cleaned.replace(wrapper, ".");
    }
    Cow::Owned(folder.map_or(cleaned.clone(), |folder| format!("{folder}/{cleaned}")))
}

/// Folders in front of `names`, those that may be told from their names first.
fn folders(names: &[&str]) -> Vec<String> {
    let mut folders: Vec<String> = Vec::new();
    for name in names {
        if let Some((folder, _)) = name.split_once('/')
            && folders.last().is_none_or(|last| last != folder)
        {
            folders.push(folder.to_owned());
        }
    }
    let rank = |folder: &str| {
        ["unet", "transformer", "prior", "text_encoder", "vae"]
            .iter()
            .position(|known| *known == folder)
            .unwrap_or(usize::MAX)
    };
    sorted::sort_by(&mut folders, |a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    folders
}

/// The different parts of names behind `prefix`, up to the next dot.
fn inner(names: &[&str], prefix: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        let inner = name.strip_prefix(prefix).and_then(|rest| rest.split_once('.'));
        if let Some((inner, _)) = inner
            && found.last().is_none_or(|last| last != inner)
        {
            found.push(inner.to_owned());
        }
    }
    found
}

/// The known beginning that all of `names` have.
fn common_prefix(names: &[&str]) -> &'static str {
    DENOISER_PREFIXES
        .into_iter()
        .find(|prefix| names.iter().all(|name| name.starts_with(prefix)))
        .unwrap_or("")
}

impl Section {
    /// The denoiser whose names begin with `strip`. With `is_unet`, one that is not known otherwise
    /// is a U-Net.
    fn denoiser(names: &[&str], strip: &str, is_unet: bool) -> Option<Self> {
        let has = |prefix: &str| sorted::begins(names, prefix);
        let at = |mark: &str| has(&format!("{strip}{mark}"));
        let naming = if let Some((_, family)) =
            FAMILIES.iter().find(|(_, family)| family.is_at(strip, &has))
        {
            let rules = family.rules();
            let own = names.iter().filter_map(|name| name.strip_prefix(strip));
            Naming::Renamed { last: last_number(&rules, own), rules }
        } else if is_unet || (at("down_blocks.0.") && at("conv_in.")) {
            let level = |index: usize| at(&format!("up_blocks.{index}.attentions."));
            let has_two = (0..4).any(|index| at(&format!("down_blocks.{index}.resnets.1.")));
            let blocks_per_level = if has_two || !at("down_blocks.") { 3 } else { 2 };
            Naming::UNet { blocks_per_level, attentions: (0..8).map(level).collect() }
        } else if at("input_blocks.0.") || at("double_blocks.0.") || at("joint_blocks.0.") {
            Naming::Same
        } else {
            return None;
        };
        Some(Self { strip: strip.to_owned(), put: DENOISER_PREFIX.to_owned(), naming })
    }

    /// The text encoder whose names begin with `strip`.
    fn encoder(names: &[&str], strip: &str, of_sd1: bool) -> Option<Self> {
        let at = |mark: &str| sorted::begins(names, &format!("{strip}{mark}"));
        let section =
            |put: &str, naming| Some(Self { strip: strip.to_owned(), put: put.to_owned(), naming });
        // SigLIP has a text model of the same names, with a head
        let text = if at("text_model.encoder.") || (!strip.is_empty() && at("text_model.")) {
            Some("text_model.encoder.")
        } else if at("encoder.layers.0.self_attn.") && at("embeddings.token_embedding.") {
            Some("encoder.")
        } else {
            None
        };
        if let Some(encoder) = text.filter(|_| !at("text_model.head.")) {
            let layer = |layer: u32| at(&format!("{encoder}layers.{layer}."));
            // CLIP-L has 12 layers, ViT-H 24 or 23, bigG 32
            return match (layer(24), layer(12)) {
                (true, _) => section(clip::SDXL_G, Naming::OpenClip),
                (false, true) => section(clip::SD2_H, Naming::OpenClip),
                // a part of a folder that has none of its layers is told by its folder
                _ if ["text_encoder_2/", "text_encoders.clip_g."]
                    .iter()
                    .any(|known| strip.starts_with(known)) =>
                {
                    section(clip::SDXL_G, Naming::OpenClip)
                }
                _ if of_sd1 => section(clip::SD1_L, Naming::Clip),
                _ => section(clip::SDXL_L, Naming::Clip),
            };
        }
        if at("encoder.block.") {
            let biased = at("encoder.block.1.layer.0.SelfAttention.relative_attention_bias.");
            return section(if biased { UMT5_PREFIX } else { T5_PREFIX }, Naming::Same);
        }
        None
    }

    /// The parts of the text encoder, or of the language model, whose names begin with `strip`.
    fn text(names: &[&str], strip: &str, of_sd1: bool) -> Vec<Self> {
        if let Some(section) = Self::encoder(names, strip, of_sd1) {
            return vec![section];
        }
        let section = |(strip, put): (String, &str)| Self {
            naming: match put {
                "model." if language::has_other_names(names, &strip) => {
                    Naming::Renamed { rules: Rename::parse(language::RENAMES), last: None }
                }
                _ => Naming::Same,
            },
            strip,
            put: put.to_owned(),
        };
        language::parts(names, strip).into_iter().map(section).collect()
    }

    /// The VAE whose names begin with `strip`. With `is_vae`, whatever is there is one.
    fn vae(names: &[&str], strip: &str, is_vae: bool) -> Option<Self> {
        let at = |mark: &str| sorted::begins(names, &format!("{strip}{mark}"));
        let is_known = (at("encoder.conv_in.") && at("decoder.conv_in."))
            || (at("encoder.downsamples.0.") && at("decoder.upsamples.0."));
        (is_vae || is_known).then(|| Self {
            strip: strip.to_owned(),
            put: VAE_PREFIX.to_owned(),
            // only the video VAEs have norms without a mean
            naming: if at("encoder.down_blocks.0.norm1.gamma") {
                Naming::Renamed { rules: vae::video_rules(), last: None }
            } else {
                Naming::Vae
            },
        })
    }

    /// What stands behind the beginning of a name, in the canonical layout.
    fn canonical(&self, rest: &str) -> Canonical {
        let put = |name: String| Canonical::named(format!("{}{name}", self.put));
        match &self.naming {
            Naming::Same => put(rest.to_owned()),
            Naming::Renamed { rules, last } => match rename(rules, rest) {
                None => put(rest.to_owned()),
                Some(renamed) => {
                    let rows = match renamed.rows {
                        Rows::SwappedInLast if renamed.number == *last => Rows::Swapped,
                        Rows::SwappedInLast => Rows::Same,
                        other => other,
                    };
                    Canonical { rows, ..put(renamed.name) }
                }
            },
            Naming::UNet { blocks_per_level, attentions } => {
                match unet::translate(*blocks_per_level, attentions, rest) {
                    Some(name) => put(name),
                    None => Canonical::named(format!("{}{rest}", self.strip)),
                }
            }
            // CLIP as a whole has a part that sees
            Naming::Clip | Naming::OpenClip if clip::is_vision(rest) => {
                Canonical::named(rest.to_owned())
            }
            Naming::Clip => put(clip::with_text_model(rest)),
            Naming::OpenClip => clip::openclip(&self.put, &clip::with_text_model(rest)),
            Naming::Vae => put(vae::translate(rest).unwrap_or_else(|| rest.to_owned())),
        }
    }
}
