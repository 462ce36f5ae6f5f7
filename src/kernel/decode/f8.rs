//! The four 8-bit floating-point formats, as tables of their 256 values.

/// Values of one 8-bit format, by bit pattern.
pub(super) type Table = [f32; 256];

/// `F8_E4M3`: 4 exponent bits, bias 7, no infinities, NaN is all ones.
pub(super) static E4M3: Table = table(4, 7, Specials::Finite);
/// `F8_E5M2`: 5 exponent bits, bias 15, infinities and NaN as in IEEE 754.
pub(super) static E5M2: Table = table(5, 15, Specials::Ieee);
/// `F8_E4M3FNUZ`: as E4M3 with bias 8; only `0x80` is NaN.
pub(super) static E4M3FNUZ: Table = table(4, 8, Specials::Unsigned);
/// `F8_E5M2FNUZ`: as E5M2 with bias 16; only `0x80` is NaN.
pub(super) static E5M2FNUZ: Table = table(5, 16, Specials::Unsigned);

#[derive(Clone, Copy)]
enum Specials {
    Ieee,
    Finite,
    Unsigned,
}

const fn table(exponent_bits: u32, bias: i32, specials: Specials) -> Table {
    let mut values = [0.0; 256];
    let mut byte = 0;
    while byte < 256 {
        values[byte] = value(byte as u8, exponent_bits, bias, specials);
        byte += 1;
    }
    values
}

const fn value(byte: u8, exponent_bits: u32, bias: i32, specials: Specials) -> f32 {
    let mantissa_bits = 7 - exponent_bits;
    let sign = if byte & 0x80 == 0 { 1.0 } else { -1.0 };
    let magnitude = byte & 0x7f;
    let exponent = (magnitude >> mantissa_bits) as i32;
    let mantissa = (magnitude & ((1 << mantissa_bits) - 1)) as f32;
    let all_ones = (1 << exponent_bits) - 1;
    match specials {
        Specials::Ieee if exponent == all_ones => {
            return if mantissa == 0.0 { sign * f32::INFINITY } else { f32::NAN };
        }
        Specials::Finite if magnitude == 0x7f => return f32::NAN,
        Specials::Unsigned if byte == 0x80 => return f32::NAN,
        _ => {}
    }
    let unit = 1.0 / (1 << mantissa_bits) as f32;
    if exponent == 0 {
        sign * mantissa * unit * power_of_two(1 - bias)
    } else {
        sign * (1.0 + mantissa * unit) * power_of_two(exponent - bias)
    }
}

/// `2^exponent` for exponents of normal `f32` numbers.
const fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127) as u32) << 23)
}
