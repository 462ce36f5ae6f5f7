//! From `f64` to stored numbers: one rounding to nearest, ties to even.
//!
//! Rounding is done by the addition of a power of two so large that the digits which the format
//! cannot hold fall off: that is the processor's own rounding, in any width of vector and in any
//! browser. What is left is exact, and its bits are those of an `f32` with another exponent.

use crate::dtype::Dtype;

/// A format of floating-point numbers with at most the range and the digits of `f32`.
struct Format {
    /// Digits of a normal number, the hidden one included.
    digits: u32,
    /// Bias of its exponent.
    bias: i32,
    /// Largest finite number.
    largest: f64,
    /// Bits of NaN.
    nan: u32,
    /// Bits of infinity, or of NaN where there is none.
    infinity: u32,
    /// Whether zero has a sign.
    has_minus_zero: bool,
}

const F32: Format = Format {
    digits: 24,
    bias: 127,
    largest: f32::MAX as f64,
    nan: 0x7fc0_0000,
    infinity: 0x7f80_0000,
    has_minus_zero: true,
};
const BF16: Format =
    Format { digits: 8, largest: 3.389_531_389_251_535_5e38, nan: 0x7fc0, infinity: 0x7f80, ..F32 };
const F16: Format = Format {
    digits: 11,
    bias: 15,
    largest: 65504.0,
    nan: 0x7e00,
    infinity: 0x7c00,
    has_minus_zero: true,
};
const E5M2: Format = Format { digits: 3, largest: 57344.0, nan: 0x7f, infinity: 0x7c, ..F16 };
const E4M3: Format =
    Format { digits: 4, bias: 7, largest: 448.0, nan: 0x7f, infinity: 0x7f, has_minus_zero: true };
const E4M3FNUZ: Format =
    Format { digits: 4, bias: 8, largest: 240.0, nan: 0x80, infinity: 0x80, has_minus_zero: false };
const E5M2FNUZ: Format = Format { digits: 3, bias: 16, largest: 57344.0, ..E4M3FNUZ };

/// Exponent of an `f64`.
const EXPONENT: u64 = 0x7ff << 52;
/// Numbers that are looked at together for what needs care.
const CHUNK: usize = 32;

/// Whether numbers can be stored as `dtype`.
pub fn is_encodable(dtype: Dtype) -> bool {
    dtype == Dtype::F64 || format(dtype).is_some()
}

fn format(dtype: Dtype) -> Option<(&'static Format, usize)> {
    Some(match dtype {
        Dtype::F32 => (&F32, 4),
        Dtype::F16 => (&F16, 2),
        Dtype::BF16 => (&BF16, 2),
        Dtype::F8_E4M3 => (&E4M3, 1),
        Dtype::F8_E5M2 => (&E5M2, 1),
        Dtype::F8_E4M3FNUZ => (&E4M3FNUZ, 1),
        Dtype::F8_E5M2FNUZ => (&E5M2FNUZ, 1),
        _ => return None,
    })
}

/// Writes `values` to `to`, little-endian, each rounded once to nearest (ties to even), and returns
/// how many were finite and too large: they become the largest finite number. Infinities and NaN
/// stay what they are, as far as the format has them.
///
/// # Panics
/// When `dtype` is not [encodable](is_encodable), or `to` does not hold exactly as many.
pub fn encode(dtype: Dtype, values: &[f64], to: &mut [u8]) -> u64 {
    if dtype == Dtype::F64 {
        let (elements, rest) = to.as_chunks_mut::<8>();
        assert!(rest.is_empty() && elements.len() == values.len());
        for (element, value) in elements.iter_mut().zip(values) {
            *element = value.to_le_bytes();
        }
        return 0;
    }
    let (format, bytes) = format(dtype).expect("the caller asks whether it can be encoded");
    assert_eq!(to.len(), values.len() * bytes);
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the instructions are there.
        return unsafe { avx2(format, bytes, values, to) };
    }
    portable(format, bytes, values, to)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(format: &Format, bytes: usize, values: &[f64], to: &mut [u8]) -> u64 {
    portable(format, bytes, values, to)
}

#[inline(always)]
fn portable(format: &Format, bytes: usize, values: &[f64], to: &mut [u8]) -> u64 {
    match bytes {
        1 => narrow::<1>(format, values, to),
        2 => narrow::<2>(format, values, to),
        _ => narrow::<4>(format, values, to),
    }
}

#[inline(always)]
fn narrow<const BYTES: usize>(format: &Format, values: &[f64], to: &mut [u8]) -> u64 {
    // exponents beyond those of normal `f64` do not occur: no bias is larger than 127
    let power = |exponent: i32| f64::from_bits(((exponent + 1023) as u64) << 52);
    let least = power(1 - format.bias);
    let scale = power(format.bias - 127);
    let lost_digits = u64::from(53 - format.digits) << 52;
    let shift = format.digits_shift();
    let sign_shift = 64 - 8 * BYTES as u32;
    let mut overflows = 0;
    let (elements, _) = to.as_chunks_mut::<BYTES>();
    for (values, elements) in values.chunks(CHUNK).zip(elements.chunks_mut(CHUNK)) {
        let mut fits = true;
        for (value, element) in values.iter().zip(elements.iter_mut()) {
            let magnitude = value.abs();
            let normal = if magnitude > least { magnitude } else { least };
            let large = f64::from_bits((normal.to_bits() & EXPONENT).wrapping_add(lost_digits));
            let rounded = (magnitude + large) - large;
            // NaN is below nothing
            fits &= rounded <= format.largest;
            fits &= magnitude <= 2.0 * format.largest;
            let mut bits = ((rounded * scale) as f32).to_bits() >> shift;
            let sign = ((value.to_bits() & (1 << 63)) >> sign_shift) as u32;
            if format.has_minus_zero || bits != 0 {
                bits |= sign;
            }
            element.copy_from_slice(&bits.to_le_bytes()[..BYTES]);
        }
        if !fits {
            for (value, element) in values.iter().zip(elements) {
                if let Some((bits, is_overflow)) = special(format, shift, least, *value) {
                    let sign = ((value.to_bits() & (1 << 63)) >> sign_shift) as u32;
                    element.copy_from_slice(&(bits | sign).to_le_bytes()[..BYTES]);
                    overflows += u64::from(is_overflow);
                }
            }
        }
    }
    overflows
}

/// Bits without their sign of a number that is not finite or too large, and whether it is the
/// latter.
#[cold]
fn special(format: &Format, shift: u32, least: f64, value: f64) -> Option<(u32, bool)> {
    if value.is_nan() {
        return Some((format.nan, false));
    }
    if value.is_infinite() {
        return Some((format.infinity, false));
    }
    let magnitude = value.abs();
    let lost_digits = u64::from(53 - format.digits) << 52;
    let normal = magnitude.max(least);
    let large = f64::from_bits((normal.to_bits() & EXPONENT).wrapping_add(lost_digits));
    let fits = magnitude <= 2.0 * format.largest && (magnitude + large) - large <= format.largest;
    let scale = f64::from_bits(((format.bias - 127 + 1023) as u64) << 52);
    (!fits).then(|| (((format.largest * scale) as f32).to_bits() >> shift, true))
}

impl Format {
    /// Digits that an `f32` has and it does not.
    fn digits_shift(&self) -> u32 {
        24 - self.digits
    }
}

#[cfg(test)]
mod tests {
    use half::{bf16, f16};

    use super::*;
    use crate::decode::widen;

    const NARROW: [(Dtype, u32); 6] = [
        (Dtype::F16, 16),
        (Dtype::BF16, 16),
        (Dtype::F8_E4M3, 8),
        (Dtype::F8_E5M2, 8),
        (Dtype::F8_E4M3FNUZ, 8),
        (Dtype::F8_E5M2FNUZ, 8),
    ];

    fn stored(dtype: Dtype, value: f64) -> (u32, u64) {
        let mut to = [0; 4];
        let bytes = size(dtype);
        let overflows = encode(dtype, &[value], &mut to[..bytes]);
        (u32::from_le_bytes(to), overflows)
    }

    fn size(dtype: Dtype) -> usize {
        crate::dtype::size_bytes(dtype).unwrap() as usize
    }

    fn meant(dtype: Dtype, bits: u32) -> f64 {
        let mut value = [0.0];
        widen(dtype, &bits.to_le_bytes()[..size(dtype)], &mut value);
        f64::from(value[0])
    }

    /// Every number of a format stays what it is, and all between two neighbours becomes the nearer
    /// one: the one whose last bit is zero in the middle.
    #[test]
    fn numbers_become_the_nearest_of_the_format() {
        for (dtype, width) in NARROW {
            let largest = format(dtype).unwrap().0.largest;
            let sign = 1 << (width - 1);
            let mut finite = 0;
            for bits in 0..sign {
                let value = meant(dtype, bits);
                if !value.is_finite() {
                    continue;
                }
                finite += 1;
                assert_eq!(stored(dtype, value), (bits, 0), "{dtype} {bits:x}");
                let has_minus_zero = format(dtype).unwrap().0.has_minus_zero || bits != 0;
                let minus = if has_minus_zero { bits | sign } else { bits };
                assert_eq!(stored(dtype, -value), (minus, 0), "{dtype} -{bits:x}");
                if value >= largest {
                    continue;
                }
                let next = meant(dtype, bits + 1);
                let middle = f64::midpoint(value, next);
                let even = bits + (bits & 1);
                assert_eq!(stored(dtype, middle), (even, 0), "{dtype} {bits:x}");
                assert_eq!(stored(dtype, middle.next_down()), (bits, 0), "{dtype} {bits:x}");
                assert_eq!(stored(dtype, middle.next_up()), (bits + 1, 0), "{dtype} {bits:x}");
            }
            assert!(finite > sign / 2);
        }
    }

    #[test]
    fn halves_are_those_of_another_library() {
        let mut state = 1_u64;
        for _ in 0..200_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            // exponents from 2⁻⁴⁰ to 2¹⁵, where nothing overflows
            let exponent = 1023 - 40 + (state >> 20) % 55;
            let value = f64::from_bits((state & (1 << 63)) | (exponent << 52) | (state >> 12));
            let value = if value.abs() > 65504.0 { value / 4.0 } else { value };
            assert_eq!(stored(Dtype::F32, value).0, (value as f32).to_bits());
            // of an `f64` the library rounds twice
            let single = value as f32;
            let value = f64::from(single);
            assert_eq!(stored(Dtype::F16, value).0, u32::from(f16::from_f32(single).to_bits()));
            assert_eq!(stored(Dtype::BF16, value).0, u32::from(bf16::from_f32(single).to_bits()));
        }
        for value in [f64::from(f32::MIN_POSITIVE) / 3.0, 1e-46, 0.0, -0.0, 2.5e-45] {
            assert_eq!(stored(Dtype::F32, value).0, (value as f32).to_bits());
        }
    }

    #[test]
    fn what_is_too_large_is_counted_and_becomes_the_largest() {
        for (dtype, _) in NARROW.into_iter().chain([(Dtype::F32, 32)]) {
            let largest = format(dtype).unwrap().0.largest;
            let (bits, _) = stored(dtype, largest);
            for value in [largest * 1.25, largest * 2.5, 1e300, f64::MAX] {
                assert_eq!(stored(dtype, value), (bits, 1), "{dtype} {value:e}");
            }
            let mut to = vec![0; 40 * size(dtype)];
            let mut values = [1.0; 40];
            (values[3], values[35]) = (f64::MAX, f64::MIN);
            assert_eq!(encode(dtype, &values, &mut to), 2);
            assert_eq!(meant(dtype, stored(dtype, -1e300).0).to_bits(), (-largest).to_bits());
            assert!(meant(dtype, stored(dtype, f64::NAN).0).is_nan());
            let infinite = meant(dtype, stored(dtype, f64::NEG_INFINITY).0);
            assert!(infinite.is_nan() || (infinite.is_infinite() && infinite < 0.0));
            assert_eq!(stored(dtype, f64::INFINITY).1, 0);
        }
        let mut wide = [0; 8];
        assert_eq!(encode(Dtype::F64, &[1e300], &mut wide), 0);
        assert_eq!(f64::from_le_bytes(wide).to_bits(), 1e300_f64.to_bits());
        assert!(!is_encodable(Dtype::I8) && is_encodable(Dtype::F64));
    }
}
