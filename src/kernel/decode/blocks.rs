//! The blocks of llama.cpp: codes of a row in runs of 32 to 256, with their scales among them.
//!
//! Whatever the type, a weight is a small whole number times the scale of its run of 16, less an
//! offset of that run. Each type unpacks into those three; one loop multiplies. The order of the
//! operations is that of llama.cpp's own decoders, so that the bits are the same.

use half::f16;
use serde::{Deserialize, Serialize};

use super::f8;
use super::packed::e8m0;

/// A type of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Blocks {
    /// Four bits around zero.
    Q4_0,
    /// Four bits from a smallest number on.
    Q4_1,
    /// Five bits around zero.
    Q5_0,
    /// Five bits from a smallest number on.
    Q5_1,
    /// Eight bits.
    Q8_0,
    /// Two bits; scales of four.
    Q2K,
    /// Three bits; scales of six.
    Q3K,
    /// Four bits; scales and offsets of six.
    Q4K,
    /// Five bits; scales and offsets of six.
    Q5K,
    /// Six bits; scales of eight.
    Q6K,
    /// Two bits and a sixteenth, from a grid of eights.
    Iq2Xxs,
    /// Two bits and a third, from a grid of eights.
    Iq2Xs,
    /// Three bits and a sixteenth, from a grid of fours.
    Iq3Xxs,
    /// A bit and a half, from a grid of eights.
    Iq1S,
    /// Four bits that are not evenly spaced.
    Iq4Nl,
    /// Three bits and a half, from a grid of fours.
    Iq3S,
    /// Two bits and a half, from a grid of eights.
    Iq2S,
    /// Four bits that are not evenly spaced; scales of six.
    Iq4Xs,
    /// A bit and three quarters, from a grid of eights.
    Iq1M,
    /// Three levels, five in a byte.
    Tq1_0,
    /// Three levels, four in a byte.
    Tq2_0,
    /// Floats of four bits; powers of two.
    Mxfp4,
    /// Floats of four bits; scales that are floats of eight.
    Nvfp4,
    /// One bit.
    Q1_0,
}

/// Number in a file, type, name, weights of a block and its bytes.
const TYPES: [(u32, Blocks, &str, u16, u16); 24] = [
    (2, Blocks::Q4_0, "Q4_0", 32, 18),
    (3, Blocks::Q4_1, "Q4_1", 32, 20),
    (6, Blocks::Q5_0, "Q5_0", 32, 22),
    (7, Blocks::Q5_1, "Q5_1", 32, 24),
    (8, Blocks::Q8_0, "Q8_0", 32, 34),
    (10, Blocks::Q2K, "Q2_K", 256, 84),
    (11, Blocks::Q3K, "Q3_K", 256, 110),
    (12, Blocks::Q4K, "Q4_K", 256, 144),
    (13, Blocks::Q5K, "Q5_K", 256, 176),
    (14, Blocks::Q6K, "Q6_K", 256, 210),
    (16, Blocks::Iq2Xxs, "IQ2_XXS", 256, 66),
    (17, Blocks::Iq2Xs, "IQ2_XS", 256, 74),
    (18, Blocks::Iq3Xxs, "IQ3_XXS", 256, 98),
    (19, Blocks::Iq1S, "IQ1_S", 256, 50),
    (20, Blocks::Iq4Nl, "IQ4_NL", 32, 18),
    (21, Blocks::Iq3S, "IQ3_S", 256, 110),
    (22, Blocks::Iq2S, "IQ2_S", 256, 82),
    (23, Blocks::Iq4Xs, "IQ4_XS", 256, 136),
    (29, Blocks::Iq1M, "IQ1_M", 256, 56),
    (34, Blocks::Tq1_0, "TQ1_0", 256, 54),
    (35, Blocks::Tq2_0, "TQ2_0", 256, 66),
    (39, Blocks::Mxfp4, "MXFP4", 32, 17),
    (40, Blocks::Nvfp4, "NVFP4", 64, 36),
    (41, Blocks::Q1_0, "Q1_0", 128, 18),
];

impl Blocks {
    /// The type that files give this number.
    pub fn of_number(number: u32) -> Option<Self> {
        TYPES.iter().find(|(of, ..)| *of == number).map(|(_, blocks, ..)| *blocks)
    }

    /// What llama.cpp calls it.
    pub fn name(self) -> &'static str {
        TYPES[self as usize].2
    }

    /// Weights of a block.
    pub fn elements(self) -> u64 {
        u64::from(TYPES[self as usize].3)
    }

    /// Bytes of a block.
    pub fn bytes(self) -> u64 {
        u64::from(TYPES[self as usize].4)
    }

    /// Whether there is a decoder: codes that stand for points of a grid have none.
    pub fn is_decoded(self) -> bool {
        use Blocks::{Iq1M, Iq1S, Iq2S, Iq2Xs, Iq2Xxs, Iq3S, Iq3Xxs};
        !matches!(self, Iq1M | Iq1S | Iq2S | Iq2Xs | Iq2Xxs | Iq3S | Iq3Xxs)
    }
}

/// Weights that share a scale and an offset, at least.
const RUN: usize = 16;
/// Most weights of a block.
const MOST: usize = 256;

/// A block, unpacked.
struct Unpacked {
    codes: [i8; MOST],
    scales: [f32; MOST / RUN],
    offsets: [f32; MOST / RUN],
}

/// Levels of the four bits that are not evenly spaced.
const UNEVEN: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
/// Twice the floats of four bits.
const TWICE_E2M1: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/// Widens whole blocks.
///
/// # Panics
/// When `src` holds fewer blocks than `dst` needs, or there is no [decoder](Blocks::is_decoded).
pub fn decode(blocks: Blocks, src: &[u8], dst: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if super::x86_64::blocks(blocks, src, dst) {
        return;
    }
    decode_plainly(blocks, src, dst);
}

/// The same on any machine; what is compiled for a wider one gives the same bits.
#[inline(always)]
pub(super) fn decode_plainly(blocks: Blocks, src: &[u8], dst: &mut [f32]) {
    let (elements, bytes) = (blocks.elements() as usize, blocks.bytes() as usize);
    let mut unpacked =
        Unpacked { codes: [0; MOST], scales: [0.0; MOST / RUN], offsets: [0.0; MOST / RUN] };
    for (src, dst) in src.chunks_exact(bytes).zip(dst.chunks_exact_mut(elements)) {
        unpacked.fill(blocks, src);
        let runs = dst.as_chunks_mut::<RUN>().0.iter_mut();
        let codes = unpacked.codes.as_chunks::<RUN>().0;
        for (at, run) in runs.enumerate() {
            let (scale, offset) = (unpacked.scales[at], unpacked.offsets[at]);
            for (value, code) in run.iter_mut().zip(&codes[at]) {
                *value = scale * f32::from(*code) - offset;
            }
        }
    }
}

/// The half-precision number at `at`.
#[inline(always)]
fn half(src: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([src[at], src[at + 1]]).to_f32()
}

/// The lower halves of all bytes, then the upper ones.
#[inline(always)]
fn nibbles(src: &[u8], codes: &mut [i8], level: impl Fn(u8) -> i8) {
    let (low, high) = codes.split_at_mut(src.len());
    for ((byte, low), high) in src.iter().zip(low).zip(high) {
        (*low, *high) = (level(byte & 15), level(byte >> 4));
    }
}

/// The `at`-th scale and offset of eight, in 12 bytes of six bits each.
#[inline(always)]
fn six_bits(src: &[u8], at: usize) -> (u8, u8) {
    if at < 4 {
        (src[at] & 63, src[at + 4] & 63)
    } else {
        let high = |byte: u8| byte >> 6 << 4;
        (src[at + 4] & 15 | high(src[at - 4]), src[at + 4] >> 4 | high(src[at]))
    }
}

impl Unpacked {
    /// One scale, and one offset, for all.
    fn all(&mut self, scale: f32, offset: f32) {
        self.scales.fill(scale);
        self.offsets.fill(offset);
    }

    #[inline(always)]
    fn fill(&mut self, blocks: Blocks, src: &[u8]) {
        use Blocks::{
            Iq4Nl, Iq4Xs, Mxfp4, Nvfp4, Q1_0, Q2K, Q3K, Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K,
            Q8_0, Tq1_0, Tq2_0,
        };
        match blocks {
            Q4_0 => {
                self.all(half(src, 0), 0.0);
                nibbles(&src[2..], &mut self.codes[..32], |code| code.cast_signed() - 8);
            }
            Q4_1 => {
                self.all(half(src, 0), -half(src, 2));
                nibbles(&src[4..], &mut self.codes[..32], u8::cast_signed);
            }
            Q5_0 => self.five_bits(&src[2..], half(src, 0), 0.0, 16),
            Q5_1 => self.five_bits(&src[4..], half(src, 0), -half(src, 2), 0),
            Q8_0 => {
                self.all(half(src, 0), 0.0);
                for (code, byte) in self.codes.iter_mut().zip(&src[2..34]) {
                    *code = byte.cast_signed();
                }
            }
            Iq4Nl => {
                self.all(half(src, 0), 0.0);
                nibbles(&src[2..], &mut self.codes[..32], |code| UNEVEN[usize::from(code)]);
            }
            Mxfp4 => {
                self.all(e8m0(src[0]) * 0.5, 0.0);
                nibbles(&src[1..], &mut self.codes[..32], |code| TWICE_E2M1[usize::from(code)]);
            }
            Nvfp4 => {
                for (at, codes) in self.codes[..64].chunks_exact_mut(RUN).enumerate() {
                    let level = |code| TWICE_E2M1[usize::from(code)];
                    nibbles(&src[4 + 8 * at..][..8], codes, level);
                    let scale = if src[at] == 0x7f { 0.0 } else { f8::E4M3[usize::from(src[at])] };
                    (self.scales[at], self.offsets[at]) = (scale * 0.5, 0.0);
                }
            }
            Q1_0 => {
                self.all(half(src, 0), 0.0);
                for (at, code) in self.codes[..128].iter_mut().enumerate() {
                    *code = (src[2 + at / 8] >> (at % 8) & 1).cast_signed() * 2 - 1;
                }
            }
            Q2K => {
                let (scale, offset) = (half(src, 80), half(src, 82));
                self.two_bits(&src[16..80]);
                for (at, byte) in src[..16].iter().enumerate() {
                    self.scales[at] = scale * f32::from(byte & 15);
                    self.offsets[at] = offset * f32::from(byte >> 4);
                }
            }
            Q3K => self.three_bits(src),
            Q4K | Q5K => self.four_or_five_bits(src, blocks == Q5K),
            Q6K => self.eight_bit_scales(src),
            Iq4Xs => {
                let scale = half(src, 0);
                let high = u16::from_le_bytes([src[2], src[3]]);
                for at in 0..8 {
                    let low = src[4 + at / 2] >> (4 * (at % 2)) & 15;
                    let level = low | ((high >> (2 * at) & 3) as u8) << 4;
                    self.scales[2 * at..][..2].fill(scale * f32::from(level.cast_signed() - 32));
                    let level = |code| UNEVEN[usize::from(code)];
                    nibbles(&src[8 + 16 * at..][..16], &mut self.codes[32 * at..][..32], level);
                }
                self.offsets.fill(0.0);
            }
            Tq1_0 => self.three_levels(src),
            Tq2_0 => {
                self.all(half(src, 64), 0.0);
                self.two_bits(src);
                for code in &mut self.codes {
                    *code -= 1;
                }
            }
            _ => unreachable!("{} has no decoder", blocks.name()),
        }
    }

    /// Fifth bits in a word of their own, and nibbles.
    #[inline(always)]
    fn five_bits(&mut self, src: &[u8], scale: f32, offset: f32, middle: i8) {
        self.all(scale, offset);
        nibbles(&src[4..], &mut self.codes[..32], u8::cast_signed);
        let fifth = u32::from_le_bytes([src[0], src[1], src[2], src[3]]);
        for (at, code) in self.codes[..32].iter_mut().enumerate() {
            *code += ((fifth >> at & 1) as i8) * 16 - middle;
        }
    }

    /// Codes of two bits: in each half of 32 bytes the lowest of all, then the next ones.
    #[inline(always)]
    fn two_bits(&mut self, src: &[u8]) {
        for (half, codes) in self.codes.chunks_exact_mut(128).enumerate() {
            for (part, codes) in codes.chunks_exact_mut(32).enumerate() {
                for (code, byte) in codes.iter_mut().zip(&src[32 * half..][..32]) {
                    *code = (byte >> (2 * part) & 3).cast_signed();
                }
            }
        }
    }

    #[inline(always)]
    fn three_bits(&mut self, src: &[u8]) {
        self.two_bits(&src[32..96]);
        for (part, codes) in self.codes.chunks_exact_mut(32).enumerate() {
            for (code, mask) in codes.iter_mut().zip(&src[..32]) {
                *code += (mask >> part & 1).cast_signed() * 4 - 4;
            }
        }
        let (scale, packed) = (half(src, 108), &src[96..108]);
        for (at, to) in self.scales.iter_mut().enumerate() {
            let low = if at < 8 { packed[at] & 15 } else { packed[at - 8] >> 4 };
            let high = packed[8 + at % 4] >> (2 * (at / 4)) & 3;
            *to = scale * f32::from((low | high << 4).cast_signed() - 32);
        }
        self.offsets.fill(0.0);
    }

    #[inline(always)]
    fn four_or_five_bits(&mut self, src: &[u8], has_fifth: bool) {
        let (scale, offset) = (half(src, 0), half(src, 2));
        let codes = if has_fifth { &src[48..] } else { &src[16..] };
        for (pair, to) in self.codes.chunks_exact_mut(64).enumerate() {
            nibbles(&codes[32 * pair..][..32], to, u8::cast_signed);
        }
        for at in 0..8 {
            let (by, less) = six_bits(&src[4..16], at);
            self.scales[2 * at..][..2].fill(scale * f32::from(by));
            self.offsets[2 * at..][..2].fill(offset * f32::from(less));
            if has_fifth {
                for (code, bits) in self.codes[32 * at..][..32].iter_mut().zip(&src[16..48]) {
                    *code += (bits >> at & 1).cast_signed() * 16;
                }
            }
        }
    }

    #[inline(always)]
    fn eight_bit_scales(&mut self, src: &[u8]) {
        for (half, codes) in self.codes.chunks_exact_mut(128).enumerate() {
            let (low, high) = (&src[64 * half..][..64], &src[128 + 32 * half..][..32]);
            nibbles(low, codes, u8::cast_signed);
            for (part, codes) in codes.chunks_exact_mut(32).enumerate() {
                for (code, high) in codes.iter_mut().zip(high) {
                    *code += ((high >> (2 * part) & 3) << 4).cast_signed() - 32;
                }
            }
        }
        let scale = half(src, 208);
        for (to, by) in self.scales.iter_mut().zip(&src[192..208]) {
            *to = scale * f32::from(by.cast_signed());
        }
        self.offsets.fill(0.0);
    }

    /// Powers of three: each digit is the top of the byte times a power.
    #[inline(always)]
    fn three_levels(&mut self, src: &[u8]) {
        self.all(half(src, 52), 0.0);
        let mut codes = self.codes.iter_mut();
        for (bytes, digits) in [(&src[..32], 5), (&src[32..48], 5), (&src[48..52], 4)] {
            let mut power = 1_u8;
            for _ in 0..digits {
                for (byte, code) in bytes.iter().zip(&mut codes) {
                    *code = ((u16::from(byte.wrapping_mul(power)) * 3) >> 8) as i8 - 1;
                }
                power = power.wrapping_mul(3);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_in_the_order_of_their_table() {
        for (at, (number, blocks, ..)) in TYPES.iter().enumerate() {
            assert_eq!((*blocks as usize, Blocks::of_number(*number)), (at, Some(*blocks)));
        }
        assert_eq!(Blocks::of_number(4), None);
    }

    #[test]
    fn wide_and_plain_decoders_give_the_same_bits() {
        for (_, blocks, name, elements, bytes) in TYPES {
            if !blocks.is_decoded() {
                continue;
            }
            let mut state = 1_u32;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let src: Vec<u8> = (0..usize::from(bytes) * 37).map(|_| next()).collect();
            let mut found = vec![0.0; usize::from(elements) * 37];
            let mut plain = found.clone();
            decode(blocks, &src, &mut found);
            decode_plainly(blocks, &src, &mut plain);
            let bits = |values: &[f32]| -> Vec<u32> {
                // which NaN it is may differ
                let bits = |value: &f32| if value.is_nan() { 0 } else { value.to_bits() };
                values.iter().map(bits).collect()
            };
            assert_eq!(bits(&found), bits(&plain), "{name}");
        }
    }
}
