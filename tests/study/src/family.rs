//! A family of models, tensor by tensor.

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;
use weightkin::architecture::{Architecture, TensorRole, classify};
use weightkin::canonical::CanonicalTensor;
use weightkin::dtype::Dtype;
use weightkin::gram::{Accumulator, ColumnSums, GramRecord, Tile};
use weightkin::matching::Matched;
use weightkin::model::DtypeShare;
use weightkin::report::{EstimatedTensor, Report, ReportModel};
use weightkin::sample::{Density, Estimate, Pick, Spread, estimate};
use weightkin::tensor::TensorSource;

use crate::field::{Field, Random, Style};
use crate::manifest::{Named, sdxl};

/// Models of a family: the ancestor, two models trained from it, their merge.
const MODELS: usize = 4;
/// Rows made at a time.
const TILE_ROWS: u64 = 32;

/// How much of SDXL a family has.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Most rows of a tensor. Columns are never fewer.
    pub most_rows: u64,
    /// One of how many of the repeated layers is there.
    pub layers: u64,
}

impl Scale {
    /// All layers; only the tallest tensors are cut.
    pub const WHOLE: Self = Self { most_rows: 1280, layers: 1 };
    /// A few layers.
    pub const SMALL: Self = Self { most_rows: 1280, layers: 5 };
    /// As few as make every kind of block, for tests.
    pub const TINY: Self = Self { most_rows: 640, layers: 16 };
}

/// A family that its seed describes.
pub struct Family {
    random: Random,
    scale: Scale,
    dtypes: [Dtype; MODELS],
    /// Share of the first parent in the merge.
    merge: f64,
    by_block: f64,
    trained: [Style; 3],
    /// Whether the second model comes from the first.
    chained: bool,
}

impl Family {
    /// The family `seed`. Seeds go round all kinds of unevenness; hard ones are those in which a
    /// sample is bound to miss what matters.
    pub fn new(seed: u64, is_hard: bool, scale: Scale) -> Self {
        let random = Random(seed).of("family");
        let style = |index: u64, low: f64, high: f64| {
            let random = random.of("style").of(&index.to_string());
            let size = low * (high / low).powf(random.uniform(0));
            style(seed + 3 * index, is_hard, random, size)
        };
        let formats = [Dtype::F16, Dtype::F16, Dtype::BF16, Dtype::F32];
        let dtypes = std::array::from_fn(|model| match seed % 4 {
            0..=1 => Dtype::F16,
            2 => formats[(random.bits(40 + model as u64) % 4) as usize],
            _ => {
                if model == 3 {
                    Dtype::BF16
                } else {
                    Dtype::F16
                }
            }
        });
        Self {
            random,
            scale,
            dtypes,
            merge: random.between(1, 0.1, 0.9),
            by_block: if seed.is_multiple_of(3) { 0.0 } else { 0.4 },
            trained: [style(0, 0.12, 0.45), style(1, 0.12, 0.45), style(2, 0.03, 0.15)],
            chained: random.uniform(5) < 0.5,
        }
    }

    /// What kind of changes there are, for reading.
    pub fn describe(&self) -> String {
        format!(
            "{:?} {:?} merge {:.2} ± {:.1} chained {}",
            self.trained, self.dtypes, self.merge, self.by_block, self.chained
        )
    }

    /// The report of the exact comparison, and that of the estimates at `density`.
    pub fn compare(&self, density: Density) -> (Report, Report) {
        let tensors: Vec<Named> = sdxl(self.scale.layers)
            .into_iter()
            .map(|mut tensor| {
                if tensor.shape.len() > 1 {
                    tensor.shape[0] = tensor.shape[0].min(self.scale.most_rows);
                }
                tensor
            })
            .collect();
        let done: Vec<(Matched, GramRecord, Estimate)> = tensors
            .par_iter()
            .with_max_len(1)
            .map(|tensor| {
                let (record, estimate) = self.tensor(tensor, density);
                (self.matched(tensor), record, estimate)
            })
            .collect();
        let matched: Vec<Matched> = done.iter().map(|(matched, ..)| matched.clone()).collect();
        let report = |estimates: Vec<Estimate>| {
            let tensors = estimates
                .into_iter()
                .map(|estimate| EstimatedTensor { estimate, exact: None })
                .collect();
            Report::estimated(self.models(), &matched, tensors, Vec::new(), 0, Some(0))
        };
        let exact = |(_, record, _): &(Matched, GramRecord, Estimate)| Estimate {
            record: record.clone(),
            spread: Spread::default(),
        };
        let exact = report(done.iter().map(exact).collect());
        (exact, report(done.into_iter().map(|(_, _, estimate)| estimate).collect()))
    }

    fn models(&self) -> Vec<ReportModel> {
        let model = |(name, dtype): (&str, Dtype)| ReportModel {
            name: name.to_owned(),
            files: Vec::new(),
            architecture: Architecture::Sdxl,
            tensors: 0,
            parameters: 0,
            dtypes: vec![DtypeShare { dtype, blocks: None, tensors: 1, bytes: 1 }],
            account: None,
            share: None,
            sampled: true,
            variant: None,
            not_read: Vec::new(),
            fingerprint: None,
        };
        ["ancestor", "a", "b", "merge"].into_iter().zip(self.dtypes).map(model).collect()
    }

    fn matched(&self, tensor: &Named) -> Matched {
        let role = classify(&tensor.name, &tensor.shape);
        let of = |dtype| CanonicalTensor {
            source: TensorSource::plain(dtype, tensor.shape.clone(), 0, 0),
            role: role.clone(),
            stored_names: vec![tensor.name.clone()],
        };
        Matched {
            name: tensor.name.clone(),
            shape: tensor.shape.clone(),
            tensors: self.dtypes.map(of).to_vec(),
            role,
            aligned: None,
        }
    }

    /// The exact record of a tensor, and its estimate.
    fn tensor(&self, tensor: &Named, density: Density) -> (GramRecord, Estimate) {
        let rows = tensor.shape.first().copied().unwrap_or(1);
        let cols = tensor.shape.iter().skip(1).product::<u64>();
        let pick = Pick::new(&tensor.name, &tensor.shape, density);
        let maker = Maker::new(self, tensor, cols as usize);
        let mut accumulator = Accumulator::new(MODELS);
        let mut sums = ColumnSums::zero(MODELS, cols as usize);
        let mut kept: Vec<Vec<f32>> = vec![vec![0.0; pick.elements() as usize]; MODELS];
        let places: std::collections::BTreeMap<u64, usize> =
            pick.runs.iter().flat_map(|run| run.rows()).zip(0..).collect();
        let mut values: Vec<Vec<f32>> = vec![Vec::new(); MODELS];
        let mut bytes: Vec<Vec<u8>> = vec![Vec::new(); MODELS];
        for first in (0..rows).step_by(TILE_ROWS as usize) {
            let count = TILE_ROWS.min(rows - first);
            for values in &mut values {
                values.clear();
                values.resize((count * cols) as usize, 0.0);
            }
            for row in 0..count {
                let here = (row * cols) as usize..((row + 1) * cols) as usize;
                maker.row(first + row, here.clone(), &mut values);
                let Some(place) = places.get(&(first + row)) else { continue };
                for (values, kept) in values.iter().zip(&mut kept) {
                    let to = &mut kept[place * pick.cols.len()..][..pick.cols.len()];
                    for (to, col) in to.iter_mut().zip(&pick.cols) {
                        *to = values[here.start + *col as usize];
                    }
                }
            }
            for (values, bytes) in values.iter().zip(&mut bytes) {
                bytes.resize(4 * values.len(), 0);
                for (value, bytes) in values.iter().zip(bytes.chunks_exact_mut(4)) {
                    bytes.copy_from_slice(&value.to_le_bytes());
                }
            }
            let tiles: Vec<Tile<'_>> =
                bytes.iter().map(|bytes| Tile { bytes, dtype: Dtype::F32, scales: &[] }).collect();
            accumulator.add(&tiles, count as usize, &mut sums);
        }
        (GramRecord::of(&sums), estimate(&tensor.name, &pick, &kept))
    }
}

/// Makes the rows of one tensor of all models.
struct Maker<'a> {
    family: &'a Family,
    root: Field,
    trained: Vec<Field>,
    share: f32,
    is_vector: bool,
}

impl<'a> Maker<'a> {
    fn new(family: &'a Family, tensor: &Named, cols: usize) -> Self {
        let TensorRole { block, .. } = classify(&tensor.name, &tensor.shape);
        let field = |key: &str, style: Style| {
            Field::new(family.random.of(key), style, &block, &tensor.name, cols)
        };
        let even = Style {
            size: 0.03,
            block: 0.2,
            tensor: 0.3,
            head: 0.05,
            row: 0.15,
            col: 0.15,
            tensors: 1.0,
            heads: 1.0,
            rows: 1.0,
            rank: 0,
        };
        let root = field("root", even);
        let trained = family
            .trained
            .iter()
            .enumerate()
            .map(|(index, style)| {
                let key = format!("trained {index}");
                let scaled = Style { size: style.size * 0.03, ..*style };
                field(&key, scaled)
            })
            .collect();
        let shift = family.random.of("merge").of(&block).between(0, -1.0, 1.0) * family.by_block;
        let share = (family.merge + shift).clamp(0.0, 1.0) as f32;
        Self { family, root, trained, share, is_vector: tensor.shape.len() < 2 }
    }

    /// Makes `row` of every model at `here`.
    fn row(&self, row: u64, here: std::ops::Range<usize>, values: &mut [Vec<f32>]) {
        let [ancestor, a, b, merge] = values else { unreachable!("a family has four models") };
        let (ancestor, a) = (&mut ancestor[here.clone()], &mut a[here.clone()]);
        let (b, merge) = (&mut b[here.clone()], &mut merge[here]);
        self.root.add_to(row, ancestor);
        if self.is_vector {
            // norms and biases: mostly the same
            for value in ancestor.iter_mut() {
                *value += 0.1;
            }
        }
        round(ancestor, self.family.dtypes[0]);
        a.copy_from_slice(ancestor);
        self.trained[0].add_to(row, a);
        round(a, self.family.dtypes[1]);
        b.copy_from_slice(if self.family.chained { a } else { ancestor });
        self.trained[1].add_to(row, b);
        round(b, self.family.dtypes[2]);
        for ((merge, a), b) in merge.iter_mut().zip(a).zip(b) {
            *merge = *a * self.share + *b * (1.0 - self.share);
        }
        self.trained[2].add_to(row, merge);
        round(merge, self.family.dtypes[3]);
    }
}

fn round(values: &mut [f32], dtype: Dtype) {
    match dtype {
        Dtype::F16 => {
            let mut narrow = vec![f16::ZERO; values.len()];
            narrow.convert_from_f32_slice(values);
            narrow.convert_to_f32_slice(values);
        }
        Dtype::BF16 => {
            for value in values {
                *value = half::bf16::from_f32(*value).to_f32();
            }
        }
        _ => {}
    }
}

/// The kinds of changes, one after the other.
fn style(kind: u64, is_hard: bool, random: Random, size: f64) -> Style {
    let even = Style {
        size,
        block: 0.3,
        tensor: 0.2,
        head: 0.05,
        row: 0.1,
        col: 0.15,
        tensors: 1.0,
        heads: 1.0,
        rows: 1.0,
        rank: 0,
    };
    if is_hard {
        return match kind % 3 {
            0 => Style { row: 0.8, head: 0.4, ..even },
            1 => Style { heads: random.between(9, 0.05, 0.3), size: size * 0.5, ..even },
            _ => Style { rows: random.between(9, 0.01, 0.1), size: size * 0.5, ..even },
        };
    }
    match kind % 8 {
        0 => even,
        // block-weighted
        1 => Style { block: 0.6, ..even },
        // few layers
        2 => Style { tensors: random.between(9, 0.05, 0.3), size: size * 0.3, ..even },
        // heads
        3 => Style { heads: random.between(9, 0.1, 0.4), size: size * 0.15, ..even },
        // noise that varies by row
        4 => Style { row: 0.25, head: 0.15, ..even },
        // low rank
        5 => Style { rank: 1 + random.bits(9) % 8, row: 0.0, size: size * 0.7, ..even },
        // single rows
        6 => Style { rows: random.between(9, 0.01, 0.1), size: size * 0.1, ..even },
        // columns and tensors
        _ => Style { col: 0.3, tensor: 0.4, ..even },
    }
}
