//! Codes of a few bits, and what they stand for.
//!
//! A quantised weight is a level, found in a small table by a code of at most eight bits, brought to
//! size by numbers that blocks of weights share. Everything here is done number by number in `f32`,
//! in the order of its arguments: the same bits on every machine.

use serde::{Deserialize, Serialize};

/// How codes are laid out in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packing {
    /// Codes of so many bits, 1 to 8, each behind the other from the lowest bit of the first byte.
    LowFirst(u8),
    /// Two in a byte, the first in the upper half.
    HighFirst,
    /// Eight in four bytes, in the order of a matrix unit: 0, 2, 4, 6, 1, 3, 5, 7.
    Interleaved,
    /// Five or six bits: the first codes of a group in the lower bits of a byte each, the others
    /// spread over their tops.
    Planar(u8),
    /// Six bits in rows of so many codes: the lower four of all, then the upper two of all.
    Split(u32),
    /// Codes of so many bits in bytes, of which there are so many: the first byte holds the first
    /// code of every slab.
    Slabs {
        /// Bits of a code.
        bits: u8,
        /// Number of bytes, which is the number of codes of a slab.
        bytes: u64,
        /// Whether the first slab is in the highest bits.
        top_first: bool,
    },
}

impl Packing {
    /// Codes of the smallest part that is made of whole bytes and can be read alone.
    pub fn unit_codes(self) -> u64 {
        match self {
            Self::LowFirst(bits) | Self::Planar(bits) => 8 >> bits.trailing_zeros().min(3),
            Self::HighFirst => 2,
            Self::Interleaved => 8,
            Self::Split(cols) => u64::from(cols),
            Self::Slabs { bits, bytes, .. } => bytes.saturating_mul(u64::from(8 / bits.max(1))),
        }
    }

    /// Bytes of that part.
    pub fn unit_bytes(self) -> u64 {
        match self {
            Self::LowFirst(bits) | Self::Planar(bits) => {
                u64::from(bits) >> bits.trailing_zeros().min(3)
            }
            Self::HighFirst => 1,
            Self::Interleaved => 4,
            Self::Split(cols) => u64::from(cols) / 4 * 3,
            Self::Slabs { bytes, .. } => bytes,
        }
    }
}

/// Unpacks the codes from the `first` on of `src`, which starts with a whole unit.
pub fn unpack(packing: Packing, src: &[u8], first: usize, codes: &mut [u8]) {
    match packing {
        Packing::LowFirst(8) => codes.copy_from_slice(&src[first..first + codes.len()]),
        Packing::LowFirst(4) => nibbles(src, first, codes, 0),
        Packing::HighFirst => nibbles(src, first, codes, 4),
        Packing::LowFirst(bits) => {
            let bits = usize::from(bits);
            each(codes, first, |index| {
                let bit = index * bits;
                let low = u16::from(src[bit / 8]);
                let high = src.get(bit / 8 + 1).copied().unwrap_or(0);
                ((low | u16::from(high) << 8) >> (bit % 8)) as u8 & ((1 << bits) - 1)
            });
        }
        Packing::Interleaved => each(codes, first, |index| {
            let nibble = [0, 4, 1, 5, 2, 6, 3, 7][index % 8];
            src[index / 8 * 4 + nibble / 2] >> (4 * (nibble % 2)) & 15
        }),
        Packing::Planar(6) => each(codes, first, |index| {
            let group = &src[index / 4 * 3..][..3];
            match index % 4 {
                3 => group[0] >> 6 << 4 | group[1] >> 6 << 2 | group[2] >> 6,
                byte => group[byte] & 63,
            }
        }),
        Packing::Planar(_) => each(codes, first, |index| planar5(src, index)),
        Packing::Split(cols) => {
            let cols = cols as usize;
            each(codes, first, |index| {
                let row = &src[index / cols * (cols / 4 * 3)..];
                let col = index % cols;
                let high = row[cols / 2 + col / 4] >> (2 * (col % 4)) & 3;
                row[col / 2] >> (4 * (col % 2)) & 15 | high << 4
            });
        }
        Packing::Slabs { bits, bytes, top_first } => {
            let (bits, bytes) = (usize::from(bits), bytes as usize);
            each(codes, first, |index| {
                let slab = index / bytes;
                let shift = if top_first { 8 - bits * (slab + 1) } else { bits * slab };
                src[index % bytes] >> shift & ((1 << bits) - 1) as u8
            });
        }
    }
}

/// Eight codes of five bits in five bytes.
fn planar5(src: &[u8], index: usize) -> u8 {
    let group = &src[index / 8 * 5..][..5];
    match index % 8 {
        5 => group[0] >> 5 | (group[3] >> 5 & 3) << 3,
        6 => group[1] >> 5 | (group[4] >> 5 & 3) << 3,
        7 => group[2] >> 5 | group[3] >> 7 << 4 | group[4] >> 7 << 3,
        byte => group[byte] & 31,
    }
}

fn nibbles(src: &[u8], first: usize, codes: &mut [u8], first_shift: usize) {
    if first.is_multiple_of(2) {
        let (pairs, rest) = codes.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(&src[first / 2..]) {
            let (low, high) = (byte & 15, byte >> 4);
            *pair = if first_shift == 0 { [low, high] } else { [high, low] };
        }
        let done = first + 2 * pairs.len();
        each(rest, done, |index| src[index / 2] >> first_shift & 15);
    } else {
        let shift =
            |index: usize| if index.is_multiple_of(2) { first_shift } else { 4 - first_shift };
        each(codes, first, |index| src[index / 2] >> shift(index) & 15);
    }
}

#[inline(always)]
fn each(codes: &mut [u8], first: usize, code: impl Fn(usize) -> u8) {
    for (index, to) in codes.iter_mut().enumerate() {
        *to = code(first + index);
    }
}

/// What each code stands for.
pub type Levels = [f32; 256];

/// The 16 numbers of `E2M1`.
pub const E2M1: [f32; 16] =
    [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0];

/// Looks `codes` up.
pub fn look_up(levels: &Levels, codes: &[u8], values: &mut [f32]) {
    for (value, code) in values.iter_mut().zip(codes) {
        *value = levels[usize::from(*code)];
    }
}

/// `2^(code - 127)`, the exponents that blocks share; the last code is NaN.
pub fn e8m0(code: u8) -> f32 {
    match code {
        0 => f32::from_bits(1 << 22),
        255 => f32::NAN,
        _ => f32::from_bits(u32::from(code) << 23),
    }
}

/// What is done to a weight with a number that its block shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// The weight times the number.
    Multiply,
    /// The weight divided by the number.
    Divide,
    /// The weight less the number.
    Subtract,
    /// The weight and the number.
    Add,
}

/// Applies `operation` to `values`, the first of which is the `first` of its row: each block of
/// `block` values of the row with one of `numbers`, which begin at the block of the first value.
pub fn apply(
    operation: Operation,
    numbers: &[f32],
    block: usize,
    first: usize,
    values: &mut [f32],
) {
    match operation {
        Operation::Multiply => blocks(numbers, block, first, values, |value, by| value * by),
        Operation::Divide => blocks(numbers, block, first, values, |value, by| value / by),
        Operation::Subtract => blocks(numbers, block, first, values, |value, by| value - by),
        Operation::Add => blocks(numbers, block, first, values, |value, by| value + by),
    }
}

#[inline(always)]
fn blocks(
    numbers: &[f32],
    block: usize,
    first: usize,
    values: &mut [f32],
    operation: impl Fn(f32, f32) -> f32,
) {
    if block == 1 {
        for (value, number) in values.iter_mut().zip(numbers) {
            *value = operation(*value, *number);
        }
        return;
    }
    let (begun, rest) = values.split_at_mut((block - first % block).min(values.len()));
    let all = std::iter::once(begun).chain(rest.chunks_mut(block));
    for (values, number) in all.zip(numbers) {
        for value in values {
            *value = operation(*value, *number);
        }
    }
}

/// Rounds to the nearest whole number, halves to even, between -127 and 127.
pub fn round(values: &mut [f32]) {
    for value in values {
        *value = value.round_ties_even().clamp(-127.0, 127.0);
    }
}

/// Multiplies each run of `group` numbers, a power of four, with the normalised Hadamard matrix that
/// is the Kronecker power of `[[1, 1, 1, -1], [1, 1, -1, 1], [1, -1, 1, 1], [-1, 1, 1, 1]]`. It is
/// its own inverse.
pub fn hadamard(values: &mut [f32], group: usize) {
    let half_bits = group.trailing_zeros() / 2;
    let unit = 1.0 / (1_u32 << half_bits) as f32;
    for values in values.chunks_exact_mut(group) {
        let mut stride = 1;
        while stride < group {
            for start in (0..group).step_by(4 * stride) {
                for at in start..start + stride {
                    let [a, b, c, d] = [0, 1, 2, 3].map(|part| values[at + part * stride]);
                    values[at] = a + b + c - d;
                    values[at + stride] = a + b - c + d;
                    values[at + 2 * stride] = a - b + c + d;
                    values[at + 3 * stride] = b - a + c + d;
                }
            }
            stride *= 4;
        }
        for value in values {
            *value *= unit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(packing: Packing, src: &[u8], first: usize, count: usize) -> Vec<u8> {
        let mut codes = vec![0; count];
        unpack(packing, src, first, &mut codes);
        codes
    }

    #[test]
    fn nibbles_come_in_either_order() {
        let src = [0x21, 0x43, 0x65];
        assert_eq!(codes(Packing::LowFirst(4), &src, 0, 6), [1, 2, 3, 4, 5, 6]);
        assert_eq!(codes(Packing::LowFirst(4), &src, 1, 4), [2, 3, 4, 5]);
        assert_eq!(codes(Packing::HighFirst, &src, 0, 5), [2, 1, 4, 3, 6]);
        assert_eq!(codes(Packing::HighFirst, &src, 3, 3), [3, 6, 5]);
        assert_eq!(
            codes(Packing::Interleaved, &[0x10, 0x32, 0x54, 0x76], 0, 8),
            [0, 4, 1, 5, 2, 6, 3, 7]
        );
    }

    #[test]
    fn codes_of_any_width_are_found_from_anywhere() {
        for bits in 1..=8_u8 {
            let mask = u8::MAX >> (8 - bits);
            let written: Vec<u8> = (0..64_u8).map(|at| at.wrapping_mul(37) & mask).collect();
            let mut src = vec![0_u8; 64 * usize::from(bits) / 8];
            for (index, code) in written.iter().enumerate() {
                for bit in 0..usize::from(bits) {
                    let to = index * usize::from(bits) + bit;
                    src[to / 8] |= (code >> bit & 1) << (to % 8);
                }
            }
            for first in [0, 1, 7, 30] {
                let found = codes(Packing::LowFirst(bits), &src, first, 64 - first);
                assert_eq!(found, written[first..], "{bits} bits from {first}");
            }
        }
    }

    #[test]
    fn a_rotation_undoes_itself() {
        let before: Vec<f32> = (0..128).map(|at| (at * at % 37) as f32 - 18.0).collect();
        for group in [4, 16, 64] {
            let mut values = before.clone();
            hadamard(&mut values, group);
            assert_ne!(values, before);
            hadamard(&mut values, group);
            assert_eq!(values, before);
        }
    }

    #[test]
    fn blocks_may_have_begun() {
        let mut values = vec![1.0; 5];
        apply(Operation::Multiply, &[2.0, 3.0, 4.0], 2, 1, &mut values);
        assert_eq!(values, [2.0, 3.0, 3.0, 4.0, 4.0]);
    }

    #[test]
    fn shared_exponents() {
        assert_eq!(e8m0(127).to_bits(), 1.0_f32.to_bits());
        assert_eq!(e8m0(0).to_bits(), 2_f32.powi(-127).to_bits());
        assert_eq!(e8m0(254).to_bits(), 2_f32.powi(127).to_bits());
        assert!(e8m0(255).is_nan());
    }
}
