//! What tells which layout a file has: a few names, none of which is enough by itself where two
//! are asked for, and any of which is where one is.

use weightkin::canonical::CanonicalModel;
use weightkin::dtype::Dtype;
use weightkin::matching::Options;
use weightkin::model::Model;

use crate::support::comparison::match_models;
use crate::support::model::{Spec, model};

fn named(names: &[&str]) -> Model {
    let specs: Vec<Spec> = names.iter().map(|name| Spec::new(*name, Dtype::F16, &[4])).collect();
    model("model", &specs)
}

/// The canonical names of tensors called `names`, sorted.
fn canonical(names: &[&str]) -> Vec<String> {
    CanonicalModel::from_model(&named(names)).tensors.keys().cloned().collect()
}

#[test]
fn half_of_what_tells_a_layout_tells_nothing() {
    for names in [
        &["conv_in.weight"][..],
        &["down_blocks.0.resnets.0.conv1.weight"],
        &["encoder.conv_in.weight", "encoder.mid.attn_1.k.weight"],
        &["decoder.conv_in.weight", "decoder.mid.attn_1.k.weight"],
    ] {
        assert_eq!(canonical(names), names);
    }
    let unet = canonical(&["conv_in.weight", "down_blocks.0.resnets.0.conv1.weight"]);
    assert!(unet.iter().all(|name| name.starts_with("model.diffusion_model.")), "{unet:?}");
    let vae = canonical(&["decoder.conv_in.weight", "encoder.conv_in.weight"]);
    assert!(vae.iter().all(|name| name.starts_with("first_stage_model.")), "{vae:?}");
}

#[test]
fn any_part_of_sdxl_tells_whose_text_encoder_it_is() {
    const CLIP_L: &str = "text_encoder/text_model.final_layer_norm.weight";
    let names = |beside: &[&str]| canonical(&[&[CLIP_L], beside].concat());
    let is = |names: &[String], prefix: &str| {
        names.contains(&format!("{prefix}transformer.text_model.final_layer_norm.weight"))
    };
    for beside in [
        "text_encoder_2/text_model.final_layer_norm.weight",
        "unet/add_embedding.linear_1.weight",
        "add_embedding.linear_1.weight",
        "label_emb.0.0.weight",
        "model.diffusion_model.label_emb.0.0.weight",
        "conditioner.embedders.1.model.ln_final.weight",
    ] {
        assert!(is(&names(&[beside]), "conditioner.embedders.0."), "{beside}");
    }
    assert!(is(&names(&["unet/conv_in.weight"]), "cond_stage_model."));
    assert!(is(&names(&[]), "cond_stage_model."));
}

#[test]
fn text_encoders_of_two_families_do_not_meet_in_whole_models() {
    const SHARED: &str = "model.diffusion_model.out.2.bias";
    const REST: &str = "transformer.text_model.final_layer_norm.weight";
    let whole = |prefix: &str| named(&[SHARED, &format!("{prefix}{REST}")]);
    let names = |models: [&Model; 2]| -> Vec<String> {
        let matching = match_models(&models, &Options::default()).unwrap();
        matching.matched.into_iter().map(|matched| matched.name).collect()
    };
    let (sd1, sdxl) = (whole("cond_stage_model."), whole("conditioner.embedders.0."));
    assert_eq!(names([&sd1, &sdxl]), [SHARED]);
    // alone, it meets either
    let alone = named(&["text_model.encoder.layers.0.mlp.fc1.bias", &REST["transformer.".len()..]]);
    assert_eq!(names([&alone, &sd1]), [format!("cond_stage_model.{REST}")]);
    assert_eq!(names([&sdxl, &alone]), [format!("conditioner.embedders.0.{REST}")]);
}
