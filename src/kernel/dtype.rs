//! What the comparison needs to know about a stored number format.
//!
//! The formats themselves are [`safetensors::Dtype`]; this module adds the facts the crate does
//! not carry: which of them hold numbers we compare, and which are whole numbers.

pub use safetensors::Dtype;

/// How a dtype takes part in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Real numbers: count in every figure.
    Float,
    /// Whole numbers and booleans (`position_ids` and the like): count in the column cosine
    /// only, because their size would dominate the Gram figures of a small model.
    Integer,
    /// Formats that mean nothing without their neighbours (4- and 6-bit blocks, shared
    /// exponents) or that are not real (complex): listed, never compared.
    Opaque,
}

/// The class of `dtype`.
pub fn class(dtype: Dtype) -> Class {
    match dtype {
        Dtype::F64
        | Dtype::F32
        | Dtype::F16
        | Dtype::BF16
        | Dtype::F8_E4M3
        | Dtype::F8_E5M2
        | Dtype::F8_E4M3FNUZ
        | Dtype::F8_E5M2FNUZ => Class::Float,
        Dtype::BOOL
        | Dtype::U8
        | Dtype::I8
        | Dtype::U16
        | Dtype::I16
        | Dtype::U32
        | Dtype::I32
        | Dtype::U64
        | Dtype::I64 => Class::Integer,
        // `Dtype` is non-exhaustive: whatever comes next is opaque until it is decoded here.
        _ => Class::Opaque,
    }
}

/// Bytes of one element, or `None` where elements are not whole bytes.
pub fn size_bytes(dtype: Dtype) -> Option<u64> {
    let bits = dtype.bitsize() as u64;
    bits.is_multiple_of(8).then_some(bits / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compared_dtypes_have_whole_bytes() {
        for dtype in [Dtype::F64, Dtype::F16, Dtype::BF16, Dtype::F8_E4M3FNUZ, Dtype::BOOL] {
            assert_ne!(class(dtype), Class::Opaque);
            assert!(size_bytes(dtype).is_some());
        }
        assert_eq!(size_bytes(Dtype::F6_E2M3), None);
        assert_eq!(class(Dtype::F4), Class::Opaque);
        assert_eq!(class(Dtype::C64), Class::Opaque);
    }
}
