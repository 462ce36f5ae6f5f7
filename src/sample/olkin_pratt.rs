//! The estimator of Olkin and Pratt, Unbiased Estimation of Certain Correlation Coefficients (1958):
//! `r · ₂F₁(½, ½; (m - 1) / 2; 1 - r²)` for a correlation about zero over `m` rows.

/// Fewest rows that a bias can be corrected with.
const FEWEST_ROWS: f64 = 4.0;

/// The unbiased estimate of the cosine of normal numbers from that of some rows of them.
pub(crate) struct OlkinPratt {
    /// Of the powers of `1 - r²` in the series of the hypergeometric function, from the first on;
    /// they shrink at least like 1/rows.
    coefficients: [f64; 4],
}

impl OlkinPratt {
    /// For cosines over `rows` rows.
    pub(crate) fn of(rows: f64) -> Self {
        let mut coefficients = [0.0; 4];
        if rows >= FEWEST_ROWS {
            let half = (rows - 1.0) / 2.0;
            let mut term = 1.0;
            for (index, coefficient) in (0..).zip(&mut coefficients) {
                let index = f64::from(index);
                term *= (0.5 + index) * (0.5 + index) / ((half + index) * (index + 1.0));
                *coefficient = term;
            }
        }
        Self { coefficients }
    }

    /// From the cosine `r` of the sample.
    pub(crate) fn estimate(&self, r: f64) -> f64 {
        let rest = 1.0 - r * r;
        let [first, second, third, fourth] = self.coefficients;
        r * (1.0 + rest * (first + rest * (second + rest * (third + rest * fourth))))
    }
}

#[cfg(test)]
mod tests {
    use super::OlkinPratt;

    /// `r · ₂F₁(½, ½; (rows - 1) / 2; 1 - r²)`, to the last digit that matters.
    fn exact(rows: f64, r: f64) -> f64 {
        let (half, rest) = ((rows - 1.0) / 2.0, 1.0 - r * r);
        let (mut term, mut sum) = (1.0, 1.0);
        for index in 0..10_000 {
            let index = f64::from(index);
            term *= (0.5 + index).powi(2) / ((half + index) * (index + 1.0)) * rest;
            sum += term;
        }
        r * sum
    }

    #[test]
    fn close_to_the_whole_series() {
        for (rows, tolerance) in [(4.0, 0.018), (8.0, 8e-4), (24.0, 5e-6), (96.0, 1e-8)] {
            let unbiased = OlkinPratt::of(rows);
            for r in [-1.0, -0.9, -0.3, 0.0, 0.1, 0.5, 0.99, 1.0] {
                let (found, wanted) = (unbiased.estimate(r), exact(rows, r));
                assert!((found - wanted).abs() <= tolerance, "{rows} {r}: {found}, {wanted}");
            }
        }
    }

    #[test]
    fn too_few_rows_say_nothing_of_the_bias() {
        for r in [-0.5, 0.25, 1.0] {
            assert!((OlkinPratt::of(3.0).estimate(r) - r).abs() < f64::EPSILON);
        }
        assert!(OlkinPratt::of(4.0).estimate(0.5) > 0.55);
    }
}
