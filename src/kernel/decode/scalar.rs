//! One element at a time: the definition, the fallback and the tail of every wide version.

use half::{bf16, f16};

use super::{Decoder, each_row, f8};
use crate::dtype::Dtype;

pub(super) fn decoder(dtype: Dtype) -> Option<Decoder> {
    Some(match dtype {
        Dtype::F64 => {
            |src, stride, row, dst| rows(src, stride, row, dst, |b| f64::from_le_bytes(b) as f32)
        }
        Dtype::F32 => |src, stride, row, dst| rows(src, stride, row, dst, f32::from_le_bytes),
        Dtype::F16 => |src, stride, row, dst| each_row(src, stride, row, 2, dst, f16),
        Dtype::BF16 => |src, stride, row, dst| each_row(src, stride, row, 2, dst, bf16),
        Dtype::F8_E4M3 => |src, stride, row, dst| f8(src, stride, row, dst, &f8::E4M3),
        Dtype::F8_E5M2 => |src, stride, row, dst| f8(src, stride, row, dst, &f8::E5M2),
        Dtype::F8_E4M3FNUZ => |src, stride, row, dst| f8(src, stride, row, dst, &f8::E4M3FNUZ),
        Dtype::F8_E5M2FNUZ => |src, stride, row, dst| f8(src, stride, row, dst, &f8::E5M2FNUZ),
        Dtype::BOOL => |src, stride, row, dst| {
            rows(src, stride, row, dst, |[b]: [u8; 1]| f32::from(u8::from(b != 0)));
        },
        Dtype::U8 => {
            |src, stride, row, dst| rows(src, stride, row, dst, |[b]: [u8; 1]| f32::from(b))
        }
        Dtype::I8 => {
            |src, stride, row, dst| rows(src, stride, row, dst, |b| f32::from(i8::from_le_bytes(b)))
        }
        Dtype::U16 => |src, stride, row, dst| {
            rows(src, stride, row, dst, |b| f32::from(u16::from_le_bytes(b)));
        },
        Dtype::I16 => |src, stride, row, dst| {
            rows(src, stride, row, dst, |b| f32::from(i16::from_le_bytes(b)));
        },
        Dtype::U32 => {
            |src, stride, row, dst| rows(src, stride, row, dst, |b| u32::from_le_bytes(b) as f32)
        }
        Dtype::I32 => {
            |src, stride, row, dst| rows(src, stride, row, dst, |b| i32::from_le_bytes(b) as f32)
        }
        Dtype::U64 => {
            |src, stride, row, dst| rows(src, stride, row, dst, |b| u64::from_le_bytes(b) as f32)
        }
        Dtype::I64 => {
            |src, stride, row, dst| rows(src, stride, row, dst, |b| i64::from_le_bytes(b) as f32)
        }
        _ => return None,
    })
}

pub(super) fn f16(src: &[u8], dst: &mut [f32]) {
    each(src, dst, |b| f16::from_le_bytes(b).to_f32());
}

pub(super) fn bf16(src: &[u8], dst: &mut [f32]) {
    each(src, dst, |b| bf16::from_le_bytes(b).to_f32());
}

fn f8(src: &[u8], stride_bytes: usize, row_elements: usize, dst: &mut [f32], table: &f8::Table) {
    rows(src, stride_bytes, row_elements, dst, |[b]: [u8; 1]| table[usize::from(b)]);
}

#[inline(always)]
fn rows<const BYTES: usize>(
    src: &[u8],
    stride_bytes: usize,
    row_elements: usize,
    dst: &mut [f32],
    widen: impl Fn([u8; BYTES]) -> f32,
) {
    each_row(src, stride_bytes, row_elements, BYTES, dst, |src, dst| each(src, dst, &widen));
}

#[inline(always)]
fn each<const BYTES: usize>(src: &[u8], dst: &mut [f32], widen: impl Fn([u8; BYTES]) -> f32) {
    let (elements, rest) = src.as_chunks::<BYTES>();
    debug_assert!(rest.is_empty() && elements.len() == dst.len());
    for (wide, &element) in dst.iter_mut().zip(elements) {
        *wide = widen(element);
    }
}
