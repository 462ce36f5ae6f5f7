//! The documented association, re-implemented one number at a time: results must agree in every
//! bit, at every level of instructions and for every way of cutting a tensor.

use proptest::prelude::*;

use super::weights::{DTYPES, Noise, Weights, any_alike, any_weights};
use super::{bits, sums, sums_at_all_levels};
use crate::dtype::Dtype;
use crate::gram::{Accumulator, BLOCK_ROWS, ColumnSums, GramRecord, pair};

/// `f32` sums of products in row order.
fn narrow(a: &[f32], b: &[f32]) -> f32 {
    let mut sum = 0_f32;
    for (x, y) in a.iter().zip(b) {
        let product = x * y;
        sum += product;
    }
    sum
}

/// `f64` sums of products in row order.
fn wide(a: &[f32], b: &[f32]) -> f64 {
    let mut sum = 0_f64;
    for (x, y) in a.iter().zip(b) {
        sum += f64::from(*x) * f64::from(*y);
    }
    sum
}

/// The rule, in the words of the module's documentation: blocks of 32 rows, products and sums in
/// `f32`; where a block has one row or a model's sum of squares is outside 2⁻¹⁰⁰ … 2¹²⁶, products
/// and sums in `f64`; block sums added up in `f64`.
fn documented(weights: &Weights) -> ColumnSums {
    let models = weights.models();
    let mut sums = ColumnSums::zero(models, weights.cols());
    for col in 0..weights.cols() {
        let columns: Vec<Vec<f32>> =
            (0..models).map(|model| weights.values(model, col).collect()).collect();
        for first in (0..weights.rows()).step_by(32) {
            let last = weights.rows().min(first + 32);
            let blocks: Vec<&[f32]> = columns.iter().map(|column| &column[first..last]).collect();
            let is_safe = last - first > 1
                && blocks.iter().all(|block| {
                    let squares = f64::from(narrow(block, block));
                    (2_f64.powi(-100)..=2_f64.powi(126)).contains(&squares)
                });
            for a in 0..models {
                for b in a..models {
                    sums.of_pair_mut(pair(models, a, b))[col] += if is_safe {
                        f64::from(narrow(blocks[a], blocks[b]))
                    } else {
                        wide(blocks[a], blocks[b])
                    };
                }
            }
        }
    }
    sums
}

/// Sums of a tensor cut between blocks into tiles of `tile_blocks` blocks, in turn.
fn in_tiles(weights: &Weights, tile_blocks: &[usize]) -> ColumnSums {
    let mut sums = ColumnSums::zero(weights.models(), weights.cols());
    let mut accumulator = Accumulator::new(weights.models());
    let mut sizes = tile_blocks.iter().cycle();
    let mut row = 0;
    while row < weights.rows() {
        let end = weights.rows().min(row + sizes.next().expect("endless") * BLOCK_ROWS);
        accumulator.add(&weights.tiles(row..end), end - row, &mut sums);
        row = end;
    }
    sums
}

/// Sums of a tensor cut into stripes of columns, the last first, each by an accumulator of its own.
fn in_stripes(weights: &Weights, stripe_cols: usize) -> ColumnSums {
    let mut sums = ColumnSums::zero(weights.models(), weights.cols());
    let rows = weights.rows();
    let tiles = weights.tiles(0..rows);
    for mut stripe in sums.stripes_mut(stripe_cols).into_iter().rev() {
        Accumulator::new(weights.models()).add_stripe(&tiles, rows, &mut stripe);
    }
    sums
}

proptest! {
    #[test]
    fn every_level_of_instructions_follows_the_rule(weights in any_weights()) {
        let want = bits(&documented(&weights));
        for got in sums_at_all_levels(&weights) {
            prop_assert_eq!(bits(&got), want.clone());
        }
    }

    #[test]
    fn numbers_widened_in_registers_follow_the_rule(weights in any_alike()) {
        let want = bits(&documented(&weights));
        for got in sums_at_all_levels(&weights) {
            prop_assert_eq!(bits(&got), want.clone());
        }
    }

    #[test]
    fn tiles_do_not_show(
        weights in any_weights(),
        tile_blocks in prop::collection::vec(1_usize..4, 1..5),
    ) {
        prop_assert_eq!(bits(&in_tiles(&weights, &tile_blocks)), bits(&sums(&weights)));
    }

    #[test]
    fn stripes_do_not_show(weights in any_weights(), stripe_cols in 1_usize..200) {
        prop_assert_eq!(bits(&in_stripes(&weights, stripe_cols)), bits(&sums(&weights)));
    }
}

/// Every way through the code that reads and writes by pointers, at sizes that Miri can follow: one
/// model to three groups of them, each width of a vector and one column more and less.
#[test]
fn small_tensors_on_every_way_follow_the_rule() {
    for dtype in [Dtype::F16, Dtype::BF16, Dtype::F32] {
        for models in [1, 2, 3, 4, 5, 6, 9] {
            for (rows, cols) in [(1, 1), (2, 4), (3, 7), (2, 8), (33, 16), (2, 65)] {
                let weights = Weights::family(&vec![dtype; models], rows, cols, 7);
                let want = bits(&documented(&weights));
                for got in sums_at_all_levels(&weights) {
                    assert_eq!(bits(&got), want, "{models} models of {dtype}, {rows} × {cols}");
                }
            }
        }
    }
}

#[test]
fn block_sums_at_the_edge_of_the_safe_range() {
    // squares of 32 equal rows: each exponent, with the rounding of sums in between
    let magnitudes = (-75..=64)
        .flat_map(|exponent| [1.0, 1.4, 1.9].map(|mantissa: f32| mantissa * 2_f32.powi(exponent)));
    let row: Vec<f32> = magnitudes.collect();
    let cols = row.len();
    let reversed: Vec<f32> = row.iter().rev().copied().collect();
    let ordinary: Vec<f32> = (0..cols).map(|col| 1.0 + col as f32 / 1000.0).collect();
    for other in [reversed, ordinary] {
        let weights = Weights::f32(40, cols, vec![row.repeat(40), other.repeat(40)]);
        let want = bits(&documented(&weights));
        for got in sums_at_all_levels(&weights) {
            assert_eq!(bits(&got), want);
        }
    }
}

#[test]
fn reused_buffers_leave_no_trace() {
    let dtypes = [Dtype::F16, Dtype::F32, Dtype::BF16];
    let large = Weights::family(&dtypes, 64, 130, 1);
    let nan = Weights::f32(40, 70, vec![vec![f32::NAN; 40 * 70]; 3]);
    let small = Weights::family(&dtypes, 33, 5, 2);
    for mut accumulator in Accumulator::all_levels(3) {
        for dirt in [&large, &nan] {
            let mut ignored = ColumnSums::zero(3, dirt.cols());
            accumulator.add(&dirt.tiles(0..dirt.rows()), dirt.rows(), &mut ignored);
        }
        let mut got = ColumnSums::zero(3, 5);
        accumulator.add(&small.tiles(0..33), 33, &mut got);
        assert_eq!(bits(&got), bits(&documented(&small)));
    }
}

#[test]
fn a_column_does_not_feel_its_neighbours() {
    let weights = Weights::family(&[Dtype::F16; 5], 70, 140, 3);
    let whole = sums(&weights);
    for col in [0, 1, 3, 4, 7, 8, 15, 16, 62, 63, 64, 65, 127, 128, 139] {
        let alone = sums(&weights.columns(col..col + 1));
        for pair in 0..15 {
            assert_eq!(alone.of_pair(pair)[0].to_bits(), whole.of_pair(pair)[col].to_bits());
        }
    }
}

#[test]
fn a_pair_does_not_feel_other_ordinary_models() {
    let dtypes: Vec<Dtype> = DTYPES[..4].iter().copied().cycle().take(16).collect();
    let all = Weights::family(&dtypes, 100, 67, 4);
    let whole = sums(&all);
    for (a, b) in [(0, 1), (0, 15), (3, 4), (7, 12), (14, 15)] {
        let two = sums(&all.pick(&[a, b]));
        assert_eq!(two.of_pair(pair(2, 0, 0)), whole.of_pair(pair(16, a, a)));
        assert_eq!(two.of_pair(pair(2, 0, 1)), whole.of_pair(pair(16, a, b)));
        assert_eq!(two.of_pair(pair(2, 1, 1)), whole.of_pair(pair(16, b, b)));
    }
}

#[test]
fn the_order_of_models_does_not_show() {
    let weights = Weights::family(&[Dtype::F16, Dtype::BF16, Dtype::F32], 50, 40, 5);
    let (forward, backward) = (sums(&weights), sums(&weights.pick(&[2, 1, 0])));
    for (a, b) in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)] {
        assert_eq!(forward.of_pair(pair(3, a, b)), backward.of_pair(pair(3, 2 - b, 2 - a)));
    }
}

#[test]
fn windows_add_up_from_top_to_bottom() {
    let weights = Weights::family(&[Dtype::F16, Dtype::F16], 96, 9, 6);
    let mut accumulator = Accumulator::new(2);
    let mut windows = [0..32, 32..64, 64..96].map(|rows| {
        let mut sums = ColumnSums::zero(2, 9);
        accumulator.add(&weights.tiles(rows), 32, &mut sums);
        sums
    });
    let [top, middle, bottom] = &mut windows;
    top.add_below(middle);
    top.add_below(bottom);
    // a window of whole blocks adds each block to zero, so here windows and blocks are the same
    assert_eq!(bits(top), bits(&sums(&weights)));
}

/// The bits of one comparison, written down: whoever changes the association changes this number,
/// and with it the last digits of every report ever made.
#[test]
fn the_bits_of_a_known_comparison() {
    let mut noise = Noise(2024);
    // small whole numbers over a power of two: exact in every format, so only sums round
    let values = |noise: &mut Noise| {
        (0..100 * 70).map(|_| (noise.bits() % 2001) as f32 / 1024.0 - 1.0).collect()
    };
    let models = (0..5).map(|_| values(&mut noise)).collect();
    let record = GramRecord::of(&sums(&Weights::f32(100, 70, models)));
    let all = record.gram.iter().chain(&record.cosine_sums);
    // FNV-1a over the bytes
    let hash =
        all.flat_map(|value| value.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    assert_eq!(hash, 0xb242_a766_bf34_9fb8);
}
