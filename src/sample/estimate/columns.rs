//! The sampled columns of a tensor: their cosines, and what leaving out rows or columns does.

use super::jackknife::{Move, jackknife};
use crate::sample::OlkinPratt;
use crate::sample::Pick;
use weightkin_kernel::gram::{GramRecord, cosine, distinct_pairs, pair, pairs};

/// Groups of columns, one of which is left out at a time.
const COL_GROUPS: usize = 4;

/// Sums of products of the sample, for each run of rows.
pub(super) struct Columns<'a> {
    pick: &'a Pick,
    models: usize,
    cols: usize,
    /// For each run and each pair `a ≤ b`, one value for each column.
    by_run: Vec<Vec<f64>>,
    /// The same over all runs.
    total: Vec<f64>,
    /// Columns that are finite, for each model.
    finite: Vec<Vec<bool>>,
}

/// Cosines of the sampled columns, for each pair `a < b`.
pub(super) struct Cosines {
    /// As good as the sample allows; 0 where a column is left out.
    best: Vec<Vec<f64>>,
    /// Mean over the counted columns, without each of the runs.
    without_run: Vec<Vec<f64>>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(pick: &'a Pick, values: &[Vec<f32>]) -> Self {
        let (models, cols) = (values.len(), pick.cols.len());
        let mut by_run = Vec::with_capacity(pick.runs.len());
        let mut first = 0;
        for run in &pick.runs {
            let mut sums = vec![0.0; pairs(models) * cols];
            let rows = first * cols..(first + run.rows as usize) * cols;
            for a in 0..models {
                for b in a..models {
                    let sums = &mut sums[pair(models, a, b) * cols..][..cols];
                    column_products(&values[a][rows.clone()], &values[b][rows.clone()], sums);
                }
            }
            first += run.rows as usize;
            by_run.push(sums);
        }
        assert!(values.iter().all(|values| values.len() == first * cols));
        let mut total = vec![0.0; pairs(models) * cols];
        for sums in &by_run {
            for (total, sum) in total.iter_mut().zip(sums) {
                *total += sum;
            }
        }
        let finite = (0..models)
            .map(|model| {
                let squares = &total[pair(models, model, model) * cols..][..cols];
                squares.iter().map(|square| square.is_finite()).collect()
            })
            .collect();
        Self { pick, models, cols, by_run, total, finite }
    }

    fn counts(&self, a: usize, b: usize, col: usize) -> bool {
        self.finite[a][col] && self.finite[b][col]
    }

    /// Whether leaving out runs says anything.
    fn varies_by_row(&self) -> bool {
        self.pick.runs.len() > 1 && self.pick.rows() < self.pick.all_rows
    }

    /// The cosines of a pair's columns without one of the runs, free of the bias that normal numbers
    /// have.
    fn pair_cosines(&self, a: usize, b: usize, without: Option<usize>) -> Vec<f64> {
        let rows = self.pick.rows() - without.map_or(0, |run| self.pick.runs[run].rows);
        let missing = 1.0 - rows as f64 / self.pick.all_rows as f64;
        let unbiased = OlkinPratt::of(rows as f64);
        let sums = |a, b| {
            let pair = pair(self.models, a, b);
            let here = pair * self.cols..(pair + 1) * self.cols;
            let mut sums = self.total[here.clone()].to_vec();
            if let Some(run) = without {
                for (sum, run) in sums.iter_mut().zip(&self.by_run[run][here]) {
                    *sum -= run;
                }
            }
            sums
        };
        let (aa, bb, mut cosines) = (sums(a, a), sums(b, b), sums(a, b));
        for ((cos, aa), bb) in cosines.iter_mut().zip(aa).zip(bb) {
            // rounding can make a square negative
            let raw = cosine(*cos, aa.max(0.0), bb.max(0.0));
            *cos = raw + missing * (unbiased.estimate(raw) - raw);
        }
        cosines
    }

    pub(super) fn cosines(&self) -> Cosines {
        let runs = if self.varies_by_row() { self.by_run.len() } else { 0 };
        let missing = 1.0 - self.pick.row_share();
        let (mut best, mut without_run) = (Vec::new(), Vec::new());
        for (a, b) in distinct_pairs(self.models) {
            let counts: Vec<bool> = (0..self.cols).map(|col| self.counts(a, b, col)).collect();
            let counted = counts.iter().filter(|counts| **counts).count() as f64;
            let mut pair_best = self.pair_cosines(a, b, None);
            let mut pair_without = Vec::with_capacity(runs);
            let mut sums = vec![0.0; self.cols];
            for run in 0..runs {
                let cosines = self.pair_cosines(a, b, Some(run));
                let mut mean = 0.0;
                for ((cosine, sum), counts) in cosines.iter().zip(&mut sums).zip(&counts) {
                    *sum += cosine;
                    mean += if *counts { *cosine } else { 0.0 };
                }
                pair_without.push(mean / counted);
            }
            for ((best, sum), counts) in pair_best.iter_mut().zip(sums).zip(&counts) {
                if !counts {
                    *best = 0.0;
                } else if runs > 1 {
                    *best -= missing * (runs - 1) as f64 * (sum / runs as f64 - *best);
                }
            }
            best.push(pair_best);
            without_run.push(pair_without);
        }
        Cosines { best, without_run }
    }

    /// The record of the whole tensor.
    pub(super) fn record(&self, cosines: &Cosines) -> GramRecord {
        self.record_of(cosines, |_| true)
    }

    /// The record of the whole tensor from the sampled columns that `takes` accepts.
    fn record_of(&self, cosines: &Cosines, takes: impl Fn(usize) -> bool) -> GramRecord {
        let mut record = GramRecord::zero(self.models);
        let taken: Vec<usize> = (0..self.cols).filter(|&col| takes(col)).collect();
        let all_cols = self.pick.all_cols;
        let per_col = all_cols as f64 / taken.len() as f64;
        let per_element = per_col / self.pick.row_share();
        let left_out = |counts: &dyn Fn(usize) -> bool| {
            let count = taken.iter().filter(|&&col| !counts(col)).count();
            (count as f64 * per_col).round() as u64
        };
        let is_finite = |col: usize| self.finite.iter().all(|finite| finite[col]);
        record.columns = all_cols;
        record.finite_columns = all_cols - left_out(&is_finite).min(all_cols);
        for (pair, gram) in record.gram.iter_mut().enumerate() {
            let sums = &self.total[pair * self.cols..][..self.cols];
            let finite = taken.iter().filter(|&&col| is_finite(col));
            *gram = finite.map(|&col| sums[col]).sum::<f64>() * per_element;
        }
        for (distinct, (a, b)) in distinct_pairs(self.models).enumerate() {
            let out = left_out(&|col| self.counts(a, b, col)).min(all_cols);
            let is_zero =
                |model, col| self.total[pair(self.models, model, model) * self.cols + col] == 0.0;
            let zeros = |of: &dyn Fn(bool, bool) -> bool| {
                let is = |col| self.counts(a, b, col) && of(is_zero(a, col), is_zero(b, col));
                left_out(&|col| !is(col)).min(all_cols - out)
            };
            record.zero_in_both[distinct] = zeros(&|a, b| a & b);
            record.zero_in_one[distinct] =
                zeros(&|a, b| a ^ b).min(all_cols - out - record.zero_in_both[distinct]);
            record.left_out_columns[distinct] = out;
            let counted = taken.iter().filter(|&&col| self.counts(a, b, col)).count();
            if counted > 0 {
                // columns that do not count are 0 here
                let sum: f64 = taken.iter().map(|&col| cosines.best[distinct][col]).sum();
                let scale =
                    if out == 0 { per_col } else { (all_cols - out) as f64 / counted as f64 };
                record.cosine_sums[distinct] = sum * scale;
            }
        }
        record
    }

    /// What leaving out each run does, scaled so that the squares add up to the variance.
    pub(super) fn row_moves(&self, cosines: &Cosines, record: &GramRecord) -> Vec<Move> {
        if !self.varies_by_row() {
            return Vec::new();
        }
        let is_finite: Vec<bool> =
            (0..self.cols).map(|col| self.finite.iter().all(|finite| finite[col])).collect();
        let per_col = self.pick.all_cols as f64 / self.cols as f64;
        let leave_outs: Vec<GramRecord> = self
            .by_run
            .iter()
            .enumerate()
            .map(|(run, sums)| {
                let rows = self.pick.rows() - self.pick.runs[run].rows;
                let per_element = per_col * self.pick.all_rows as f64 / rows as f64;
                let mut without = record.clone();
                for (pair, gram) in without.gram.iter_mut().enumerate() {
                    let here = pair * self.cols..(pair + 1) * self.cols;
                    let rest = self.total[here.clone()].iter().zip(&sums[here]);
                    let finite = rest.zip(&is_finite).filter(|(_, finite)| **finite);
                    *gram = finite.map(|((all, run), _)| all - run).sum::<f64>() * per_element;
                }
                for (distinct, sum) in without.cosine_sums.iter_mut().enumerate() {
                    let counted = record.columns - record.left_out_columns[distinct];
                    *sum = cosines.without_run[distinct][run] * counted as f64;
                }
                without
            })
            .collect();
        jackknife(&leave_outs, 1.0 - self.pick.row_share())
    }

    /// The same for groups of columns.
    pub(super) fn col_moves(&self, cosines: &Cosines, record: &GramRecord) -> Vec<Move> {
        let groups = COL_GROUPS.min(self.cols);
        if groups < 2 || self.pick.col_share() >= 1.0 {
            return Vec::new();
        }
        let leave_outs: Vec<GramRecord> = (0..groups)
            .map(|group| {
                let mut without = self.record_of(cosines, |col| col % groups != group);
                // as many must count, or their number would seem to vary
                for (distinct, sum) in without.cosine_sums.iter_mut().enumerate() {
                    let counted = |left_out: &[u64]| (record.columns - left_out[distinct]) as f64;
                    let own = counted(&without.left_out_columns);
                    *sum *= if own > 0.0 { counted(&record.left_out_columns) / own } else { 0.0 };
                }
                without
            })
            .collect();
        jackknife(&leave_outs, 1.0 - self.pick.col_share())
    }
}

/// The inner product of each column of two matrices with as many columns as there are `sums`.
fn column_products(a: &[f32], b: &[f32], sums: &mut [f64]) {
    /// Columns whose sums stay in registers.
    const BLOCK: usize = 8;
    let cols = sums.len();
    let (blocks, rest) = sums.as_chunks_mut::<BLOCK>();
    let rows = || a.chunks_exact(cols).zip(b.chunks_exact(cols));
    for (block, to) in blocks.iter_mut().enumerate() {
        let mut sums = [0.0; BLOCK];
        for (a, b) in rows() {
            let (a, b) = (&a.as_chunks::<BLOCK>().0[block], &b.as_chunks::<BLOCK>().0[block]);
            for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
                *sum += f64::from(*a) * f64::from(*b);
            }
        }
        *to = sums;
    }
    let first = cols - rest.len();
    for (a, b) in rows() {
        for ((sum, a), b) in rest.iter_mut().zip(&a[first..]).zip(&b[first..]) {
            *sum += f64::from(*a) * f64::from(*b);
        }
    }
}
