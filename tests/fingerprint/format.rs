//! The file: what any reader sees, and what is refused.

use std::convert::Infallible;

use proptest::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{TensorView, serialize};
use weightkin::canonical::CanonicalModel;
use weightkin::dtype::Dtype;
use weightkin::fingerprint::{Fingerprint, FingerprintError, KEY, SourceFacts, fitting_density};
use weightkin::model::{FileFacts, Model};
use weightkin::read::{ByteStream, Source};
use weightkin::sample::{Collector, Density, Pick, Sampling, take};

use crate::support::double::{Content, Double};
use crate::support::file::read_file;
use crate::support::model::{Spec, model, stored};

/// The fingerprint of a model held in memory.
pub fn made(model: &Model, bytes: Vec<u8>, density: Density) -> Fingerprint {
    let source = Double::new(vec![Content::Held(bytes.into())]);
    fingerprint_of(model, &source, density)
}

pub fn fingerprint_of<S>(model: &Model, source: &S, density: Density) -> Fingerprint
where
    S: Source<Stream: ByteStream<Error = Infallible>>,
{
    let canonical = CanonicalModel::from_model(model);
    let sampling = Sampling::of_model(&canonical, density);
    let mut collector = Collector::new(&sampling);
    // any order
    for index in (0..sampling.batches()).rev() {
        assert_eq!(collector.missing(), index + 1);
        let Ok(chunk) = pollster::block_on(take(&sampling.batch(index), source, |_, _| {}));
        collector.accept(chunk);
    }
    assert_eq!(collector.missing(), 0);
    let source = SourceFacts::of(model, &canonical, None);
    Fingerprint { source, sample: collector.finish() }
}

pub fn held(name: &str, bytes: &[u8]) -> Model {
    let header = read_file(bytes, bytes.len() as u64).unwrap();
    let file = FileFacts { name: format!("{name}.safetensors"), bytes: bytes.len() as u64 };
    Model::assemble(name.to_owned(), vec![(file, header)], &[]).unwrap()
}

fn tiny() -> (Model, Vec<u8>) {
    let values: Vec<f32> = (0..160 * 128).map(|at| (at % 251) as f32 / 64.0 - 2.0).collect();
    let bytes = stored(&[
        ("b.weight", Dtype::F16, &[160, 128], &values),
        ("a.bias", Dtype::F16, &[4], &values[..4]),
    ]);
    (held("tiny", &bytes), bytes)
}

fn tiny_file() -> Vec<u8> {
    let (model, bytes) = tiny();
    made(&model, bytes, Density::DEFAULT).to_bytes()
}

#[test]
fn any_reader_opens_it() {
    let (_, source) = tiny();
    let file = tiny_file();
    let opened = SafeTensors::deserialize(&file).unwrap();
    let kept = opened.tensor("b.weight").unwrap();
    let pick = Pick::new("b.weight", &[160, 128], Density::DEFAULT);
    assert_eq!(kept.dtype(), Dtype::F16);
    assert_eq!(kept.shape(), [pick.rows() as usize, pick.cols.len()]);
    let whole = SafeTensors::deserialize(&source).unwrap();
    let whole = whole.tensor("b.weight").unwrap();
    let rows = pick.runs.iter().flat_map(|run| run.rows());
    let want: Vec<u8> = rows
        .flat_map(|row| pick.cols.iter().map(move |col| (row * 128 + col) as usize * 2))
        .flat_map(|at| whole.data()[at..at + 2].to_vec())
        .collect();
    assert_eq!(kept.data(), want);
    assert_eq!(opened.tensor("a.bias").unwrap().shape(), [4]);
}

#[test]
fn it_reads_back_and_is_the_same_each_time() {
    let (model, bytes) = tiny();
    let fingerprint = made(&model, bytes, Density::DEFAULT);
    let file = fingerprint.to_bytes();
    assert_eq!(file, fingerprint.to_bytes());
    let read = Fingerprint::from_bytes(&file).unwrap();
    assert_eq!(read, fingerprint);
    assert_eq!(read.source.name, "tiny");
    assert_eq!((read.source.tensors, read.source.parameters), (2, 160 * 128 + 4));
    assert_eq!(read.model().tensors.get("b.weight").unwrap().shape, [160, 128]);
}

#[test]
fn the_document_has_its_description() {
    let file = tiny_file();
    let (_, metadata) = SafeTensors::read_metadata(&file).unwrap();
    let text = &metadata.metadata().as_ref().unwrap()[KEY];
    let document = include_str!("../../src/fingerprint/FORMAT.md");
    assert!(document.contains(&format!("\n{text}\n")), "{text}");
}

#[test]
fn every_damaged_byte_is_noticed() {
    let file = tiny_file();
    for at in (0..file.len()).step_by(97).chain(file.len() - 50..file.len()) {
        let mut damaged = file.clone();
        damaged[at] ^= 0x10;
        assert!(Fingerprint::from_bytes(&damaged).is_err(), "byte {at}");
    }
    let error = Fingerprint::from_bytes(&{
        let mut damaged = file.clone();
        *damaged.last_mut().unwrap() ^= 1;
        damaged
    });
    assert!(matches!(error, Err(FingerprintError::Checksum { .. })), "{error:?}");
}

/// The tiny fingerprint with another description.
fn described(change: impl Fn(&str) -> String) -> Vec<u8> {
    let file = tiny_file();
    let (_, metadata) = SafeTensors::read_metadata(&file).unwrap();
    let text = change(&metadata.metadata().as_ref().unwrap()[KEY]);
    let opened = SafeTensors::deserialize(&file).unwrap();
    let views: Vec<(String, TensorView<'_>)> = opened.tensors();
    serialize(views, Some([(KEY.to_owned(), text)].into())).unwrap()
}

#[test]
fn what_is_refused() {
    type Change = Box<dyn Fn(&str) -> String>;
    let replaced = |from: &'static str, to: &'static str| -> Change {
        Box::new(move |text| {
            assert!(text.contains(from), "{text}");
            text.replace(from, to)
        })
    };
    let cases: Vec<(Change, &str, &str)> = vec![
        (replaced("\"version\":1", "\"version\":2"), "fingerprint_too_new", "version 2"),
        (replaced("\"rule\":1", "\"rule\":9"), "fingerprint_too_new", "rule 9"),
        (replaced("\"rows\":24", "\"rows\":0"), "fingerprint_damaged", "0 rows"),
        (replaced("\"rows\":24", "\"rows\":4000000000"), "fingerprint_damaged", "rows"),
        (replaced("\"rows\":24", "\"rows\":25"), "fingerprint_damaged", "checksum"),
        (replaced("\"columns\":63", "\"columns\":99999"), "fingerprint_damaged", "columns"),
        (replaced("[160,128]", "[160,129]"), "fingerprint_damaged", "checksum"),
        (Box::new(|_| "{".to_owned()), "fingerprint_damaged", "description"),
        (Box::new(|_| "{}".to_owned()), "fingerprint_damaged", "version"),
        (Box::new(|_| "[]".to_owned()), "fingerprint_damaged", "description"),
    ];
    for (change, code, words) in cases {
        let error = Fingerprint::from_bytes(&described(change)).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(words), "{error} has no {words:?}");
    }
    // still as it was, only written anew
    assert!(Fingerprint::from_bytes(&described(str::to_owned)).is_ok());
}

#[test]
fn a_wrong_checksum_is_told_with_the_right_one() {
    let stated = |digits: &'static str| {
        let bytes = described(move |text| {
            let (before, after) = text.split_once("\"checksum\":\"").unwrap();
            format!("{before}\"checksum\":\"{digits}{}", &after[after.find('"').unwrap()..])
        });
        Fingerprint::from_bytes(&bytes).unwrap_err().to_string()
    };
    assert!(stated("0123456789abcdef").ends_with("it should be 0123456789abcdef"));
    // of any text as much as a checksum has
    let said = stated("0123456789abcdef0123456789abcdef");
    assert!(said.ends_with("it should be 0123456789abcdef"), "{said}");
}

/// A stranger can compute a checksum, too.
#[test]
fn sizes_that_the_rule_does_not_give() {
    let (model, bytes) = tiny();
    for shape in [
        vec![160, 2000],
        vec![161, 1 << 40],
        vec![u64::MAX, u64::MAX],
        vec![1 << 20, 1 << 20, 1 << 20, 0],
        vec![],
    ] {
        let mut fingerprint = made(&model, bytes.clone(), Density::DEFAULT);
        let tensor = fingerprint.sample.tensors.last_mut().unwrap();
        let honest = (tensor.shape.clone(), tensor.bytes.clone());
        tensor.shape = shape.clone();
        let written = std::panic::catch_unwind(|| fingerprint.to_bytes());
        let tensor = fingerprint.sample.tensors.last_mut().unwrap();
        (tensor.shape, tensor.bytes) = honest;
        if let Ok(file) = written {
            assert!(Fingerprint::from_bytes(&file).is_err(), "{shape:?}");
        }
    }
}

#[test]
fn a_checkpoint_is_no_fingerprint() {
    let (_, bytes) = tiny();
    assert_eq!(Fingerprint::from_bytes(&bytes), Err(FingerprintError::NotOne));
    assert_eq!(Fingerprint::from_bytes(b"").unwrap_err().code(), "header_too_small");
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Fingerprint::from_bytes(&bytes).is_err());
    }
}

#[test]
fn empty_and_scalar_tensors_come_along() {
    let tensors = [
        Spec::new("empty", Dtype::F32, &[0, u64::from(u32::MAX) + 1]),
        Spec::new("scalar", Dtype::F64, &[]),
        Spec::new("ids", Dtype::I64, &[1, 77]),
    ];
    let model = model("odd", &tensors);
    let source = Double::made(std::slice::from_ref(&model));
    let fingerprint = fingerprint_of(&model, &source, Density::DEFAULT);
    let read = Fingerprint::from_bytes(&fingerprint.to_bytes()).unwrap();
    assert_eq!(read, fingerprint);
    let kept = |name: &str| read.sample.tensors.iter().find(|kept| kept.name == name).unwrap();
    assert_eq!(kept("empty").shape, [0, u64::from(u32::MAX) + 1]);
    assert_eq!((kept("scalar").dtype, kept("scalar").bytes.len()), (Dtype::F32, 4));
    assert_eq!((kept("ids").dtype, kept("ids").bytes.len()), (Dtype::I64, 77 * 8));
}

#[test]
fn a_limit_is_kept() {
    let tensors: Vec<Spec> = (0..200)
        .map(|index| Spec::new(format!("layers.{index}.weight"), Dtype::F32, &[1280, 1280]))
        .collect();
    let model = model("wide", &tensors);
    let canonical = CanonicalModel::from_model(&model);
    let source = Double::made(std::slice::from_ref(&model));
    for most_bytes in [100_000, 500_000, 2_000_000, 16_000_000] {
        let density = fitting_density(&canonical, most_bytes);
        let file = fingerprint_of(&model, &source, density).to_bytes();
        assert!(file.len() as u64 <= most_bytes, "{} of {most_bytes}", file.len());
        assert!(file.len() as u64 * 2 > most_bytes || density == Density::DEFAULT);
        // four times as large a share of the rows as of the columns, but no more than there were
        let Density { rows, columns } = Density::DEFAULT;
        assert_eq!(density.rows, rows.min((4 * rows * density.columns).div_ceil(columns)));
    }
    // what cannot be kept is still a density
    assert_eq!(fitting_density(&canonical, 1), Density { rows: 2, columns: 1 });
}
