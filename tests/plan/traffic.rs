//! Bytes read and streams opened, by a counting double.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use weightkin::dtype::Dtype;
use weightkin::matching::Options;
use weightkin::model::Model;
use weightkin::pass::plan::Plan;
use weightkin::read::Read;

use crate::support::comparison::{plan, plan_with, run};
use crate::support::double::Double;
use crate::support::model::{Spec, model, sharded};

const MIB: u64 = 1 << 20;

/// Streams that lanes and holes may cost a file beyond one per 16 MiB.
const FEW: u64 = 8;

/// What is read of one file, and what is needed of it.
#[derive(Debug, Default, Clone, Copy)]
struct Traffic {
    needed_bytes: u64,
    read_bytes: u64,
    openings: u64,
}

impl Traffic {
    /// One per 16 MiB and a few.
    fn allowed(&self) -> u64 {
        self.needed_bytes / (16 * MIB) + FEW
    }
}

/// Where the compared tensors are, by the models' own words.
fn needed(models: &[Model], plan: &Plan) -> Vec<Read> {
    let mut needed = Vec::new();
    let mut first_file = 0;
    for model in models {
        for planned in &plan.tensors {
            let tensor = &model.tensors[&planned.name];
            if tensor.bytes() > 0 {
                let file = first_file + tensor.file;
                needed.push(Read { file, start: tensor.start, end: tensor.end });
            }
        }
        first_file += model.files.len();
    }
    needed
}

fn sorted(mut reads: Vec<Read>) -> Vec<Read> {
    reads.sort_by_key(|read| (read.file, read.start));
    reads
}

/// Joins what touches.
fn joined(reads: Vec<Read>) -> Vec<Read> {
    let mut joined: Vec<Read> = Vec::new();
    for read in sorted(reads) {
        match joined.last_mut() {
            Some(last) if last.file == read.file && last.end == read.start => last.end = read.end,
            _ => joined.push(read),
        }
    }
    joined
}

/// Traffic of each file if the streams `opened` are read to their ends; asserts that none of it is
/// more than 1.02 times what is needed.
fn count(models: &[Model], plan: &Plan, opened: &[Read]) -> Vec<Traffic> {
    let mut files: BTreeMap<usize, Traffic> = BTreeMap::new();
    for read in needed(models, plan) {
        files.entry(read.file).or_default().needed_bytes += read.bytes();
    }
    let ends: BTreeSet<(usize, u64)> = opened.iter().map(|read| (read.file, read.end)).collect();
    for read in opened {
        let traffic = files.get_mut(&read.file).expect("nothing is needed of this file");
        traffic.read_bytes += read.bytes();
        // a stream goes on from batch to batch
        traffic.openings += u64::from(!ends.contains(&(read.file, read.start)));
    }
    let files: Vec<Traffic> = files.into_values().collect();
    for file in &files {
        assert!(file.read_bytes >= file.needed_bytes);
        assert!(file.read_bytes * 100 <= file.needed_bytes * 102, "{file:?}");
    }
    files
}

/// Traffic as the plan has it, for files too large to read in a test.
fn planned(models: &[Model], plan: &Plan) -> Vec<Traffic> {
    let batches = (0..plan.batches()).map(|index| plan.batch(index));
    let opened: Vec<Read> = batches.flat_map(|batch| batch.reads.concat()).collect();
    count(models, plan, &opened)
}

/// Traffic of a comparison carried out; asserts that each byte is fetched once, that nothing else
/// is, and that the streams are those of the plan.
fn executed(models: &[Model], plan: &Plan) -> Vec<Traffic> {
    let double = Double::made(models);
    run(plan, &double);
    let log = double.log();

    let fetched = sorted(log.fetched);
    for pair in fetched.windows(2) {
        assert!(pair[0].file != pair[1].file || pair[0].end <= pair[1].start, "read twice");
    }
    assert_eq!(joined(fetched), joined(needed(models, plan)));

    let traffic = count(models, plan, &log.opened);
    let read_bytes: u64 = traffic.iter().map(|file| file.read_bytes).sum();
    let needed_bytes: u64 = traffic.iter().map(|file| file.needed_bytes).sum();
    assert_eq!(read_bytes, needed_bytes + log.skipped_bytes, "streams are read to their ends");
    let batches = (0..plan.batches()).map(|index| plan.batch(index));
    let planned: Vec<Read> = batches.flat_map(|batch| batch.reads.concat()).collect();
    assert_eq!(sorted(log.opened), sorted(planned));
    traffic
}

/// Tensors of sizes as in real models: many vectors, some matrices. `layers` of them take about
/// `layers` × 2.7 MB in F16.
fn tensors(layers: usize, dtype: Dtype) -> Vec<Spec> {
    (0..layers)
        .flat_map(|layer| {
            let spec =
                |end: &str, shape: &[u64]| Spec::new(format!("layers.{layer}.{end}"), dtype, shape);
            [
                spec("norm.weight", &[320]),
                spec("norm.bias", &[320]),
                spec("conv.weight", &[320, 320, 3, 3]),
                spec("conv.bias", &[320]),
                spec("proj.weight", &[640, 641]),
                spec("scale", &[]),
            ]
        })
        .collect()
}

fn shuffled(mut specs: Vec<Spec>) -> Vec<Spec> {
    let mut state = 7_usize;
    for last in (1..specs.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        specs.swap(last, (state >> 33) % (last + 1));
    }
    specs
}

#[test]
fn files_of_one_order() {
    let specs = tensors(30, Dtype::F16);
    let models = [model("a", &specs), model("b", &specs), model("c", &specs)];
    for file in executed(&models, &plan(&models)) {
        assert_eq!(file.read_bytes, file.needed_bytes);
        assert!(file.openings <= file.allowed(), "{file:?}");
    }
}

#[test]
fn files_of_one_order_and_any_size() {
    for layers in [1, 2, 3, 5, 8, 13, 20, 40, 60, 80, 150, 400, 2600] {
        let specs = tensors(layers, Dtype::F16);
        let models = [model("a", &specs), model("b", &specs), model("c", &specs)];
        for file in planned(&models, &plan(&models)) {
            assert_eq!(file.read_bytes, file.needed_bytes);
            assert!(file.openings <= file.allowed(), "{layers} layers: {file:?}");
        }
    }
}

#[test]
fn a_file_of_another_order() {
    let specs = tensors(30, Dtype::F16);
    let models = [model("a", &specs), model("b", &shuffled(specs.clone())), model("c", &specs)];
    let traffic = executed(&models, &plan(&models));
    for file in [0, 2] {
        assert!(traffic[file].openings <= traffic[file].allowed(), "{:?}", traffic[file]);
    }
    // the others are not made to follow it; it is read tensor by tensor at worst
    assert!(traffic[1].openings <= specs.len() as u64, "{:?}", traffic[1]);
}

#[test]
fn two_files_of_different_order() {
    let specs = tensors(10, Dtype::F16);
    let models = [model("a", &shuffled(specs.clone())), model("b", &specs)];
    let traffic = executed(&models, &plan(&models));
    let openings: Vec<u64> = traffic.iter().map(|file| file.openings).collect();
    assert!(*openings.iter().min().unwrap() <= traffic[0].allowed(), "{openings:?}");
}

#[test]
fn files_of_different_formats() {
    let specs = tensors(20, Dtype::F32);
    let stored_as = |dtype| specs.iter().map(|spec| spec.stored_as(dtype)).collect::<Vec<_>>();
    let models = [
        model("a", &specs),
        model("b", &stored_as(Dtype::BF16)),
        model("c", &stored_as(Dtype::F8_E4M3)),
        model("d", &stored_as(Dtype::F64)),
    ];
    let traffic = executed(&models, &plan(&models));
    // batches are measured by the widest format; the others are opened as often as that
    let widest = traffic[3];
    for file in traffic {
        assert_eq!(file.read_bytes, file.needed_bytes);
        assert!(file.openings <= widest.allowed(), "{file:?}");
    }
}

#[test]
fn tensors_of_one_model_only() {
    let mut specs = tensors(30, Dtype::F16);
    let common = specs.clone();
    for layer in 0..10 {
        let name = format!("extra.{layer}.weight");
        specs.insert(layer * 15, Spec::new(name, Dtype::F16, &[1000, 1000]));
    }
    let models = [model("a", &specs), model("b", &common)];
    let traffic = executed(&models, &plan(&models));
    // two megabytes are not worth reading through: a stream more for each
    assert!(traffic[0].openings <= traffic[0].allowed() + 10, "{:?}", traffic[0]);
    assert_eq!(traffic[0].read_bytes, traffic[0].needed_bytes);
    assert!(traffic[1].openings <= traffic[1].allowed(), "{:?}", traffic[1]);
}

#[test]
fn small_holes_are_read_through() {
    let mut specs = tensors(30, Dtype::F16);
    let common = specs.clone();
    for layer in 0..60 {
        let name = format!("extra.{layer}.bias");
        specs.insert(layer * 3, Spec::new(name, Dtype::F16, &[320]));
    }
    let models = [model("a", &specs), model("b", &common)];
    for file in executed(&models, &plan(&models)) {
        assert!(file.openings <= file.allowed(), "{file:?}");
    }
}

#[test]
fn many_holes_are_not_worth_two_percent() {
    // as much hole as tensor: reading through would double the bytes
    let common: Vec<Spec> =
        (0..500).map(|i| Spec::new(format!("w.{i:03}.a"), Dtype::F16, &[10_000])).collect();
    let with_holes: Vec<Spec> = common
        .iter()
        .flat_map(|spec| {
            [spec.clone(), Spec::new(format!("{}x", spec.name), Dtype::F16, &[10_000])]
        })
        .collect();
    let models = [model("a", &with_holes), model("b", &common)];
    let traffic = executed(&models, &plan(&models));
    assert!(traffic[1].openings <= traffic[1].allowed(), "{:?}", traffic[1]);
}

#[test]
fn shards_beside_a_single_file() {
    let specs = tensors(30, Dtype::F16);
    let (first, rest) = specs.split_at(50);
    let (second, third) = rest.split_at(70);
    let models = [model("a", &specs), sharded("b", &[first, second, third])];
    for file in executed(&models, &plan(&models)) {
        assert!(file.openings <= file.allowed(), "{file:?}");
    }
}

#[test]
fn the_vae_in_the_middle() {
    let mut specs = tensors(20, Dtype::F16);
    for layer in 0..40 {
        let name = format!("first_stage_model.decoder.{layer}.weight");
        specs.insert(60 + layer, Spec::new(name, Dtype::F16, &[256, 256, 3, 3]));
    }
    let models = [model("a", &specs), model("b", &specs)];
    let plan_without = plan(&models);
    assert_eq!(plan_without.left_out.len(), 40);
    for file in executed(&models, &plan_without) {
        assert_eq!(file.read_bytes, file.needed_bytes, "the VAE is not read");
        assert!(file.openings <= file.allowed() + 1, "{file:?}");
    }
    let plan_with = plan_with(&models, &Options { include_vae: true, ..Options::default() });
    for file in planned(&models, &plan_with) {
        assert!(file.openings <= file.allowed(), "{file:?}");
    }
}

#[test]
fn a_hundred_thousand_tiny_tensors() {
    let specs: Vec<Spec> =
        (0..100_000).map(|i| Spec::new(format!("t.{i:06}"), Dtype::F16, &[4, 2])).collect();
    let models = [model("a", &specs), model("b", &specs)];
    let start = Instant::now();
    let plan = plan(&models);
    assert!(start.elapsed() < Duration::from_secs(5), "planned in {:?}", start.elapsed());
    let start = Instant::now();
    for file in executed(&models, &plan) {
        assert!(file.openings <= file.allowed(), "{file:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(10), "executed in {:?}", start.elapsed());
}

#[test]
fn a_tensor_larger_than_a_batch() {
    // cut between rows; its windows follow each other in the file
    let specs = [Spec::new("w", Dtype::F16, &[40_000, 1000])];
    let models = [model("a", &specs), model("b", &specs)];
    for file in executed(&models, &plan(&models)) {
        assert_eq!(file.read_bytes, file.needed_bytes);
        assert!(file.openings <= file.allowed(), "{file:?}");
    }
    // 300 GB, planned only
    let specs = [Spec::new("w", Dtype::F16, &[150_000_000, 1000])];
    let models = [model("a", &specs), model("b", &specs)];
    for file in planned(&models, &plan(&models)) {
        assert!(file.openings <= file.allowed(), "{file:?}");
    }
}

/// Rows of more than 65,536 columns are read in stripes, one stream for each row of a stripe, so
/// here the bound is a different one: a stream for every 32 Ki columns of a row at worst.
#[test]
fn very_wide_tensors() {
    for shape in [[16, 200_000], [40, 65_537], [1, 3_000_000], [100, 131_072]] {
        let specs = [Spec::new("w", Dtype::F16, &shape)];
        let models = [model("a", &specs), model("b", &specs)];
        for file in executed(&models, &plan(&models)) {
            let allowed = shape[0] * shape[1].div_ceil(1 << 15) + FEW;
            assert!(file.openings <= allowed, "{shape:?}: {file:?}");
        }
    }
}
