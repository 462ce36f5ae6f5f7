//! From stored numbers to `f32`, exactly.
//!
//! Every dtype that is compared widens to `f32` without loss, except `F64` and the wide integers,
//! which are rounded to nearest even as a plain conversion does. `F8_E4M3` is the finite-only
//! variant ("FN": no infinities, `0x7f` and `0xff` are NaN), `F8_E5M2` is IEEE-like; the FNUZ
//! variants have one zero, one NaN (`0x80`) and a bias larger by one.
//!
//! `scalar` is the definition. The wide versions handle whole vectors and leave the rest to it;
//! all of them agree bit for bit, NaN payloads aside.

pub mod blocks;
mod f8;
pub mod packed;
mod scalar;
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
mod simd128;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86_64;

use crate::dtype::Dtype;

/// Widens a rectangle of little-endian elements to `dst`, packed: rows of `row_elements`, the
/// first at the start of `src`, each `stride_bytes` after the one before.
///
/// One call for many rows, because a call through a pointer costs as much as a short row.
pub type Decoder = fn(src: &[u8], stride_bytes: usize, row_elements: usize, dst: &mut [f32]);

/// The fastest decoder for `dtype` on this machine, or `None` for a dtype that is not compared.
pub fn decoder(dtype: Dtype) -> Option<Decoder> {
    wide(dtype).or_else(|| scalar::decoder(dtype))
}

/// Widens all of `src`, which holds exactly as many elements as `dst`.
///
/// # Panics
/// When `dtype` is not compared.
pub fn widen(dtype: Dtype, src: &[u8], dst: &mut [f32]) {
    let decoder = decoder(dtype).expect("only compared dtypes are decoded");
    if !dst.is_empty() {
        decoder(src, src.len(), dst.len(), dst);
    }
}

/// Calls `row` with each row of a rectangle; see [`Decoder`].
#[inline(always)]
fn each_row(
    src: &[u8],
    stride_bytes: usize,
    row_elements: usize,
    element_bytes: usize,
    dst: &mut [f32],
    row: impl Fn(&[u8], &mut [f32]),
) {
    let row_bytes = row_elements * element_bytes;
    if stride_bytes == row_bytes {
        return row(&src[..dst.len() * element_bytes], dst);
    }
    for (index, dst) in dst.chunks_exact_mut(row_elements).enumerate() {
        row(&src[index * stride_bytes..][..row_bytes], dst);
    }
}

#[cfg(target_arch = "wasm32")]
fn wide(dtype: Dtype) -> Option<Decoder> {
    simd128::decoder(dtype)
}

#[cfg(target_arch = "x86_64")]
fn wide(dtype: Dtype) -> Option<Decoder> {
    x86_64::decoder(dtype)
}

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
fn wide(_: Dtype) -> Option<Decoder> {
    None
}

#[cfg(test)]
mod tests;
