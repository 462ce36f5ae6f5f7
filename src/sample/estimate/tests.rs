//! Estimates against the same written down column by column and row by row.

use super::*;
use crate::sample::{OlkinPratt, Run};
use weightkin_kernel::gram::distinct_pairs;

/// So many rows of each of some runs, and `cols` columns, of a matrix of `all_rows` × `all_cols`.
fn pick(all_rows: u64, all_cols: u64, runs: &[u64], cols: u64) -> Pick {
    let height = all_rows / runs.len() as u64;
    let run = |(index, &rows): (usize, &u64)| Run {
        stratum: index as u64 * height,
        height,
        offset: 0,
        rows,
    };
    let runs = runs.iter().enumerate().map(run).collect();
    Pick { all_rows, all_cols, runs, cols: (0..cols).collect() }
}

/// Three models that share half of every number.
fn values(pick: &Pick) -> Vec<Vec<f32>> {
    let mut state = 3_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    let shared: Vec<f32> = (0..pick.elements()).map(|_| noise()).collect();
    (0..3).map(|_| shared.iter().map(|shared| shared + noise()).collect()).collect()
}

/// What [`estimate`] has to say, with its moves before they are distributed.
struct Naive {
    record: GramRecord,
    row_moves: Vec<Vec<f64>>,
    col_moves: Vec<Vec<f64>>,
}

/// A matrix of which some rows and columns are known.
struct Sample<'a> {
    pick: &'a Pick,
    values: &'a [Vec<f32>],
    /// The run of every row.
    run_of: Vec<usize>,
}

impl Sample<'_> {
    fn value(&self, model: usize, row: usize, col: usize) -> f64 {
        f64::from(self.values[model][row * self.pick.cols.len() + col])
    }

    fn product(&self, a: usize, b: usize, col: usize, without: Option<usize>) -> f64 {
        let rows = (0..self.run_of.len()).filter(|&row| Some(self.run_of[row]) != without);
        rows.map(|row| self.value(a, row, col) * self.value(b, row, col)).sum()
    }

    fn is_finite(&self, model: usize, col: usize) -> bool {
        (0..self.run_of.len()).all(|row| self.value(model, row, col).is_finite())
    }

    /// Free of the bias of normal numbers, as far as rows are missing.
    fn cosine(&self, a: usize, b: usize, col: usize, without: Option<usize>) -> f64 {
        let rows = self.run_of.iter().filter(|&&run| Some(run) != without).count() as f64;
        let product = |a, b| self.product(a, b, col, without);
        let raw = product(a, b) / (product(a, a) * product(b, b)).sqrt();
        let missing = 1.0 - rows / self.pick.all_rows as f64;
        raw + missing * (OlkinPratt::of(rows).estimate(raw) - raw)
    }

    /// As good as the sample allows.
    fn best_cosine(&self, a: usize, b: usize, col: usize) -> f64 {
        let all = self.cosine(a, b, col, None);
        let runs = self.pick.runs.len();
        if runs == 1 || self.run_of.len() as u64 == self.pick.all_rows {
            return all;
        }
        let without: f64 = (0..runs).map(|run| self.cosine(a, b, col, Some(run))).sum();
        let missing = 1.0 - self.run_of.len() as f64 / self.pick.all_rows as f64;
        all - missing * (runs as f64 - 1.0) * (without / runs as f64 - all)
    }

    /// The record of the whole from some of the columns, without one of the runs.
    fn record(&self, cols: &[usize], without: Option<usize>) -> GramRecord {
        let models = self.values.len();
        let Pick { all_rows, all_cols, .. } = *self.pick;
        let rows = self.run_of.iter().filter(|&&run| Some(run) != without).count();
        let per_col = all_cols as f64 / cols.len() as f64;
        let is_finite = |col: &&usize| (0..models).all(|model| self.is_finite(model, **col));
        let finite: Vec<usize> = cols.iter().filter(is_finite).copied().collect();
        let scaled = |columns: usize| (columns as f64 * per_col).round() as u64;
        let mut record = GramRecord::zero(models);
        record.columns = all_cols;
        record.finite_columns = all_cols - scaled(cols.len() - finite.len());
        let mut at = 0;
        for a in 0..models {
            for b in a..models {
                let sum: f64 = finite.iter().map(|&col| self.product(a, b, col, without)).sum();
                record.gram[at] = sum * per_col * all_rows as f64 / rows as f64;
                at += 1;
            }
        }
        for (distinct, (a, b)) in distinct_pairs(models).enumerate() {
            let counts = |col: &&usize| self.is_finite(a, **col) && self.is_finite(b, **col);
            let counted: Vec<usize> = cols.iter().filter(counts).copied().collect();
            record.left_out_columns[distinct] = scaled(cols.len() - counted.len());
            let cosine = |col| match without {
                None => self.best_cosine(a, b, col),
                run => self.cosine(a, b, col, run),
            };
            let mean = counted.iter().map(|&col| cosine(col)).sum::<f64>() / counted.len() as f64;
            let columns = all_cols - record.left_out_columns[distinct];
            record.cosine_sums[distinct] = mean * columns as f64;
        }
        record
    }

    fn naive(&self) -> Naive {
        let all: Vec<usize> = (0..self.pick.cols.len()).collect();
        let record = self.record(&all, None);
        let rows_missing = 1.0 - self.run_of.len() as f64 / self.pick.all_rows as f64;
        let cols_missing = 1.0 - all.len() as f64 / self.pick.all_cols as f64;
        let runs = self.pick.runs.len();
        let without_runs: Vec<GramRecord> =
            (0..runs).map(|run| self.record(&all, Some(run))).collect();
        let groups = all.len().min(4);
        let without_cols: Vec<GramRecord> = (0..groups)
            .map(|group| {
                let rest: Vec<usize> =
                    all.iter().filter(|&&c| c % groups != group).copied().collect();
                let mut without = self.record(&rest, None);
                for (distinct, sum) in without.cosine_sums.iter_mut().enumerate() {
                    let columns =
                        |record: &GramRecord| record.columns - record.left_out_columns[distinct];
                    let mean = *sum / (without.columns - without.left_out_columns[distinct]) as f64;
                    *sum = mean * columns(&record) as f64;
                }
                without
            })
            .collect();
        let moves = |leave_outs: &[GramRecord], missing: f64| -> Vec<Vec<f64>> {
            if leave_outs.len() < 2 || missing == 0.0 {
                return Vec::new();
            }
            let count = leave_outs.len() as f64;
            let numbers: Vec<Vec<f64>> = leave_outs
                .iter()
                .map(|record| [&record.gram[..], &record.cosine_sums[..]].concat())
                .collect();
            let mean = |at: usize| numbers.iter().map(|of| of[at]).sum::<f64>() / count;
            let scale = ((count - 1.0) / count * missing).sqrt();
            let moved = |of: &Vec<f64>| -> Vec<f64> {
                of.iter().enumerate().map(|(at, number)| (number - mean(at)) * scale).collect()
            };
            numbers.iter().map(moved).collect()
        };
        Naive {
            row_moves: moves(&without_runs, rows_missing),
            col_moves: moves(&without_cols, cols_missing),
            record,
        }
    }
}

fn naive(pick: &Pick, values: &[Vec<f32>]) -> Naive {
    let run_of = pick.runs.iter().enumerate();
    let run_of = run_of.flat_map(|(index, run)| vec![index; run.rows as usize]).collect();
    Sample { pick, values, run_of }.naive()
}

fn assert_close(found: &[f64], wanted: &[f64], what: &str) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(
            (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
            "{what}: {found}, {wanted}"
        );
    }
}

fn numbers(deviation: &Deviation) -> Vec<f64> {
    deviation.gram.iter().chain(&deviation.cosine_sums).map(|&number| f64::from(number)).collect()
}

/// Asserts that the estimate is the naive one, and that its deviations are the moves, two to a set
/// where there are more than sets, with any signs.
fn assert_estimates(pick: &Pick, values: &[Vec<f32>]) {
    let found = estimate("w", pick, values);
    let Naive { record, row_moves, col_moves } = naive(pick, values);
    assert_close(&found.record.gram, &record.gram, "products");
    assert_close(&found.record.cosine_sums, &record.cosine_sums, "cosines");
    let counts = |record: &GramRecord| {
        (record.columns, record.finite_columns, record.left_out_columns.clone())
    };
    assert_eq!(counts(&found.record), counts(&record));

    let Spread { rows, cols, freedom, deviations } = found.spread;
    assert_eq!((rows, cols), (pick.rows(), pick.cols.len() as u64));
    assert_eq!(freedom as usize, row_moves.len().clamp(2, 8) - 1);
    let moves = [row_moves, col_moves].concat();
    if moves.is_empty() {
        assert!(deviations.is_empty());
        return;
    }
    assert_eq!(deviations.len(), REPLICATES);
    assert!(moves.len() <= 2 * REPLICATES);
    // which set is the first is random
    let sets: Vec<Vec<f64>> = deviations.iter().map(numbers).collect();
    let is = |set: &[f64], wanted: &[f64]| {
        set.iter()
            .zip(wanted)
            .all(|(set, wanted)| (set - wanted).abs() <= 1e-6 * wanted.abs().max(1.0))
    };
    let fits = |first: usize| {
        (0..REPLICATES).all(|index| {
            let set = &sets[(first + index) % REPLICATES];
            let zero = vec![0.0; set.len()];
            let one = moves.get(index).unwrap_or(&zero);
            let other = moves.get(index + REPLICATES).unwrap_or(&zero);
            [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)].iter().any(|(sign, of_other)| {
                let sum = one.iter().zip(other).map(|(one, other)| sign * one + of_other * other);
                is(set, &sum.collect::<Vec<f64>>())
            })
        })
    };
    assert!((0..REPLICATES).any(fits), "{sets:?} {moves:?}");
}

#[test]
fn estimates_are_the_naive_ones() {
    for (runs, all_rows, cols, all_cols) in [
        (&[3, 3, 3, 3][..], 100, 8, 40),
        (&[5, 4, 3], 40, 10, 11),
        (&[6, 6, 6, 6, 6, 6, 6, 6], 96, 9, 64),
        (&[2; 12], 480, 5, 100),
        // two columns are two groups, and one is none
        (&[4, 4, 4, 4], 64, 2, 8),
        (&[4, 4, 4, 4], 64, 1, 8),
        // all columns, all rows in runs or in one, one run of some, and everything
        (&[3, 3, 3, 3], 100, 8, 8),
        (&[5, 5, 5, 5], 20, 6, 24),
        (&[20], 20, 6, 24),
        (&[7], 20, 6, 24),
        (&[20], 20, 6, 6),
    ] {
        let pick = pick(all_rows, all_cols, runs, cols);
        assert_estimates(&pick, &values(&pick));
    }
}

#[test]
fn columns_that_are_not_finite_are_left_out_as_often_as_in_the_sample() {
    let pick = pick(100, 40, &[3, 3, 3, 3], 8);
    let mut values = values(&pick);
    values[0][5 * 8 + 2] = f32::NAN;
    values[2][7] = f32::INFINITY;
    values[2][8 + 1] = f32::NEG_INFINITY;
    assert_estimates(&pick, &values);
    let record = estimate("w", &pick, &values).record;
    assert_eq!(record.left_out_columns, [5, 15, 10]);
    assert_eq!(record.finite_columns, 25);
}

#[test]
fn signs_are_mixed_and_depend_on_the_name() {
    let pick = pick(480, 100, &[2; 12], 5);
    let values = values(&pick);
    let deviations = |name: &str| estimate(name, &pick, &values).spread.deviations;
    assert_eq!(deviations("a"), deviations("a"));
    let different =
        ["b", "c", "d", "e"].into_iter().filter(|name| deviations(name) != deviations("a"));
    assert_eq!(different.count(), 4);
    let Naive { row_moves, col_moves, .. } = naive(&pick, &values);
    let moves = [row_moves, col_moves].concat();
    // with one sign the sets would add up to what the moves do, and with the other to its opposite
    let sum = |at: usize| moves.iter().map(|of| of[at]).sum::<f64>();
    let largest = |at: usize| moves.iter().map(|of| of[at].abs()).fold(0.0, f64::max);
    for name in ["a", "b", "c", "d"] {
        let sets: Vec<Vec<f64>> = deviations(name).iter().map(numbers).collect();
        let found: f64 = sets.iter().map(|set| set[0]).sum();
        assert!((found.abs() - sum(0).abs()).abs() > 0.01 * largest(0), "{name}: {found}");
    }
}

/// A matrix without rows or columns has nothing to estimate.
#[test]
fn nothing_is_known_of_nothing() {
    let empty = Pick { all_rows: 0, all_cols: 7, runs: Vec::new(), cols: Vec::new() };
    let found = estimate("w", &empty, &[Vec::new(), Vec::new()]);
    assert_eq!(found.record, GramRecord::zero(2));
    assert_eq!(found.spread, Spread::default());
}
