//! What making a fingerprint of a whole SDXL checkpoint reads.

use std::collections::BTreeMap;

use weightkin::canonical::CanonicalModel;
use weightkin::dtype::Dtype;
use weightkin::fingerprint::{Fingerprint, MOST_BYTES, fitting_density};
use weightkin::sample::{Density, Sampling};

use super::format::fingerprint_of;
use crate::support::double::Double;
use crate::support::model::{Spec, model};

fn sdxl() -> Vec<Spec> {
    let text = include_str!("../family/manifests/sdxl.json");
    let entries: BTreeMap<String, (Dtype, Vec<u64>)> = serde_json::from_str(text).unwrap();
    entries.into_iter().map(|(name, (dtype, shape))| Spec { name, dtype, shape }).collect()
}

#[test]
fn an_sdxl_checkpoint() {
    let model = model("sdxl", &sdxl());
    let source = Double::made(std::slice::from_ref(&model));
    assert!(model.bytes() > 6_700_000_000);
    let canonical = CanonicalModel::from_model(&model);
    let density = fitting_density(&canonical, MOST_BYTES);
    assert_eq!(density, Density::DEFAULT);
    let fingerprint = fingerprint_of(&model, &source, density);

    let log = source.log();
    let read: u64 = log.opened.iter().map(|read| read.end - read.start).sum();
    println!("{} reads, {read} bytes of {}", log.opened.len(), model.bytes());
    assert!(read * 100 <= model.bytes() * 3, "{read} of {}", model.bytes());
    assert!(log.opened.len() <= 8000, "{} reads", log.opened.len());
    assert_eq!(Sampling::of_model(&canonical, density).bytes(), read);

    let file = fingerprint.to_bytes();
    println!("a file of {} bytes", file.len());
    assert!(file.len() as u64 <= MOST_BYTES, "{}", file.len());
    assert_eq!(Fingerprint::from_bytes(&file).unwrap(), fingerprint);
}

#[test]
fn scales_are_read_once_and_no_further() {
    let specs = [
        Spec::new("a.weight", Dtype::F8_E4M3, &[900, 300]),
        Spec::new("a.weight_scale", Dtype::F16, &[900]),
        Spec::new("b.weight", Dtype::I8, &[900, 300]),
        Spec::new("b.weight_scale", Dtype::F32, &[]),
    ];
    let model = model("quantised", &specs);
    let source = Double::made(std::slice::from_ref(&model));
    fingerprint_of(&model, &source, Density::DEFAULT);
    let opened = source.log().opened;
    for (name, scale_bytes) in [("a.weight_scale", 1800), ("b.weight_scale", 4)] {
        let start = model.tensors.get(name).unwrap().start;
        let reads: Vec<u64> =
            opened.iter().filter(|read| read.start == start).map(|read| read.end).collect();
        assert_eq!(reads, [start + scale_bytes], "{name}");
    }
}
