//! Every pattern of every narrow format, every decoder against an oracle that shares no code.

use half::{bf16, f16};

use super::{decoder, scalar, widen};
use crate::dtype::Dtype;

/// All compared dtypes.
const ALL: [Dtype; 17] = [
    Dtype::F64,
    Dtype::F32,
    Dtype::F16,
    Dtype::BF16,
    Dtype::F8_E4M3,
    Dtype::F8_E5M2,
    Dtype::F8_E4M3FNUZ,
    Dtype::F8_E5M2FNUZ,
    Dtype::BOOL,
    Dtype::U8,
    Dtype::I8,
    Dtype::U16,
    Dtype::I16,
    Dtype::U32,
    Dtype::I32,
    Dtype::U64,
    Dtype::I64,
];

fn decode(dtype: Dtype, src: &[u8]) -> Vec<f32> {
    let mut dst = vec![0.0; src.len() * 8 / dtype.bitsize()];
    widen(dtype, src, &mut dst);
    dst
}

fn assert_same(got: f32, want: f32, what: &str) {
    assert!(
        got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan()),
        "{what}: {got:?} is not {want:?}"
    );
}

#[test]
fn all_f16_and_bf16_patterns() {
    let src: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    let (halves, brains) = (decode(Dtype::F16, &src), decode(Dtype::BF16, &src));
    for bits in 0..=u16::MAX {
        let index = usize::from(bits);
        assert_same(halves[index], f16::from_bits(bits).to_f32(), "f16");
        assert_same(brains[index], bf16::from_bits(bits).to_f32(), "bf16");
    }
}

/// Each pattern alone among ordinary neighbours, in each lane: the wide versions branch per vector.
#[test]
fn f16_patterns_do_not_disturb_their_neighbours() {
    for bits in (0..=u16::MAX).step_by(7) {
        for lane in 0..8 {
            let mut patterns = [0x3c01_u16; 8];
            patterns[lane] = bits;
            let src: Vec<u8> = patterns.iter().flat_map(|p| p.to_le_bytes()).collect();
            for (got, pattern) in decode(Dtype::F16, &src).iter().zip(patterns) {
                assert_same(*got, f16::from_bits(pattern).to_f32(), "f16 in a vector");
            }
        }
    }
}

/// An 8-bit float from its fields, in `f64` arithmetic.
fn f8_oracle(byte: u8, exponent_bits: i32, bias: i32) -> f64 {
    let mantissa_bits = 7 - exponent_bits;
    let exponent = i32::from(byte & 0x7f) >> mantissa_bits;
    let mantissa = f64::from(i32::from(byte) & ((1 << mantissa_bits) - 1));
    let fraction = mantissa / f64::from(1 << mantissa_bits);
    let magnitude = if exponent == 0 {
        fraction * 2_f64.powi(1 - bias)
    } else {
        (1.0 + fraction) * 2_f64.powi(exponent - bias)
    };
    if byte & 0x80 == 0 { magnitude } else { -magnitude }
}

/// Dtype, exponent bits, bias, and which patterns are NaN.
type Format = (Dtype, i32, i32, fn(u8) -> bool);

#[test]
fn all_f8_patterns() {
    let src: Vec<u8> = (0..=u8::MAX).collect();
    let formats: [Format; 4] = [
        (Dtype::F8_E4M3, 4, 7, |byte| byte & 0x7f == 0x7f),
        (Dtype::F8_E5M2, 5, 15, |byte| byte & 0x7f > 0x7c),
        (Dtype::F8_E4M3FNUZ, 4, 8, |byte| byte == 0x80),
        (Dtype::F8_E5M2FNUZ, 5, 16, |byte| byte == 0x80),
    ];
    for (dtype, exponent_bits, bias, is_nan) in formats {
        for (byte, got) in (0..=u8::MAX).zip(decode(dtype, &src)) {
            let want = if is_nan(byte) {
                f64::NAN
            } else if dtype == Dtype::F8_E5M2 && byte & 0x7f == 0x7c {
                f64::INFINITY.copysign(if byte & 0x80 == 0 { 1.0 } else { -1.0 })
            } else {
                f8_oracle(byte, exponent_bits, bias)
            };
            assert_same(got, want as f32, &format!("{dtype} {byte:#04x}"));
        }
    }
}

#[test]
fn known_f8_values() {
    assert_eq!(decode(Dtype::F8_E4M3, &[0x7e, 0x01, 0x38]), [448.0, 0.001_953_125, 1.0]);
    assert_eq!(decode(Dtype::F8_E5M2, &[0x7b, 0x3c, 0xfc]), [57_344.0, 1.0, f32::NEG_INFINITY]);
    assert_eq!(decode(Dtype::F8_E4M3FNUZ, &[0x7f, 0x40]), [240.0, 1.0]);
    assert_eq!(decode(Dtype::F8_E5M2FNUZ, &[0x7f, 0x40]), [57_344.0, 1.0]);
}

#[test]
fn wide_floats() {
    let values = [0.0, -0.0, 1.5, 1e-45, -1e300, 1e39, f64::NAN, f64::NEG_INFINITY, 0.1];
    let src: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    for (got, want) in decode(Dtype::F64, &src).iter().zip(values) {
        assert_same(*got, want as f32, "f64");
    }
    let src: Vec<u8> = values.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect();
    for (got, want) in decode(Dtype::F32, &src).iter().zip(values) {
        assert_same(*got, want as f32, "f32");
    }
}

#[test]
fn whole_numbers_at_their_limits() {
    assert_eq!(decode(Dtype::BOOL, &[0, 1, 2]), [0.0, 1.0, 1.0]);
    assert_eq!(decode(Dtype::I8, &[0x80, 0x7f]), [-128.0, 127.0]);
    assert_eq!(decode(Dtype::U8, &[0x80, 0xff]), [128.0, 255.0]);
    assert_eq!(decode(Dtype::I16, &i16::MIN.to_le_bytes()), [-32_768.0]);
    assert_eq!(decode(Dtype::U16, &u16::MAX.to_le_bytes()), [65_535.0]);
    assert_eq!(decode(Dtype::I32, &i32::MIN.to_le_bytes()), [-2_147_483_648.0]);
    assert_eq!(decode(Dtype::U32, &u32::MAX.to_le_bytes()), [4_294_967_296.0]);
    assert_eq!(decode(Dtype::I64, &i64::MIN.to_le_bytes()), [-9_223_372_036_854_775_808.0]);
    assert_eq!(decode(Dtype::U64, &u64::MAX.to_le_bytes()), [18_446_744_073_709_551_616.0]);
    // 2^24 + 1 is the first whole number that rounds
    assert_eq!(decode(Dtype::I32, &16_777_217_i32.to_le_bytes()), [16_777_216.0]);
}

#[test]
fn every_length_agrees_with_one_by_one() {
    for dtype in ALL {
        let size = dtype.bitsize() / 8;
        let src: Vec<u8> = (0..67 * size).map(|i| (i * 37 + 11) as u8).collect();
        let mut one_by_one = vec![0.0; 67];
        scalar::decoder(dtype).expect("dtype is compared")(&src, src.len(), 67, &mut one_by_one);
        for len in 0..=67 {
            for (got, want) in decode(dtype, &src[..len * size]).iter().zip(&one_by_one) {
                assert_same(*got, *want, "prefix");
            }
        }
    }
}

#[test]
fn rectangles_agree_with_their_rows() {
    const STRIDE: usize = 21;
    for dtype in ALL {
        let size = dtype.bitsize() / 8;
        let src: Vec<u8> = (0..5 * STRIDE * size).map(|i| (i * 41 + 7) as u8).collect();
        for cols in 1..=STRIDE {
            let mut rectangle = vec![0.0; 4 * cols];
            decoder(dtype).expect("dtype is compared")(&src, STRIDE * size, cols, &mut rectangle);
            for (row, got) in rectangle.chunks_exact(cols).enumerate() {
                let want = decode(dtype, &src[row * STRIDE * size..][..cols * size]);
                for (got, want) in got.iter().zip(want) {
                    assert_same(*got, want, "rectangle");
                }
            }
        }
    }
}

#[test]
fn opaque_dtypes_have_no_decoder() {
    for dtype in [Dtype::F4, Dtype::F6_E2M3, Dtype::F8_E8M0, Dtype::C64] {
        assert!(decoder(dtype).is_none());
    }
}
