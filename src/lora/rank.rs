//! Ranks that products of low rank really have.

use weightkin_kernel::lowrank::{eigen, gram, transposed};

use crate::delta::LowRank;

/// How a product's energy is spread over its singular values.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Squares of the singular values, descending.
    pub squares: Vec<f64>,
}

impl Spectrum {
    /// Sum of squares of the product.
    pub fn energy(&self) -> f64 {
        self.squares.iter().sum()
    }

    /// Singular values that hold `share` of the energy; 0 of nothing.
    pub fn rank_of_energy(&self, share: f64) -> usize {
        let goal = self.energy() * share;
        if goal <= 0.0 {
            return 0;
        }
        let mut sum = 0.0;
        let count = self.squares.iter().take_while(|square| {
            let before = sum;
            sum += **square;
            before < goal
        });
        count.count()
    }

    /// Share of the energy in the `rank` largest singular values.
    pub fn energy_of_rank(&self, rank: usize) -> f64 {
        let kept: f64 = self.squares.iter().take(rank).sum();
        if kept > 0.0 { kept / self.energy() } else { 0.0 }
    }
}

/// The singular values of `product`, from the Gram matrices of its factors.
pub fn spectrum(product: &LowRank) -> Spectrum {
    let rank = product.rank;
    let up = transposed(&product.up, product.rows(), rank);
    let (values, vectors) = eigen(gram(&up, rank, product.rows()), rank);
    let floor = values[0] * 1e-15;
    let kept = values.iter().take_while(|value| **value > floor && **value > 0.0).count();
    // √λ_k · v_k, so that the product is Q · weights · down with orthonormal Q
    let mut weights = vec![0.0; kept * rank];
    for k in 0..kept {
        for index in 0..rank {
            weights[k * rank + index] = values[k].sqrt() * vectors[k * rank + index];
        }
    }
    let inner = gram(&product.down, rank, product.cols());
    let (squares, _) = eigen(congruent(&weights, &inner, kept, rank), kept);
    Spectrum { squares: squares.into_iter().map(|square| square.max(0.0)).collect() }
}

/// weights · inner · weightsᵀ.
fn congruent(weights: &[f64], inner: &[f64], kept: usize, rank: usize) -> Vec<f64> {
    let mut half = vec![0.0; kept * rank];
    for k in 0..kept {
        for index in 0..rank {
            let factor = weights[k * rank + index];
            for (to, value) in half[k * rank..][..rank].iter_mut().zip(&inner[index * rank..]) {
                *to += factor * value;
            }
        }
    }
    let mut core = vec![0.0; kept * kept];
    for a in 0..kept {
        for b in 0..kept {
            core[a * kept + b] = half[a * rank..][..rank]
                .iter()
                .zip(&weights[b * rank..][..rank])
                .map(|(half, weight)| half * weight)
                .sum();
        }
    }
    core
}

#[cfg(test)]
mod tests {
    use weightkin_kernel::lowrank::{Matrix, add_product};

    use super::*;

    fn product(rows: usize, cols: usize, rank: usize) -> LowRank {
        let value =
            |index: usize| ((index.wrapping_mul(2_654_435_761) >> 9) % 1999) as f32 / 999.0 - 1.0;
        let up = (0..rows * rank).map(value).collect();
        let down = (0..rank * cols).map(|index| value(index + 77) / (1 + index / cols) as f32);
        LowRank { up, down: down.collect(), rank }
    }

    fn whole(product: &LowRank) -> Vec<f32> {
        let (rows, cols) = (product.rows(), product.cols());
        let mut whole = vec![0.0; rows * cols];
        add_product(
            Matrix::packed(&product.up, product.rank),
            Matrix::packed(&product.down, cols),
            &mut whole,
            (rows, product.rank, cols),
        );
        whole
    }

    #[test]
    fn the_spectrum_is_that_of_the_product() {
        let product = product(40, 30, 6);
        let whole = whole(&product);
        let (squares, _) = eigen(gram(&transposed(&whole, 40, 30), 30, 40), 30);
        let spectrum = spectrum(&product);
        for (found, want) in spectrum.squares.iter().zip(&squares) {
            assert!((found - want).abs() < 1e-6 * squares[0], "{found} {want}");
        }
        assert_eq!(spectrum.rank_of_energy(1.0 - 1e-12), 6);
        assert_eq!(spectrum.rank_of_energy(1e-9), 1);
    }

    #[test]
    fn nothing_has_no_rank() {
        let nothing = LowRank { up: vec![0.0; 8], down: vec![1.0; 6], rank: 2 };
        assert_eq!(spectrum(&nothing).rank_of_energy(0.99), 0);
    }
}
