//! WebAssembly vectors: eight elements at a time.

use core::arch::wasm32::{
    f32x4_sub, i8x16_shuffle, i16x8_add, i16x8_sub, i32x4_add, u16x8_ge, u16x8_shl, u16x8_shr,
    u16x8_splat, u32x4_extend_high_u16x8, u32x4_extend_low_u16x8, u32x4_ge, u32x4_lt, u32x4_shl,
    u32x4_splat, v128, v128_and, v128_any_true, v128_bitselect, v128_load, v128_or, v128_store,
};

use super::{Decoder, each_row, scalar};
use crate::dtype::Dtype;

pub(super) fn decoder(dtype: Dtype) -> Option<Decoder> {
    match dtype {
        Dtype::F16 => Some(|src, stride, row, dst| {
            each_row(src, stride, row, 2, dst, |src, dst| eight(src, dst, f16x8, scalar::f16));
        }),
        Dtype::BF16 => Some(|src, stride, row, dst| {
            each_row(src, stride, row, 2, dst, |src, dst| eight(src, dst, bf16x8, scalar::bf16));
        }),
        // tables for F8, plain loops for the rest: the compiler does as well
        _ => None,
    }
}

#[inline(always)]
fn eight(
    src: &[u8],
    dst: &mut [f32],
    wide: impl Fn(v128) -> [v128; 2],
    tail: impl Fn(&[u8], &mut [f32]),
) {
    let (from, from_rest) = src.as_chunks::<16>();
    let (to, to_rest) = dst.as_chunks_mut::<8>();
    for (from, to) in from.iter().zip(to) {
        // SAFETY: the references cover the 16 bytes read and the 32 written; any alignment will do.
        unsafe {
            let [low, high] = wide(v128_load(from.as_ptr().cast()));
            let to: *mut v128 = to.as_mut_ptr().cast();
            v128_store(to, low);
            v128_store(to.add(1), high);
        }
    }
    if !to_rest.is_empty() {
        tail(from_rest, to_rest);
    }
}

/// `bf16` is the upper half of an `f32`.
#[inline(always)]
fn bf16x8(x: v128) -> [v128; 2] {
    let zero = u16x8_splat(0);
    interleave(zero, x)
}

/// Normal numbers differ from `f32` in the exponent's bias and width only, so both 16-bit halves
/// of the result are made in 16-bit lanes and interleaved. Zeros, subnormals, infinities and NaN
/// take the slower way, which is exact for all.
#[inline(always)]
fn f16x8(x: v128) -> [v128; 2] {
    let magnitude = v128_and(x, u16x8_splat(0x7fff));
    // exponents 1…30, as one unsigned comparison
    let special = u16x8_ge(i16x8_sub(magnitude, u16x8_splat(0x0400)), u16x8_splat(0x7800));
    if v128_any_true(special) {
        return [any_f16x4(u32x4_extend_low_u16x8(x)), any_f16x4(u32x4_extend_high_u16x8(x))];
    }
    let sign = v128_and(x, u16x8_splat(0x8000));
    // (127 - 15) << 7 rebiases the exponent in the upper half
    let upper = v128_or(sign, i16x8_add(u16x8_shr(magnitude, 3), u16x8_splat(0x3800)));
    let lower = u16x8_shl(x, 13);
    interleave(lower, upper)
}

#[inline(always)]
fn interleave(lower: v128, upper: v128) -> [v128; 2] {
    [
        i8x16_shuffle::<0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23>(lower, upper),
        i8x16_shuffle::<8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31>(lower, upper),
    ]
}

/// Four `f16` in 32-bit lanes, of any kind. Subnormals are normalised by a subtraction, because
/// multiplying a subnormal `f32` costs over a hundred cycles on some processors.
#[inline(always)]
fn any_f16x4(x: v128) -> v128 {
    let sign = u32x4_shl(v128_and(x, u32x4_splat(0x8000)), 16);
    let shifted = u32x4_shl(v128_and(x, u32x4_splat(0x7fff)), 13);
    let rebias = u32x4_splat(112 << 23);
    let infinite = u32x4_ge(shifted, u32x4_splat(31 << 23));
    let normal = i32x4_add(i32x4_add(shifted, rebias), v128_and(infinite, rebias));
    // 2^-14 · (1 + m) - 2^-14 = 2^-14 · m
    let one_up = i32x4_add(normal, u32x4_splat(1 << 23));
    let subnormal = f32x4_sub(one_up, u32x4_splat(113 << 23));
    let small = u32x4_lt(shifted, u32x4_splat(1 << 23));
    v128_or(sign, v128_bitselect(subnormal, normal, small))
}
