//! From f32 values to the little-endian bytes of a dtype, and to what a reader will see.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use safetensors::Dtype;

use crate::f8;

/// Bytes of one element of a dtype this crate writes.
pub(crate) fn item_bytes(dtype: Dtype) -> u64 {
    dtype.bitsize() as u64 / 8
}

/// Encodes values; keeps its scratch space between calls.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    f16: Vec<f16>,
    bf16: Vec<bf16>,
}

impl Encoder {
    /// Appends `values` as `dtype` to `out`, if given, and replaces them by what a reader of that
    /// dtype sees.
    pub fn store(&mut self, values: &mut [f32], dtype: Dtype, out: Option<&mut Vec<u8>>) {
        match dtype {
            Dtype::F16 => {
                self.f16.resize(values.len(), f16::ZERO);
                self.f16.convert_from_f32_slice(values);
                append(out, &self.f16, |half| half.to_le_bytes());
                self.f16.convert_to_f32_slice(values);
            }
            Dtype::BF16 => {
                self.bf16.resize(values.len(), bf16::ZERO);
                self.bf16.convert_from_f32_slice(values);
                append(out, &self.bf16, |half| half.to_le_bytes());
                self.bf16.convert_to_f32_slice(values);
            }
            Dtype::F8_E4M3 => through_f8(values, out, f8::to_e4m3, f8::from_e4m3),
            Dtype::F8_E5M2 => through_f8(values, out, f8::to_e5m2, f8::from_e5m2),
            Dtype::F64 => append(out, values, |value| f64::from(*value).to_le_bytes()),
            Dtype::I64 => append(out, values, |value| (*value as i64).to_le_bytes()),
            Dtype::U64 => append(out, values, |value| (*value as u64).to_le_bytes()),
            Dtype::I32 => append(out, values, |value| (*value as i32).to_le_bytes()),
            Dtype::U32 => append(out, values, |value| (*value as u32).to_le_bytes()),
            Dtype::I16 => append(out, values, |value| (*value as i16).to_le_bytes()),
            Dtype::U16 => append(out, values, |value| (*value as u16).to_le_bytes()),
            Dtype::I8 => append(out, values, |value| (*value as i8).to_le_bytes()),
            Dtype::U8 => append(out, values, |value| (*value as u8).to_le_bytes()),
            Dtype::BOOL => append(out, values, |value| [u8::from(*value != 0.0)]),
            _ => append(out, values, |value| value.to_le_bytes()),
        }
    }
}

/// Whether [`Encoder::store`] knows a dtype.
pub(crate) fn is_supported(dtype: Dtype) -> bool {
    use Dtype::{
        BF16, BOOL, F8_E4M3, F8_E5M2, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64,
    };
    matches!(
        dtype,
        F64 | F32
            | F16
            | BF16
            | F8_E4M3
            | F8_E5M2
            | I64
            | U64
            | I32
            | U32
            | I16
            | U16
            | I8
            | U8
            | BOOL
    )
}

fn append<T, const N: usize>(
    out: Option<&mut Vec<u8>>,
    items: &[T],
    bytes: impl Fn(&T) -> [u8; N],
) {
    let Some(out) = out else { return };
    let start = out.len();
    out.resize(start + items.len() * N, 0);
    for (slot, item) in out[start..].chunks_exact_mut(N).zip(items) {
        slot.copy_from_slice(&bytes(item));
    }
}

fn through_f8(
    values: &mut [f32],
    out: Option<&mut Vec<u8>>,
    narrow: fn(f32) -> u8,
    widen: fn(u8) -> f32,
) {
    append(out, values, |value| [narrow(*value)]);
    for value in values {
        *value = widen(narrow(*value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_each_dtype_little_endian_and_reads_it_back() {
        let mut encoder = Encoder::default();
        for (dtype, bytes, seen) in [
            (Dtype::F32, vec![0xCD, 0xCC, 0x4C, 0xBF], -0.8),
            (Dtype::F64, (-f64::from(0.8_f32)).to_le_bytes().to_vec(), -0.8),
            (Dtype::F16, f16::from_f32(-0.8).to_le_bytes().to_vec(), -0.799_804_7),
            (Dtype::BF16, bf16::from_f32(-0.8).to_le_bytes().to_vec(), -0.800_781_25),
            (Dtype::F8_E4M3, vec![0xB5], -0.8125),
            (Dtype::F8_E5M2, vec![0xBA], -0.75),
        ] {
            let mut values = [-0.8_f32];
            let mut out = vec![9];
            encoder.store(&mut values, dtype, Some(&mut out));
            assert_eq!((&out[1..], values[0]), (&bytes[..], seen), "{dtype:?}");
            assert_eq!(bytes.len() as u64, item_bytes(dtype));
        }
    }

    #[test]
    fn stores_whole_numbers() {
        let mut out = Vec::new();
        Encoder::default().store(&mut [3.0, 76.0], Dtype::I64, Some(&mut out));
        assert_eq!(out, [3_i64.to_le_bytes(), 76_i64.to_le_bytes()].concat());
    }
}
