//! Inner products of changes, without the changes.

use weightkin_kernel::lowrank::{dot, transposed};

use crate::delta::{Delta, LowRank, Rectangle};

/// Rows of a product that are held at a time where it has to be worked out.
const BLOCK_ROWS: usize = 64;

/// Some rows of a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowsOf<'a> {
    pub delta: &'a Delta,
    pub first_row: usize,
}

/// Sum of the products of all elements in `rows` rows of two changes of `cols` columns.
///
/// Two products of low rank give tr((U₂ᵀU₁)(V₁V₂ᵀ)); others are worked out a few rows at a time.
/// Sums are added in `f64`, in a fixed order.
pub(super) fn inner(a: RowsOf<'_>, b: RowsOf<'_>, rows: usize, cols: usize) -> f64 {
    if let (Delta::LowRank(a_product), Delta::LowRank(b_product)) = (a.delta, b.delta) {
        return of_factors((a_product, a.first_row), (b_product, b.first_row), rows);
    }
    let mut sum = 0.0;
    let mut row = 0;
    let mut a_values = Vec::new();
    let mut b_values = Vec::new();
    while row < rows {
        let count = BLOCK_ROWS.min(rows - row);
        let part = |first_row| Rectangle { first_row, rows: count, first_col: 0, cols };
        a_values.resize(count * cols, 0.0);
        b_values.resize(count * cols, 0.0);
        a.delta.fill(part(a.first_row + row), &mut a_values);
        b.delta.fill(part(b.first_row + row), &mut b_values);
        sum += dot(&a_values, &b_values);
        row += count;
    }
    sum
}

fn of_factors(
    (a, a_first): (&LowRank, usize),
    (b, b_first): (&LowRank, usize),
    rows: usize,
) -> f64 {
    let cols = a.cols();
    let of = |product: &LowRank, first: usize| {
        let up = &product.up[first * product.rank..(first + rows) * product.rank];
        transposed(up, rows, product.rank)
    };
    let (a_up, b_up) = (of(a, a_first), of(b, b_first));
    let mut sum = 0.0;
    for i in 0..a.rank {
        for j in 0..b.rank {
            let left = dot(&a_up[i * rows..][..rows], &b_up[j * rows..][..rows]);
            let right = dot(&a.down[i * cols..][..cols], &b.down[j * cols..][..cols]);
            sum += left * right;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::Kronecker;

    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count)
            .map(|index| ((index * 7919 + seed * 104_729) % 1013) as f32 / 500.0 - 1.0)
            .collect()
    }

    #[test]
    fn it_is_the_sum_over_all_elements_whatever_the_forms() {
        let (rows, cols) = (150, 24);
        let low = |rank, seed| LowRank {
            up: values(rows * rank, seed),
            down: values(rank * cols, seed + 1),
            rank,
        };
        let deltas = [
            Delta::LowRank(low(3, 1)),
            Delta::LowRank(low(5, 2)),
            Delta::Hadamard(low(2, 3), low(4, 4)),
            Delta::Kronecker(Kronecker {
                scale: 0.5,
                left: values(15 * 4, 5),
                left_cols: 4,
                right: values(10 * 6, 6),
                right_rows: 10,
                right_cols: 6,
            }),
            Delta::Dense { values: values(rows * cols, 7), cols },
        ];
        let whole = |delta: &Delta| {
            let mut whole = vec![0.0; rows * cols];
            delta.fill(Rectangle { first_row: 0, rows, first_col: 0, cols }, &mut whole);
            whole
        };
        for a in &deltas {
            for b in &deltas {
                let (whole_a, whole_b) = (whole(a), whole(b));
                for (a_first, b_first, count) in [(0, 0, rows), (50, 20, 70)] {
                    let want: f64 = (0..count * cols)
                        .map(|index| {
                            f64::from(whole_a[a_first * cols + index])
                                * f64::from(whole_b[b_first * cols + index])
                        })
                        .sum();
                    let found = inner(
                        RowsOf { delta: a, first_row: a_first },
                        RowsOf { delta: b, first_row: b_first },
                        count,
                        cols,
                    );
                    assert!((found - want).abs() < 1e-3, "{found} {want}");
                }
            }
        }
    }
}
