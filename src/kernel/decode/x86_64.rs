//! `F16` through the processor's own conversion, and wider vectors for blocks, where it has them.

use std::arch::x86_64::{_mm_loadu_si128, _mm256_cvtph_ps, _mm256_storeu_ps};
use std::sync::LazyLock;

use super::blocks::{Blocks, decode_plainly};
use super::{Decoder, each_row, scalar};
use crate::dtype::Dtype;

static HAS_F16C: LazyLock<bool> =
    LazyLock::new(|| is_x86_feature_detected!("avx") && is_x86_feature_detected!("f16c"));

static HAS_AVX2: LazyLock<bool> = LazyLock::new(|| *HAS_F16C && is_x86_feature_detected!("avx2"));

/// Widens blocks with wider vectors; whether there are any.
pub(super) fn blocks(blocks: Blocks, src: &[u8], dst: &mut [f32]) -> bool {
    if *HAS_AVX2 {
        // SAFETY: the features were detected on this machine.
        unsafe { blocks_wide(blocks, src, dst) }
    }
    *HAS_AVX2
}

#[target_feature(enable = "avx2,f16c")]
fn blocks_wide(blocks: Blocks, src: &[u8], dst: &mut [f32]) {
    decode_plainly(blocks, src, dst);
}

pub(super) fn decoder(dtype: Dtype) -> Option<Decoder> {
    match dtype {
        Dtype::F16 if *HAS_F16C => Some(|src, stride, row, dst| {
            each_row(src, stride, row, 2, dst, |src, dst| {
                // SAFETY: the features were detected on this machine.
                unsafe { f16(src, dst) }
            });
        }),
        // the scalar loops of the other dtypes are vectorised by the compiler
        _ => None,
    }
}

#[target_feature(enable = "avx,f16c")]
fn f16(src: &[u8], dst: &mut [f32]) {
    let (from, from_rest) = src.as_chunks::<16>();
    let (to, to_rest) = dst.as_chunks_mut::<8>();
    for (from, to) in from.iter().zip(to) {
        // SAFETY: both references cover the 16 and 32 bytes read and written; no alignment needed.
        unsafe {
            let halves = _mm_loadu_si128(from.as_ptr().cast());
            _mm256_storeu_ps(to.as_mut_ptr(), _mm256_cvtph_ps(halves));
        }
    }
    scalar::f16(from_rest, to_rest);
}
