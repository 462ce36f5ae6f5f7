//! Random numbers that are the same on every machine: a counter through an integer hash, and
//! nothing but exactly rounded arithmetic after it.

/// The odd constant of the `SplitMix64` sequence.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output function of `SplitMix64`.
fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A source of random numbers addressed by key and index, not by order of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source(u64);

impl Source {
    /// The source that a seed stands for.
    pub fn new(seed: u64) -> Self {
        Self(mixed(seed ^ STEP))
    }

    /// A source independent of this one, by name.
    pub fn of(self, name: &str) -> Self {
        // FNV-1a over the name, then over its length, so that ("ab", "c") is not ("a", "bc")
        let length = (name.len() as u64).to_le_bytes();
        let bytes = name.bytes().chain(length);
        Self(mixed(bytes.fold(self.0, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        })))
    }

    /// Sixty-four random bits at an index.
    pub fn bits(self, index: u64) -> u64 {
        mixed(self.0.wrapping_add(index.wrapping_add(1).wrapping_mul(STEP)))
    }

    /// A number near the standard normal at an index: the sum of four 16-bit uniforms, mean 0,
    /// variance 1, within ±3.47.
    pub fn normal(self, index: u64) -> f32 {
        const DEVIATION: f32 = 37_837.227; // of the sum: √(4 · (65536² − 1) / 12)
        let bits = self.bits(index);
        let sum: u64 = (0..4).map(|lane| (bits >> (16 * lane)) & 0xFFFF).sum();
        (sum as i32 - 2 * 0xFFFF) as f32 * (1.0 / DEVIATION)
    }

    /// A whole number below `bound`.
    pub fn below(self, index: u64, bound: u64) -> u64 {
        ((u128::from(self.bits(index)) * u128::from(bound)) >> 64) as u64
    }

    /// Shuffles in place.
    pub fn shuffle<T>(self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64, last as u64 + 1) as usize);
        }
    }
}

/// `exp(x)` for |x| ≤ 2, to a few percent: `(1 + x/16)¹⁶`, by squaring, because the mathematical
/// library's own differs between machines.
pub(crate) fn spread(x: f32) -> f32 {
    let mut y = 1.0 + x * (1.0 / 16.0);
    for _ in 0..4 {
        y *= y;
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_have_mean_0_variance_1_and_bounds() {
        let source = Source::new(7).of("test");
        let n = 200_000;
        let values: Vec<f64> = (0..n).map(|i| f64::from(source.normal(i))).collect();
        let mean = values.iter().sum::<f64>() / n as f64;
        let variance = values.iter().map(|z| z * z).sum::<f64>() / n as f64;
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((variance - 1.0).abs() < 0.01, "{variance}");
        assert!(values.iter().all(|z| z.abs() < 3.47));
    }

    #[test]
    fn names_and_seeds_part_the_sources() {
        let root = Source::new(0);
        assert_ne!(root.of("ab").of("c"), root.of("a").of("bc"));
        assert_ne!(root.of("a"), Source::new(1).of("a"));
        assert_eq!(root.of("a").bits(5), Source::new(0).of("a").bits(5));
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<u32> = (0..50).collect();
        Source::new(3).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn spread_is_close_to_the_exponential() {
        for step in -10..=10_i8 {
            let x = f32::from(step) / 10.0;
            let ratio = spread(x) / x.exp();
            assert!((ratio - 1.0).abs() < 0.04, "{x} {ratio}");
        }
    }
}
