//! Stored numbers: the fast decoders against the plainest possible ones.

use half::{bf16, f16};
use weightkin::decode::{decoder, widen};
use weightkin::dtype::{Class, Dtype, class};

const DTYPES: [Dtype; 22] = [
    Dtype::BOOL,
    Dtype::F4,
    Dtype::F6_E2M3,
    Dtype::F6_E3M2,
    Dtype::U8,
    Dtype::I8,
    Dtype::F8_E5M2,
    Dtype::F8_E4M3,
    Dtype::F8_E8M0,
    Dtype::F8_E4M3FNUZ,
    Dtype::F8_E5M2FNUZ,
    Dtype::I16,
    Dtype::U16,
    Dtype::F16,
    Dtype::BF16,
    Dtype::I32,
    Dtype::U32,
    Dtype::F32,
    Dtype::C64,
    Dtype::F64,
    Dtype::I64,
    Dtype::U64,
];

/// The first byte of `data` chooses the dtype, the second how far the numbers are from an aligned
/// address; the rest are numbers.
pub fn decode(data: &[u8]) {
    let [dtype, skip, stored @ ..] = data else { return };
    let dtype = DTYPES[usize::from(*dtype) % DTYPES.len()];
    if decoder(dtype).is_none() {
        assert_eq!(class(dtype), Class::Opaque);
        return;
    }
    let bytes = dtype.bitsize() / 8;
    let stored = stored.get(usize::from(skip % 64)..).unwrap_or_default();
    let stored = &stored[..stored.len() / bytes * bytes];
    let mut decoded = vec![f32::NAN; stored.len() / bytes];
    widen(dtype, stored, &mut decoded);
    for (stored, got) in stored.chunks_exact(bytes).zip(decoded) {
        let want = plainly(dtype, stored);
        let same = got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan());
        assert!(same, "{dtype} {stored:02x?}: {got} is not {want}");
    }
}

fn plainly(dtype: Dtype, stored: &[u8]) -> f32 {
    let byte = stored[0];
    macro_rules! of {
        ($type:ty) => {
            <$type>::from_le_bytes(stored.try_into().expect("the right length"))
        };
    }
    match dtype {
        Dtype::F64 => of!(f64) as f32,
        Dtype::F32 => of!(f32),
        Dtype::F16 => of!(f16).to_f32(),
        Dtype::BF16 => of!(bf16).to_f32(),
        Dtype::F8_E4M3 if byte & 0x7f == 0x7f => f32::NAN,
        Dtype::F8_E4M3 => eight(byte, 3, 7),
        Dtype::F8_E5M2 if byte & 0x7f > 0x7c => f32::NAN,
        Dtype::F8_E5M2 if byte & 0x7f == 0x7c => f32::INFINITY.copysign(sign(byte)),
        Dtype::F8_E5M2 => eight(byte, 2, 15),
        Dtype::F8_E4M3FNUZ | Dtype::F8_E5M2FNUZ if byte == 0x80 => f32::NAN,
        Dtype::F8_E4M3FNUZ => eight(byte, 3, 8),
        Dtype::F8_E5M2FNUZ => eight(byte, 2, 16),
        Dtype::BOOL => f32::from(u8::from(byte != 0)),
        Dtype::U8 => f32::from(byte),
        Dtype::I8 => of!(i8).into(),
        Dtype::U16 => of!(u16).into(),
        Dtype::I16 => of!(i16).into(),
        Dtype::U32 => of!(u32) as f32,
        Dtype::I32 => of!(i32) as f32,
        Dtype::U64 => of!(u64) as f32,
        Dtype::I64 => of!(i64) as f32,
        other => unreachable!("{other} is not compared"),
    }
}

fn sign(byte: u8) -> f32 {
    if byte & 0x80 == 0 { 1.0 } else { -1.0 }
}

/// An eight-bit float with `mantissa` bits, by the textbook.
fn eight(byte: u8, mantissa: u32, bias: i32) -> f32 {
    let fraction = f32::from(byte & ((1 << mantissa) - 1)) / (1 << mantissa) as f32;
    let exponent = i32::from((byte & 0x7f) >> mantissa);
    let size = match exponent {
        0 => fraction * 2_f32.powi(1 - bias),
        _ => (1.0 + fraction) * 2_f32.powi(exponent - bias),
    };
    size * sign(byte)
}
