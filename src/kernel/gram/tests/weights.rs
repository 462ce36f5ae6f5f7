//! Made-up weights of some models, stored in any mix of formats.

use std::ops::Range;

use half::{bf16, f16};
use proptest::prelude::*;

use crate::decode::widen;
use crate::dtype::Dtype;
use crate::gram::Tile;

/// Formats that weights come in.
pub(super) const DTYPES: [Dtype; 6] =
    [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::F8_E4M3, Dtype::F8_E5M2];

/// One tensor of some models.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    rows: usize,
    cols: usize,
    models: Vec<Stored>,
}

#[derive(Debug, Clone)]
struct Stored {
    dtype: Dtype,
    bytes: Vec<u8>,
    /// None, one for all, or one for each row.
    scales: Vec<f32>,
    /// What the bytes mean, scaled.
    values: Vec<f32>,
}

impl Weights {
    /// Stores `values`, row by row, of each model.
    pub(super) fn new(rows: usize, cols: usize, models: Vec<(Dtype, Vec<f32>)>) -> Self {
        let models = models
            .into_iter()
            .map(|(dtype, values)| {
                assert_eq!(values.len(), rows * cols);
                Stored::new(dtype, &values)
            })
            .collect();
        Self { rows, cols, models }
    }

    /// Stores `values` of each model as `F32`.
    pub(super) fn f32(rows: usize, cols: usize, models: Vec<Vec<f32>>) -> Self {
        Self::new(rows, cols, models.into_iter().map(|values| (Dtype::F32, values)).collect())
    }

    /// Weights with one column.
    pub(super) fn column(models: Vec<Vec<f32>>) -> Self {
        Self::f32(models[0].len(), 1, models)
    }

    /// Relatives: model 0 near the standard normal, the others a mix of it and noise of their own.
    pub(super) fn family(dtypes: &[Dtype], rows: usize, cols: usize, seed: u64) -> Self {
        let mut noise = Noise(seed);
        let root: Vec<f32> = (0..rows * cols).map(|_| noise.normal()).collect();
        let models = dtypes
            .iter()
            .enumerate()
            .map(|(model, &dtype)| {
                let own = model as f32 * 0.15;
                (dtype, root.iter().map(|x| 0.05 * (x + own * noise.normal())).collect())
            })
            .collect();
        Self::new(rows, cols, models)
    }

    /// Multiplies what `model` stores with `scales`: one for all, or one for each row.
    #[must_use]
    pub(super) fn scaled(mut self, model: usize, scales: Vec<f32>) -> Self {
        assert!(scales.len() == 1 || scales.len() == self.rows);
        let stored = &mut self.models[model];
        assert!(stored.scales.is_empty());
        for (row, values) in stored.values.chunks_mut(self.cols.max(1)).enumerate() {
            let scale = scales[row % scales.len()];
            for value in values {
                *value *= scale;
            }
        }
        stored.scales = scales;
        self
    }

    pub(super) fn models(&self) -> usize {
        self.models.len()
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn cols(&self) -> usize {
        self.cols
    }

    /// One column of one model, as the arithmetic sees it.
    pub(super) fn values(&self, model: usize, col: usize) -> impl Iterator<Item = f32> + Clone {
        self.models[model].values.iter().skip(col).step_by(self.cols).copied()
    }

    /// Some rows of every model.
    pub(super) fn tiles(&self, rows: Range<usize>) -> Vec<Tile<'_>> {
        self.models
            .iter()
            .map(|model| {
                let element_bytes = model.dtype.bitsize() / 8;
                let row_bytes = self.cols * element_bytes;
                Tile {
                    bytes: &model.bytes[rows.start * row_bytes..rows.end * row_bytes],
                    dtype: model.dtype,
                    scales: match model.scales.len() {
                        0 | 1 => &model.scales,
                        _ => &model.scales[rows.clone()],
                    },
                }
            })
            .collect()
    }

    /// The same models with only some of the columns.
    pub(super) fn columns(&self, cols: Range<usize>) -> Self {
        let models = self
            .models
            .iter()
            .map(|model| {
                let rows = model.values.chunks(self.cols);
                (Dtype::F32, rows.flat_map(|row| &row[cols.clone()]).copied().collect())
            })
            .collect();
        Self::new(self.rows, cols.len(), models)
    }

    /// Some of the models, in another order if wanted.
    pub(super) fn pick(&self, models: &[usize]) -> Self {
        let models = models.iter().map(|&model| self.models[model].clone()).collect();
        Self { rows: self.rows, cols: self.cols, models }
    }
}

impl Stored {
    fn new(dtype: Dtype, values: &[f32]) -> Self {
        let bytes: Vec<u8> = match dtype {
            Dtype::F64 => values.iter().flat_map(|v| f64::from(*v).to_le_bytes()).collect(),
            Dtype::F16 => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
            Dtype::BF16 => values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect(),
            // the high byte of an f16 is an F8_E5M2; that of the f16 256 times smaller has the
            // exponent of an F8_E4M3, near enough for made-up weights
            Dtype::F8_E5M2 => values.iter().map(|v| f16::from_f32(*v).to_le_bytes()[1]).collect(),
            Dtype::F8_E4M3 => values
                .iter()
                .map(|v| (f16::from_f32(v.abs() / 256.0).to_bits() >> 7) as u8)
                .zip(values)
                .map(|(byte, v)| (byte & 0x7f) | if v.is_sign_negative() { 0x80 } else { 0 })
                .collect(),
            _ => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        let mut seen = vec![0.0; values.len()];
        widen(dtype, &bytes, &mut seen);
        Self { dtype, bytes, scales: Vec::new(), values: seen }
    }
}

/// Random numbers, the same in every run.
pub(super) struct Noise(pub u64);

impl Noise {
    pub(super) fn bits(&mut self) -> u64 {
        // the SplitMix64 sequence
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// Near the standard normal: the sum of twelve uniform numbers.
    pub(super) fn normal(&mut self) -> f32 {
        (0..12).map(|_| (self.bits() >> 40) as f32 * 2_f32.powi(-24)).sum::<f32>() - 6.0
    }
}

/// Any number of models, shapes around the sizes of blocks and panels, any mix of formats, each
/// column of each model at a magnitude of its own, some models with scales.
pub(super) fn any_weights() -> impl Strategy<Value = Weights> {
    let shape = (1_usize..=16, 0_usize..=100, 0_usize..=150)
        .prop_filter("quick", |(n, r, c)| n * r * c <= 40_000);
    (shape, any::<u64>(), prop::sample::select(vec![0, 3, 30])).prop_map(
        |((models, rows, cols), seed, spread)| {
            let mut noise = Noise(seed);
            let root: Vec<f32> = (0..rows * cols).map(|_| noise.normal()).collect();
            let models = (0..models)
                .map(|_| {
                    let dtype = DTYPES[noise.bits() as usize % DTYPES.len()];
                    let scales: Vec<f32> = (0..cols)
                        .map(|_| {
                            10_f32.powi((noise.bits() % (2 * spread + 1)) as i32 - spread as i32)
                        })
                        .collect();
                    let mix = (noise.bits() % 5) as f32 * 0.25;
                    let values = root
                        .iter()
                        .enumerate()
                        .map(|(i, x)| scales[i % cols] * (x * (1.0 - mix) + mix * noise.normal()))
                        .collect();
                    (dtype, values)
                })
                .collect();
            let mut weights = Weights::new(rows, cols, models);
            for model in 0..weights.models() {
                let scale = |noise: &mut Noise| noise.normal().abs() + 0.01;
                match noise.bits() % 6 {
                    0 => weights = weights.scaled(model, vec![scale(&mut noise)]),
                    1 if rows > 0 => {
                        let scales = (0..rows).map(|_| scale(&mut noise)).collect();
                        weights = weights.scaled(model, scales);
                    }
                    _ => {}
                }
            }
            weights
        },
    )
}

/// Two to four models of one two-byte format, now and then with any pattern of bits at all: the
/// ones that are widened without a panel, and those that nearly are.
pub(super) fn any_alike() -> impl Strategy<Value = Weights> {
    let dtype = prop::sample::select(vec![Dtype::F16, Dtype::BF16]);
    let spoilt = prop::sample::select(vec![None, Some(4000), Some(50), Some(1)]);
    let shape = (2_usize..=4, 1_usize..=100, prop::sample::select(vec![16, 64, 70, 136, 192]));
    (shape, dtype, spoilt, any::<u64>()).prop_map(|((models, rows, cols), dtype, spoilt, seed)| {
        let mut weights = Weights::family(&vec![dtype; models], rows, cols, seed);
        let mut noise = Noise(seed);
        for stored in &mut weights.models {
            for number in stored.bytes.as_chunks_mut::<2>().0 {
                if spoilt.is_some_and(|one_in| noise.bits().is_multiple_of(one_in)) {
                    *number = (noise.bits() as u16).to_le_bytes();
                }
            }
            widen(dtype, &stored.bytes, &mut stored.values);
        }
        weights
    })
}
