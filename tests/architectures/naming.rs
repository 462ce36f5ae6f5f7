//! What a model is, and what its tensors are, from names and shapes alone.

use weightkin::architecture::{Component, Kind};

use crate::{Listed, all, lists, model};

/// What the model of each file is called. The beginning of the file's name counts.
const TITLES: [(&str, &str); 44] = [
    ("anima", "Anima"),
    ("auraflow", "AuraFlow"),
    ("chroma1", "Chroma"),
    ("clip-g", "text encoder"),
    ("clip-l", "text encoder"),
    ("cogvideox", "CogVideoX"),
    ("cosmos-predict2", "Cosmos-Predict2"),
    ("cosmos1", "Cosmos 1"),
    ("ernie-image", "Ernie-Image"),
    ("flux1-fill", "Flux.1 fill"),
    ("flux1-schnell", "Flux.1 schnell"),
    ("flux1", "Flux.1"),
    ("flux2-vae", "VAE"),
    ("flux2", "Flux.2"),
    ("hidream", "HiDream"),
    ("hunyuan-dit", "HunyuanDiT"),
    ("hunyuan-video-1.5", "HunyuanVideo 1.5"),
    ("hunyuan-video", "HunyuanVideo"),
    ("ideogram4", "Ideogram 4"),
    ("kandinsky5", "Kandinsky 5"),
    ("krea2", "Krea 2"),
    ("llama", "language model"),
    ("ltx-2", "LTX-Video 2"),
    ("ltx-video", "LTX-Video"),
    ("lumina2", "Lumina Image 2"),
    ("mochi", "Mochi 1"),
    ("pixart", "PixArt"),
    ("qwen-image-2.1", "Qwen-Image 2.1"),
    ("qwen-image", "Qwen-Image"),
    ("qwen3", "language model"),
    ("sana", "Sana"),
    ("sd21", "Stable Diffusion 2.x"),
    ("sd3", "Stable Diffusion 3"),
    ("sdxl-refiner", "Stable Diffusion XL refiner"),
    ("stable-cascade", "Stable Cascade"),
    ("t5xxl", "text encoder"),
    ("umt5xxl", "text encoder"),
    ("vae-ldm", "VAE"),
    ("wan21-vae", "VAE"),
    ("wan2.1-i2v", "Wan image-to-video"),
    ("wan2.2-i2v", "Wan image-to-video"),
    ("wan2", "Wan"),
    ("z-image", "Z-Image"),
    ("", ""),
];

/// Prefixes under which the denoiser of a single file is shared.
const PREFIXES: [&str; 6] = [
    "model.diffusion_model.",
    "diffusion_model.",
    "net.",
    "_orig_mod.",
    "module.model.diffusion_model.",
    "transformer/",
];

fn title(name: &str) -> &'static str {
    TITLES.iter().find(|(beginning, _)| name.starts_with(beginning)).unwrap().1
}

/// Parameters in a named component, in a named kind, and all of them.
fn named(listed: &[Listed]) -> (u64, u64, u64) {
    let (mut component, mut kind, mut all) = (0, 0, 0);
    for tensor in model(listed).canonical.tensors.values() {
        let parameters = tensor.source.elements();
        all += parameters;
        component += if tensor.role.component == Component::Other { 0 } else { parameters };
        kind += if tensor.role.kind == Kind::Other { 0 } else { parameters };
        assert!(!tensor.role.block.is_empty());
    }
    (component, kind, all)
}

#[test]
fn every_model_is_known_in_every_layout_and_all_of_it_is_named() {
    for name in all() {
        let lists = lists(&name);
        for listed in [lists.single, lists.diffusers].iter().filter(|listed| !listed.is_empty()) {
            assert_eq!(model(listed).recognition.title, title(&name), "{name}");
            let (component, kind, all) = named(listed);
            assert_eq!(component, all, "{name}: parameters in a named component");
            assert!(kind * 100 >= all * 95, "{name}: {kind} of {all} parameters in a named kind");
        }
    }
}

#[test]
fn a_family_is_known_without_what_only_some_of_its_models_have() {
    // neither guidance nor a text that is one vector
    for of_layout in [|lists: crate::Lists| lists.single, |lists: crate::Lists| lists.diffusers] {
        let mut listed = of_layout(lists("flux1-dev"));
        listed.retain(|listed| {
            let has = |part: &str| listed.name.contains(part);
            !(has("guidance") || has("text_embedder") || has("vector_in"))
        });
        assert_eq!(model(&listed).recognition.architecture.title(), "Flux.1");
    }
}

#[test]
fn a_denoiser_is_the_same_behind_any_prefix() {
    for name in all() {
        let single = lists(&name).single;
        let bare: Vec<Listed> = single
            .iter()
            .map(|listed| Listed {
                name: listed.name.strip_prefix("net.").unwrap_or(&listed.name).to_owned(),
                ..listed.clone()
            })
            .collect();
        let canonical = model(&bare).canonical;
        let is_denoiser = |name: &String| name.starts_with("model.diffusion_model.");
        if bare[0].name.starts_with("model.") || !canonical.tensors.keys().all(is_denoiser) {
            continue;
        }
        let keys: Vec<&String> = canonical.tensors.keys().collect();
        for prefix in PREFIXES {
            let behind: Vec<Listed> = bare
                .iter()
                .map(|listed| Listed { name: format!("{prefix}{}", listed.name), ..listed.clone() })
                .collect();
            let other = model(&behind);
            assert_eq!(other.recognition.title, title(&name), "{prefix}{name}");
            assert_eq!(other.canonical.tensors.keys().collect::<Vec<_>>(), keys, "{prefix}{name}");
        }
    }
}
