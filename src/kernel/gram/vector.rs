//! A few lanes of `f32`, as thin as each instruction set allows.

/// A vector register. Lanes are columns, so the number of lanes never shows in a result.
///
/// # Safety
/// Methods may use instructions beyond the target's baseline: every function generic over a
/// vector must be inlined into one that enables the instructions, on a machine that has them.
pub(super) unsafe trait Vector: Copy {
    /// Number of `f32`.
    const LANES: usize;

    /// All lanes zero.
    unsafe fn zero() -> Self;

    /// Reads [`Self::LANES`] values; any alignment.
    ///
    /// # Safety
    /// `from` must be valid for reading that many.
    unsafe fn load(from: *const f32) -> Self;

    /// Writes [`Self::LANES`] values; any alignment.
    ///
    /// # Safety
    /// `to` must be valid for writing that many.
    unsafe fn store(self, to: *mut f32);

    /// `self + a · b`, rounded after the product and after the sum.
    unsafe fn plus_product(self, a: Self, b: Self) -> Self;
}

/// Four lanes of plain Rust, which compilers map to whatever vectors the target has.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy)]
pub(super) struct Portable([f32; 4]);

// SAFETY: plain Rust needs no instructions beyond the baseline.
#[cfg(not(target_arch = "wasm32"))]
unsafe impl Vector for Portable {
    const LANES: usize = 4;

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
    use core::arch::wasm32::{f32x4_add, f32x4_mul, f32x4_splat, v128, v128_load, v128_store};

    use super::Vector;

    // SAFETY: the build enables simd128 for the whole crate.
    unsafe impl Vector for v128 {
        const LANES: usize = 4;

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
        __m256, __m512, _mm256_add_ps, _mm256_loadu_ps, _mm256_mul_ps, _mm256_setzero_ps,
        _mm256_storeu_ps, _mm512_add_ps, _mm512_loadu_ps, _mm512_mul_ps, _mm512_setzero_ps,
        _mm512_storeu_ps,
    };

    use super::Vector;

    macro_rules! vector {
        ($register:ty, $lanes:literal, $zero:ident, $load:ident, $store:ident, $add:ident, $mul:ident) => {
            // SAFETY: callers are inlined into functions that enable the instructions.
            unsafe impl Vector for $register {
                const LANES: usize = $lanes;

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
        _mm256_mul_ps
    );
    vector!(
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_mul_ps
    );
}
