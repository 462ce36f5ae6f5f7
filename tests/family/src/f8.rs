//! The two 8-bit floats: `F8_E4M3` (finite only: no infinity, one NaN per sign) and `F8_E5M2`
//! (shaped as IEEE 754). Narrowing rounds to nearest, ties to even; what is beyond the largest
//! number becomes NaN in `E4M3` and infinity in `E5M2`.

/// Narrows to `F8_E4M3`.
pub(crate) fn to_e4m3(value: f32) -> u8 {
    const NAN: u32 = 0x7F;
    narrowed::<4, 3>(value, NAN, NAN, NAN)
}

/// Narrows to `F8_E5M2`.
pub(crate) fn to_e5m2(value: f32) -> u8 {
    narrowed::<5, 2>(value, 0x7C, 0x7C, 0x7E)
}

/// Narrows to a float of `EXPONENT` and `MANTISSA` bits. Codes from `limit` on become `beyond`.
fn narrowed<const EXPONENT: u32, const MANTISSA: u32>(
    value: f32,
    limit: u32,
    beyond: u32,
    nan: u32,
) -> u8 {
    let dropped = 23 - MANTISSA;
    let bias = (1_u32 << (EXPONENT - 1)) - 1;
    let bits = value.to_bits();
    let magnitude = bits & 0x7FFF_FFFF;
    let code = if magnitude > 0x7F80_0000 {
        nan
    } else if magnitude < (127 + 1 - bias) << 23 {
        // Subnormal: adding a number whose last mantissa bit is the subnormal step lets the
        // adder round. The step is 2^(1 − bias − MANTISSA).
        let anchor = f32::from_bits((127 + 23 + 1 - bias - MANTISSA) << 23);
        (f32::from_bits(magnitude) + anchor).to_bits() - anchor.to_bits()
    } else {
        let half_less_one = (1_u32 << (dropped - 1)) - 1;
        let rounded = (magnitude + half_less_one + ((magnitude >> dropped) & 1)) >> dropped;
        let code = rounded - ((127 - bias) << MANTISSA);
        if code >= limit { beyond } else { code }
    };
    (code | ((bits >> 24) & 0x80)) as u8
}

/// Widens `F8_E4M3`.
pub(crate) fn from_e4m3(code: u8) -> f32 {
    let magnitude = u32::from(code & 0x7F);
    let (exponent, mantissa) = (magnitude >> 3, magnitude & 7);
    let value = match (exponent, mantissa) {
        (15, 7) => f32::NAN,
        (0, m) => m as f32 * (1.0 / 512.0),
        (e, m) => f32::from_bits(((e + 127 - 7) << 23) | (m << 20)),
    };
    if code & 0x80 == 0 { value } else { -value }
}

/// Widens `F8_E5M2`, which is the upper half of an `F16`.
pub(crate) fn from_e5m2(code: u8) -> f32 {
    half::f16::from_bits(u16::from(code) << 8).to_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finite(widen: fn(u8) -> f32) -> Vec<(u8, f64)> {
        let codes = (0..=255).map(|code| (code, f64::from(widen(code))));
        codes.filter(|(_, value)| value.is_finite()).collect()
    }

    /// The nearest code by search, the even one of two equally near.
    fn nearest(table: &[(u8, f64)], value: f32) -> u8 {
        let sign = value.is_sign_negative();
        let same_sign = table.iter().filter(|(code, _)| (code & 0x80 != 0) == sign);
        let distance = |held: f64| (held - f64::from(value)).abs();
        let best = same_sign
            .min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)).then((a.0 & 1).cmp(&(b.0 & 1))));
        best.unwrap().0
    }

    fn check(narrow: fn(f32) -> u8, widen: fn(u8) -> f32, largest: f32) {
        let table = finite(widen);
        for &(code, value) in &table {
            assert_eq!(narrow(value as f32), code, "{value}");
        }
        let mut ascending: Vec<f64> = table.iter().map(|entry| entry.1).collect();
        ascending.sort_by(f64::total_cmp);
        for pair in ascending.windows(2) {
            let middle = f64::midpoint(pair[0], pair[1]) as f32;
            for value in [middle.next_down(), middle, middle.next_up()] {
                assert_eq!(narrow(value), nearest(&table, value), "{value:e}");
            }
        }
        let source = crate::random::Source::new(1);
        for index in 0..100_000 {
            let value = f32::from_bits(source.bits(index) as u32);
            if value.abs() <= largest {
                assert_eq!(narrow(value), nearest(&table, value), "{value:e}");
            }
        }
    }

    #[test]
    fn e4m3_rounds_to_the_nearest_even() {
        check(to_e4m3, from_e4m3, 448.0);
        assert_eq!(to_e4m3(464.0), 0x7E);
        assert_eq!(to_e4m3(464.0_f32.next_up()), 0x7F);
        assert_eq!(to_e4m3(f32::NEG_INFINITY), 0xFF);
        assert_eq!(to_e4m3(f32::NAN), 0x7F);
        assert_eq!(to_e4m3(-0.0), 0x80);
        assert_eq!(finite(from_e4m3).len(), 254);
    }

    #[test]
    fn e5m2_rounds_to_the_nearest_even() {
        check(to_e5m2, from_e5m2, 57_344.0);
        assert_eq!(to_e5m2(61_440.0), 0x7C);
        assert_eq!(to_e5m2(61_440.0_f32.next_down()), 0x7B);
        assert_eq!(to_e5m2(f32::NEG_INFINITY), 0xFC);
        assert!(from_e5m2(to_e5m2(f32::NAN)).is_nan());
        assert_eq!(finite(from_e5m2).len(), 248);
    }
}
