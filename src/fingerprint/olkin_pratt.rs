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
