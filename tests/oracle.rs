//! Comparisons of random models from their bytes to the report, against the definitions in `f64`,
//! and bit for bit against themselves: neither the order of a model's tensors, nor its division
//! into files, nor where work is cut, nor who finishes first may show.
//!
//! Runs for longer with `PROPTEST_CASES`.

mod support;

use half::{bf16, f16};
use proptest::prelude::*;
use support::comparison::{execute, plan, report, run};
use support::double::{Content, Double};
use support::file::head;
use support::model::{Spec, header, sharded};
use weightkin::dtype::Dtype;
use weightkin::gram::RecordAssembler;
use weightkin::gram::{distinct_pairs, pair};
use weightkin::model::Model;
use weightkin::pass::plan::{Batch, BlockJob, Plan};
use weightkin::read::Read;
use weightkin::report::Report;

/// What a pair's column cosine may be off by.
const DEMAND: f64 = 1e-6;

const DTYPES: [Dtype; 8] = [
    Dtype::F16,
    Dtype::BF16,
    Dtype::F32,
    Dtype::F64,
    Dtype::F8_E4M3,
    Dtype::F8_E5M2,
    Dtype::I8,
    Dtype::BOOL,
];

/// Random numbers from a seed: `SplitMix64`.
#[derive(Debug, Clone)]
struct Noise(u64);

impl Noise {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.bits() % limit as u64) as usize
    }

    /// Nearly normal, with variance 1.
    fn normal(&mut self) -> f32 {
        let sum: i64 = (0..4).map(|_| (self.bits() >> 40).cast_signed() - (1 << 23)).sum();
        sum as f32 / (1 << 23) as f32 * 0.866
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for end in (1..all.len()).rev() {
            all.swap(end, self.below(end + 1));
        }
    }
}

/// One tensor in all models.
#[derive(Debug, Clone)]
struct Tensor {
    shape: Vec<u64>,
    /// A choice of format for each model.
    dtypes: Vec<usize>,
    /// Binary exponent of the weights' size.
    exponent: i32,
    /// Whether the weights lie around one, as those of norms do.
    around_one: bool,
    /// Whether some numbers are not finite, and some columns zero.
    special: bool,
}

/// What is compared.
#[derive(Debug, Clone)]
struct Case {
    models: usize,
    tensors: Vec<Tensor>,
    seed: u64,
}

fn any_shape() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        8 => prop::collection::vec(1..70_u64, 2),
        4 => prop::collection::vec(1..400_u64, 1),
        2 => (1..9_u64, 1..9_u64, 1..4_u64, 1..4_u64).prop_map(|(a, b, c, d)| vec![a, b, c, d]),
        2 => (60..140_u64, 60..140_u64).prop_map(|(a, b)| vec![a, b]),
        1 => Just(Vec::new()),
        1 => prop_oneof![Just(vec![0]), Just(vec![5, 0]), Just(vec![0, 7])],
    ]
}

fn any_tensor() -> impl Strategy<Value = Tensor> {
    (
        any_shape(),
        prop::collection::vec(prop_oneof![6 => 0..4_usize, 1 => 4..8_usize], 4),
        prop_oneof![4 => -7..0, 1 => -14..5],
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.15),
    )
        .prop_map(|(shape, dtypes, exponent, around_one, special)| Tensor {
            shape,
            dtypes,
            exponent,
            around_one,
            special,
        })
}

/// Small models; of 64 one has a tensor so wide that it is cut into stripes.
fn any_case() -> impl Strategy<Value = Case> {
    let wide = prop_oneof![63 => Just(None), 1 => (2..40_u64, 65_537..66_500_u64).prop_map(Some)];
    (2..5_usize, prop::collection::vec(any_tensor(), 1..10), wide, any::<u64>()).prop_map(
        |(models, mut tensors, wide, seed)| {
            if let Some((rows, cols)) = wide {
                tensors[0].shape = vec![rows, cols];
            }
            Case { models, tensors, seed }
        },
    )
}

/// The tensors of one model, with their bytes and what these mean.
type Stored = Vec<(Spec, Vec<u8>, Vec<f32>)>;

/// The bytes of `value` in a format, and what they mean, as f32.
fn store(dtype: Dtype, value: f32, bytes: &mut Vec<u8>) -> f32 {
    match dtype {
        Dtype::F16 => {
            bytes.extend(f16::from_f32(value).to_le_bytes());
            f16::from_f32(value).to_f32()
        }
        Dtype::BF16 => {
            bytes.extend(bf16::from_f32(value).to_le_bytes());
            bf16::from_f32(value).to_f32()
        }
        Dtype::F32 => {
            bytes.extend(value.to_le_bytes());
            value
        }
        Dtype::F64 => {
            // is rounded back to the same
            bytes.extend((f64::from(value) * (1.0 + 1e-9)).to_le_bytes());
            (f64::from(value) * (1.0 + 1e-9)) as f32
        }
        Dtype::F8_E4M3 | Dtype::F8_E5M2 => {
            let (mantissa, bias) = if dtype == Dtype::F8_E4M3 { (3, 7) } else { (2, 15) };
            // the exponent's highest bit is clear: neither infinite nor not a number
            let byte =
                ((value.to_bits() >> 24) as u8 & 0x80) | ((value.to_bits() >> 18) as u8 & 0x3f);
            bytes.push(byte);
            let fraction = f32::from(byte & ((1 << mantissa) - 1)) / (1 << mantissa) as f32;
            let size = match i32::from((byte & 0x7f) >> mantissa) {
                0 => fraction * 2_f32.powi(1 - bias),
                exponent => (1.0 + fraction) * 2_f32.powi(exponent - bias),
            };
            if byte & 0x80 == 0 { size } else { -size }
        }
        Dtype::I8 => {
            let byte = (value * 1000.0).clamp(-128.0, 127.0) as i8;
            bytes.push(byte as u8);
            f32::from(byte)
        }
        Dtype::BOOL => {
            bytes.push(u8::from(value > 0.0));
            f32::from(u8::from(value > 0.0))
        }
        other => panic!("{other} is not made here"),
    }
}

/// All models: relatives of the first.
fn make(case: &Case) -> Vec<Stored> {
    let mut noise = Noise(case.seed);
    let mut models: Vec<Stored> = vec![Vec::new(); case.models];
    for (index, tensor) in case.tensors.iter().enumerate() {
        let elements = tensor.shape.iter().product::<u64>() as usize;
        let cols = tensor.shape.iter().skip(1).product::<u64>().max(1) as usize;
        let unit = 2_f32.powi(tensor.exponent);
        let root: Vec<f32> = (0..elements).map(|_| noise.normal()).collect();
        for (model, stored) in models.iter_mut().enumerate() {
            let dtype = DTYPES[tensor.dtypes[model]];
            let own = 0.2 * model as f32;
            let (mut bytes, mut values) = (Vec::new(), Vec::new());
            for (element, root) in root.iter().enumerate() {
                let mut value = unit * (root + own * noise.normal());
                if tensor.around_one {
                    value = 1.0 + 0.1 * value;
                }
                if tensor.special {
                    value = match noise.below(97) {
                        0 if dtype != Dtype::I8 => f32::NAN,
                        1 if dtype != Dtype::I8 => f32::NEG_INFINITY,
                        _ if element % cols == cols / 2 => 0.0,
                        _ => value,
                    };
                }
                values.push(store(dtype, value, &mut bytes));
            }
            stored.push((Spec::new(format!("w.{index}"), dtype, &tensor.shape), bytes, values));
        }
    }
    models
}

/// The models with their tensors in any order and divided into some files.
fn laid_out(stored: &[Stored], noise: &mut Noise) -> (Vec<Model>, Double) {
    let (mut models, mut contents) = (Vec::new(), Vec::new());
    for (index, tensors) in stored.iter().enumerate() {
        let mut order: Vec<usize> = (0..tensors.len()).collect();
        if noise.below(3) > 0 {
            noise.shuffle(&mut order);
        }
        let files = 1 + noise.below(3).min(order.len() - 1);
        let mut shards: Vec<Vec<usize>> = vec![Vec::new(); files];
        for (position, tensor) in order.into_iter().enumerate() {
            shards[position * files / tensors.len()].push(tensor);
        }
        let specs: Vec<Vec<Spec>> = shards
            .iter()
            .map(|shard| shard.iter().map(|&tensor| tensors[tensor].0.clone()).collect())
            .collect();
        let lists: Vec<&[Spec]> = specs.iter().map(Vec::as_slice).collect();
        models.push(sharded(&format!("m{index}"), &lists));
        for (shard, specs) in shards.iter().zip(&specs) {
            let mut file = head(&header(specs).0);
            for &tensor in shard {
                file.extend_from_slice(&tensors[tensor].1);
            }
            contents.push(Content::Held(file.into()));
        }
    }
    (models, Double::new(contents))
}

/// `jobs` as a batch of their own, each span a read or joined to the one before.
fn batch_of(jobs: Vec<BlockJob>, models: usize, noise: &mut Noise) -> Batch {
    let reads = (0..models)
        .map(|model| {
            let mut reads: Vec<Read> = Vec::new();
            for span in jobs.iter().flat_map(|job| job.sources[model].spans(job.region)) {
                let read =
                    Read { file: span.file, start: span.start, end: span.start + span.bytes };
                match reads.last_mut() {
                    Some(last)
                        if last.file == read.file
                            && last.end == read.start
                            && noise.below(2) == 0 =>
                    {
                        last.end = read.end;
                    }
                    _ => reads.push(read),
                }
            }
            reads
        })
        .collect();
    Batch { models, jobs, reads }
}

/// Everything, cut anywhere, finished in any order.
fn run_in_pieces(plan: &Plan, double: &Double, noise: &mut Noise) -> RecordAssembler {
    let mut results = Vec::new();
    for batch in 0..plan.batches() {
        let mut jobs = plan.batch(batch).jobs;
        while !jobs.is_empty() {
            let rest = jobs.split_off(1 + noise.below(jobs.len()));
            let batch = batch_of(jobs, plan.models, noise);
            results.push(execute(batch, double, |_, _| {}));
            jobs = rest;
        }
    }
    noise.shuffle(&mut results);
    let mut tally = RecordAssembler::new(plan);
    for some in results {
        tally.accept(some);
    }
    assert!(tally.is_complete());
    tally
}

/// The column cosine of a pair, `None` where it is not a number, as `NUMERICS` defines it.
fn cosine(a: &[f32], b: &[f32], col: usize, cols: usize) -> Option<f64> {
    let column = |values: &[f32]| -> Vec<f64> {
        values.iter().skip(col).step_by(cols).map(|x| f64::from(*x)).collect()
    };
    let (a, b) = (column(a), column(b));
    if !a.iter().chain(&b).all(|x| x.is_finite()) {
        return None;
    }
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let unit = |x: &[f64]| -> Vec<f64> {
        let norm = norm(x).max(1e-12);
        x.iter().map(|x| x / norm).collect()
    };
    let (a, b) = (unit(&a), unit(&b));
    let product: f64 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
    Some(product / (norm(&a).max(1e-8) * norm(&b).max(1e-8)))
}

/// Columns of `tensor` as a matrix; `None` where it is not compared: codes are no weights. Only whole
/// numbers keep leading dimensions of 1, and what has no elements counts nowhere.
fn compared_cols(case: &Case, tensor: &Tensor) -> Option<usize> {
    let is_whole = |model: &usize| matches!(DTYPES[tensor.dtypes[*model]], Dtype::I8 | Dtype::BOOL);
    let whole = (0..case.models).filter(is_whole).count();
    let is_matrix = tensor.shape.iter().filter(|size| **size > 1).count() > 1;
    if is_matrix && whole > 0 && whole < case.models {
        return None;
    }
    if tensor.shape.contains(&0) {
        return Some(0);
    }
    let ones = tensor.shape.iter().take_while(|size| **size == 1).count();
    let dropped = if whole == 0 { ones } else { 0 };
    Some(tensor.shape.iter().skip(dropped + 1).product::<u64>() as usize)
}

/// Sums over all tensors for the pair `a < b`: of the cosines, of the columns that count, and of
/// those that do not.
fn truth(case: &Case, stored: &[Stored], a: usize, b: usize) -> (f64, u64, u64) {
    let (mut sum, mut counted, mut left_out) = (0.0, 0, 0);
    for (index, tensor) in case.tensors.iter().enumerate() {
        let Some(cols) = compared_cols(case, tensor) else { continue };
        for col in 0..cols {
            match cosine(&stored[a][index].2, &stored[b][index].2, col, cols) {
                Some(cosine) => {
                    sum += cosine;
                    counted += 1;
                }
                None => left_out += 1,
            }
        }
    }
    (sum, counted, left_out)
}

/// `ΣG` over the tensors of floating-point numbers and the columns that are finite in all models.
fn product(case: &Case, stored: &[Stored], a: usize, b: usize) -> f64 {
    let mut sum = 0.0;
    for (index, tensor) in case.tensors.iter().enumerate() {
        if stored.iter().any(|model| matches!(model[index].0.dtype, Dtype::I8 | Dtype::BOOL)) {
            continue;
        }
        let Some(cols) = compared_cols(case, tensor) else { continue };
        for col in 0..cols {
            let column =
                |model: usize| stored[model][index].2.iter().skip(col).step_by(cols).copied();
            if (0..case.models).all(|model| column(model).all(f32::is_finite)) {
                sum +=
                    column(a).zip(column(b)).map(|(x, y)| f64::from(x) * f64::from(y)).sum::<f64>();
            }
        }
    }
    sum
}

/// Everything a report has of the weights.
fn figures(report: &Report) -> Vec<u64> {
    let mut bits = Vec::new();
    for tensor in &report.tensors {
        let record = &tensor.record;
        bits.extend(record.gram.iter().chain(&record.cosine_sums).map(|value| value.to_bits()));
        bits.extend(&record.left_out_columns);
        bits.push(record.finite_columns);
    }
    for pair in &report.pairs {
        let figures = &pair.figures;
        let all = [figures.column_cosine, figures.flat_cosine, figures.relative_distance];
        bits.extend(all.map(|figure| figure.map_or(u64::MAX, f64::to_bits)));
    }
    bits
}

proptest! {
    #[test]
    fn reports_are_those_of_the_definitions(case in any_case()) {
        prop_assume!(case.tensors.iter().any(|tensor| compared_cols(&case, tensor).is_some()));
        let stored = make(&case);
        let mut noise = Noise(!case.seed);
        let (models, double) = laid_out(&stored, &mut noise);
        let plan = plan(&models);
        let whole = report(&models, &plan, &run(&plan, &double));
        for (distinct, (a, b)) in distinct_pairs(case.models).enumerate() {
            let figures = &whole.pairs[distinct].figures;
            let (sum, counted, left_out) = truth(&case, &stored, a, b);
            prop_assert_eq!(figures.left_out_columns, left_out);
            prop_assert_eq!(figures.columns, counted + left_out);
            let want = (counted > 0).then_some(sum / counted as f64);
            prop_assert_eq!(figures.column_cosine.is_some(), want.is_some());
            let error = figures.column_cosine.unwrap_or(0.0) - want.unwrap_or(0.0);
            prop_assert!(error.abs() <= DEMAND, "{} and {}: {:?} is not {:?}", a, b, figures, want);
            let product = |a, b| product(&case, &stored, a, b);
            let flat = product(a, b) / (product(a, a) * product(b, b)).sqrt();
            prop_assert_eq!(figures.flat_cosine.is_some(), flat.is_finite());
            if let Some(found) = figures.flat_cosine {
                prop_assert!((found - flat).abs() <= DEMAND, "{found} is not {flat}");
            }
        }
        for (tensor, record) in whole.tensors.iter().map(|tensor| &tensor.record).enumerate() {
            for a in 0..case.models {
                prop_assert!(record.gram[pair(case.models, a, a)] >= 0.0, "tensor {}", tensor);
            }
        }

        let pieces = report(&models, &plan, &run_in_pieces(&plan, &double, &mut noise));
        prop_assert!(pieces.to_json() == whole.to_json(), "where work is cut shows");

        let (models, double) = laid_out(&stored, &mut noise);
        let plan = support::comparison::plan(&models);
        let other = report(&models, &plan, &run_in_pieces(&plan, &double, &mut noise));
        prop_assert!(figures(&other) == figures(&whole), "how files are laid out shows");
    }
}
