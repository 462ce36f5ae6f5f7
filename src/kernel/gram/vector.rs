//! A few lanes of `f32`, as thin as each instruction set allows.

/// A vector register. Lanes are columns, so the number of lanes never shows in a result.
///
/// # Safety
/// Methods may use instructions beyond the target's baseline: every function generic over a
/// vector must be inlined into one that enables the instructions, on a machine that has them.
pub(super) unsafe trait Vector: Copy {
    /// Number of `f32`.
    const LANES: usize;

    /// Whether [`Self::load_f16`] takes over a hundred cycles where a number is subnormal.
    const SLOW_SUBNORMALS: bool;

    /// All lanes zero.
    unsafe fn zero() -> Self;

    /// Reads [`Self::LANES`] values; any alignment.
    ///
    /// # Safety
    /// `from` must be valid for reading that many.
    unsafe fn load(from: *const f32) -> Self;

    /// Reads [`Self::LANES`] values of F16; any alignment. Infinities and NaN may come out as
    /// finite numbers from 2¹⁶.
    ///
    /// # Safety
    /// `from` must be valid for reading that many.
    unsafe fn load_f16(from: *const u8) -> Self;

    /// Reads [`Self::LANES`] values of BF16; any alignment.
    ///
    /// # Safety
    /// `from` must be valid for reading that many.
    unsafe fn load_bf16(from: *const u8) -> Self;

    /// Writes [`Self::LANES`] values; any alignment.
    ///
    /// # Safety
    /// `to` must be valid for writing that many.
    unsafe fn store(self, to: *mut f32);

    /// `self + a · b`, rounded after the product and after the sum.
    unsafe fn plus_product(self, a: Self, b: Self) -> Self;
}

/// A two-byte format that widens while it is loaded.
pub(super) trait Stored {
    /// Bytes of a number.
    const BYTES: usize = 2;

    /// Reads a vector.
    ///
    /// # Safety
    /// `from` must be valid for reading `V::LANES` numbers; see [`Vector`] for the instructions.
    unsafe fn load<V: Vector>(from: *const u8) -> V;
}

/// IEEE half precision.
pub(super) struct F16;

/// The upper half of an `f32`.
pub(super) struct Bf16;

impl Stored for F16 {
    #[inline(always)]
    unsafe fn load<V: Vector>(from: *const u8) -> V {
        // SAFETY: as demanded of the caller.
        unsafe { V::load_f16(from) }
    }
}

impl Stored for Bf16 {
    #[inline(always)]
    unsafe fn load<V: Vector>(from: *const u8) -> V {
        // SAFETY: as demanded of the caller.
        unsafe { V::load_bf16(from) }
    }
}

/// An F16's sign, exponent and mantissa at their places in an `f32`, whose exponent has a bias
/// larger by 112.
const F16_BITS: u32 = 0x8fff_e000;

/// What makes up for the bias. The product is exact.
const F16_UNIT: f32 = f32::from_bits((127 + 112) << 23);

/// Four lanes of plain Rust, which compilers map to whatever vectors the target has.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy)]
pub(super) struct Portable([f32; 4]);

// SAFETY: plain Rust needs no instructions beyond the baseline.
#[cfg(not(target_arch = "wasm32"))]
unsafe impl Vector for Portable {
    const LANES: usize = 4;
    const SLOW_SUBNORMALS: bool = true;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Self([0.0; 4])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for `from`.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_f16(from: *const u8) -> Self {
        // SAFETY: the caller vouches for `from`.
        let stored = unsafe { from.cast::<[i16; 4]>().read_unaligned() };
        Self(stored.map(|x| f32::from_bits(((i32::from(x) << 13) as u32) & F16_BITS) * F16_UNIT))
    }

    #[inline(always)]
    unsafe fn load_bf16(from: *const u8) -> Self {
        // SAFETY: the caller vouches for `from`.
        let stored = unsafe { from.cast::<[u16; 4]>().read_unaligned() };
        Self(stored.map(|x| f32::from_bits(u32::from(x) << 16)))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for `to`.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn plus_product(mut self, a: Self, b: Self) -> Self {
        for lane in 0..4 {
            self.0[lane] += a.0[lane] * b.0[lane];
        }
        self
    }
}

#[cfg(target_arch = "wasm32")]
mod simd128 {
    use core::arch::wasm32::{
        f32x4_add, f32x4_mul, f32x4_splat, i32x4_load_extend_i16x4, i32x4_load_extend_u16x4,
        u32x4_shl, u32x4_splat, v128, v128_and, v128_load, v128_store,
    };

    use super::{F16_BITS, F16_UNIT, Vector};

    // SAFETY: the build enables simd128 for the whole crate.
    unsafe impl Vector for v128 {
        const LANES: usize = 4;
        const SLOW_SUBNORMALS: bool = true;

        #[inline(always)]
        unsafe fn zero() -> Self {
            f32x4_splat(0.0)
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller vouches for `from`; WebAssembly loads need no alignment.
            unsafe { v128_load(from.cast()) }
        }

        #[inline(always)]
        unsafe fn load_f16(from: *const u8) -> Self {
            // SAFETY: the caller vouches for `from`; WebAssembly loads need no alignment.
            let stored = unsafe { i32x4_load_extend_i16x4(from.cast()) };
            let placed = v128_and(u32x4_shl(stored, 13), u32x4_splat(F16_BITS));
            f32x4_mul(placed, f32x4_splat(F16_UNIT))
        }

        #[inline(always)]
        unsafe fn load_bf16(from: *const u8) -> Self {
            // SAFETY: the caller vouches for `from`; WebAssembly loads need no alignment.
            u32x4_shl(unsafe { i32x4_load_extend_u16x4(from.cast()) }, 16)
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller vouches for `to`; WebAssembly stores need no alignment.
            unsafe { v128_store(to.cast(), self) }
        }

        #[inline(always)]
        unsafe fn plus_product(self, a: Self, b: Self) -> Self {
            f32x4_add(self, f32x4_mul(a, b))
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::arch::x86_64::{
        __m128i, __m256, __m256i, __m512, _mm_loadu_si128, _mm256_add_ps, _mm256_castsi256_ps,
        _mm256_cvtepu16_epi32, _mm256_cvtph_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_mul_ps,
        _mm256_setzero_ps, _mm256_slli_epi32, _mm256_storeu_ps, _mm512_add_ps, _mm512_castsi512_ps,
        _mm512_cvtepu16_epi32, _mm512_cvtph_ps, _mm512_loadu_ps, _mm512_mul_ps, _mm512_setzero_ps,
        _mm512_slli_epi32, _mm512_storeu_ps,
    };

    use super::Vector;

    /// A vector of `$lanes` from the operations of its instruction set, in this order: zero, load,
    /// store, add, multiply, F16 to `f32`, BF16 to `f32`, both from an unaligned `$half`.
    macro_rules! vector {
        (
            $register:ty, $lanes:literal, $zero:ident, $load:ident, $store:ident, $add:ident,
            $mul:ident, $half:ty, $load_half:ident, $from_f16:ident,
            $extend:ident, $shift:ident, $cast:ident
        ) => {
            // these loads ask for no alignment, whatever the type they are given says
            #[allow(clippy::cast_ptr_alignment)]
            // SAFETY: callers are inlined into functions that enable the instructions.
            unsafe impl Vector for $register {
                const LANES: usize = $lanes;
                const SLOW_SUBNORMALS: bool = false;

                #[inline(always)]
                unsafe fn zero() -> Self {
                    // SAFETY: see the trait.
                    unsafe { $zero() }
                }

                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller vouches for `from`; see the trait for the instruction.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn load_f16(from: *const u8) -> Self {
                    // SAFETY: the caller vouches for `from`; see the trait for the instructions.
                    unsafe { $from_f16($load_half(from.cast::<$half>())) }
                }

                #[inline(always)]
                unsafe fn load_bf16(from: *const u8) -> Self {
                    // SAFETY: the caller vouches for `from`; see the trait for the instructions.
                    unsafe { $cast($shift::<16>($extend($load_half(from.cast::<$half>())))) }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: the caller vouches for `to`; see the trait for the instruction.
                    unsafe { $store(to, self) }
                }

                #[inline(always)]
                unsafe fn plus_product(self, a: Self, b: Self) -> Self {
                    // SAFETY: see the trait.
                    unsafe { $add(self, $mul(a, b)) }
                }
            }
        };
    }

    vector!(
        __m256,
        8,
        _mm256_setzero_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_mul_ps,
        __m128i,
        _mm_loadu_si128,
        _mm256_cvtph_ps,
        _mm256_cvtepu16_epi32,
        _mm256_slli_epi32,
        _mm256_castsi256_ps
    );
    vector!(
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_mul_ps,
        __m256i,
        _mm256_loadu_si256,
        _mm512_cvtph_ps,
        _mm512_cvtepu16_epi32,
        _mm512_slli_epi32,
        _mm512_castsi512_ps
    );
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use half::{bf16, f16};

    use super::{Portable, Vector};

    fn widened(load: unsafe fn(*const u8) -> Portable, codes: [u16; 4]) -> [f32; 4] {
        let bytes = codes.map(u16::to_le_bytes);
        let mut values = [0.0; 4];
        // SAFETY: eight bytes to read, room for four numbers, and plain Rust in between.
        unsafe { load(bytes.as_ptr().cast()).store(values.as_mut_ptr()) };
        values
    }

    /// What is wrong here would only cost time: blocks whose sums are out of range take the other
    /// way.
    #[test]
    fn every_number_is_widened_as_it_should_be() {
        for first in (0..=u16::MAX).step_by(4) {
            let codes = [first, first + 1, first + 2, first + 3];
            let short = widened(Portable::load_f16, codes);
            let brain = widened(Portable::load_bf16, codes);
            for (lane, code) in codes.into_iter().enumerate() {
                let number = f16::from_bits(code);
                if number.is_finite() {
                    assert_eq!(short[lane].to_bits(), number.to_f32().to_bits(), "{code:#x}");
                } else {
                    assert!(short[lane].abs() >= 65_536.0, "{code:#x}: {}", short[lane]);
                }
                assert_eq!(brain[lane].to_bits() >> 16, u32::from(bf16::from_bits(code).to_bits()));
            }
        }
    }
}
