//! Shapes that a valid header may state and no memory could hold.

use std::time::{Duration, Instant};

use weightkin::dtype::Dtype;
use weightkin::gram::GramRecord;

use crate::support::comparison::{plan, report, run};
use crate::support::double::Double;
use crate::support::model::{Spec, model};

/// Empty tensors take no time, whatever they would be without the zero.
#[test]
fn empty_tensors_of_any_shape() {
    let huge: &[&[u64]] = &[
        &[0],
        &[0, 8],
        &[8, 0],
        &[0, 0],
        &[0, 1 << 40],
        &[1 << 50, 0],
        &[u64::MAX, 0],
        &[0, u64::MAX],
        &[0, 1 << 40, 1 << 40],
        &[1 << 30, 0, 1 << 40],
        &[0, u64::MAX, u64::MAX, u64::MAX],
    ];
    let specs: Vec<Spec> = huge
        .iter()
        .enumerate()
        .map(|(i, shape)| Spec {
            name: format!("empty.{i}"),
            dtype: Dtype::F16,
            shape: shape.to_vec(),
        })
        .collect();
    let models = [model("a", &specs), model("b", &specs)];
    let start = Instant::now();
    let plan = plan(&models);
    let tally = run(&plan, &Double::made(&models));
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    let records: Vec<&GramRecord> = tally.records().flatten().collect();
    assert_eq!(records.len(), huge.len());
    for (record, tensor) in records.iter().zip(&plan.tensors) {
        // empty tensors count nowhere, whatever their other dimensions
        assert_eq!(record.columns, 0, "{}", tensor.name);
        assert_eq!((record.gram.clone(), record.cosine_sums.clone()), (vec![0.0; 3], vec![0.0]));
    }
    let report = report(&models, &plan, &tally);
    assert_eq!((report.compared.tensors, report.tensors.len()), (0, huge.len()));
}

/// Names that look like those of a diffusers model, with numbers no model has.
#[test]
fn numbers_in_names_of_any_size() {
    let huge = u64::MAX;
    let specs: Vec<Spec> = [
        "conv_in.weight".to_owned(),
        "down_blocks.0.resnets.0.conv1.weight".to_owned(),
        format!("down_blocks.{huge}.resnets.0.conv1.weight"),
        format!("down_blocks.0.resnets.{huge}.conv1.weight"),
        format!("down_blocks.{huge}.downsamplers.0.conv.weight"),
        format!("up_blocks.{huge}.upsamplers.0.conv.weight"),
        format!("mid_block.resnets.{huge}.conv1.weight"),
        "encoder.conv_in.weight".to_owned(),
        "decoder.conv_in.weight".to_owned(),
        format!("encoder.mid_block.resnets.{huge}.conv1.weight"),
        format!("decoder.up_blocks.{huge}.resnets.{huge}.conv1.weight"),
    ]
    .into_iter()
    .map(|name| Spec::new(name, Dtype::F16, &[2, 2]))
    .collect();
    // as a U-Net, and without its first tensors as a VAE
    for some in [&specs[..], &specs[7..]] {
        let models = [model("a", some), model("b", some)];
        let plan = plan(&models);
        assert_eq!(plan.tensors.len() + plan.left_out.len(), some.len());
        run(&plan, &Double::made(&models));
    }
}

/// Two names that mean the same tensor: none of the two may vanish.
#[test]
fn two_names_for_one_place() {
    let pairs = [
        (
            "cond_stage_model.transformer.embeddings.w",
            "cond_stage_model.transformer.text_model.embeddings.w",
        ),
        (
            "cond_stage_model.transformer.final_layer_norm.w",
            "cond_stage_model.transformer.text_model.final_layer_norm.w",
        ),
    ];
    for (alias, canonical) in pairs {
        let specs =
            [Spec::new(alias, Dtype::F16, &[2, 2]), Spec::new(canonical, Dtype::F16, &[3, 2])];
        let models = [model("a", &specs), model("b", &specs)];
        let plan = plan(&models);
        let names: Vec<&str> = plan.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names.len() + plan.left_out.len(), 2, "{names:?}");
        assert!(names.contains(&canonical), "{names:?}");
    }
}
