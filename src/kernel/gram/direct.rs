//! The block products of two-byte formats, widened in registers on the way from the stored rows.
//!
//! Saves the trip through a [`Panel`](super::block::Panel), which costs as much as half of the
//! arithmetic. What this way cannot do exactly it leaves to the panel: infinities and NaN of F16,
//! sums outside `SAFE_SUMS`, scaled rows, columns that are no whole vectors, more than four models.

use std::ops::RangeInclusive;

use super::block::{Extent, PANEL_COLS};
use super::tile::Tile;
use super::vector::{Bf16, F16, Stored, Vector};
use super::{SAFE_SUMS, pair, pairs};
use crate::dtype::Dtype;

/// Most models whose pair products fit 16 registers.
const MOST_MODELS: usize = 4;

/// Own sums of squares of F16 columns whose numbers were all finite: where an exponent says
/// infinity or NaN, widening by multiplication makes a number from 2¹⁶, whose square shows.
const FINITE_F16_SUMS: RangeInclusive<f32> = *SAFE_SUMS.start()..=f32::from_bits((159 << 23) - 1);

/// Of one number in this many, at most, may be subnormal: multiplying one takes over a hundred
/// cycles, as long as a panel takes for this many numbers.
const RARE: usize = 176;

/// How many tiles back [`Subnormals`] remembers, about.
const MEMORY_TILES: usize = 8;

/// How common subnormal numbers of F16 have been lately. Tiles of one tensor are much alike, and a
/// sample of one tile alone is too small to tell.
#[derive(Default)]
pub(super) struct Subnormals {
    sampled: usize,
    found: usize,
}

impl Subnormals {
    fn are_rare(&self) -> bool {
        self.found * RARE <= self.sampled
    }

    /// Takes in 8 numbers of every 512.
    fn sample(&mut self, tiles: &[Tile<'_>]) {
        self.sampled -= self.sampled / MEMORY_TILES;
        self.found -= self.found.div_ceil(MEMORY_TILES);
        for part in tiles.iter().flat_map(|tile| tile.bytes.chunks_exact(16).step_by(64)) {
            self.sampled += 8;
            let numbers = part.as_chunks::<2>().0;
            self.found += numbers
                .iter()
                .map(|number| u16::from_le_bytes(*number) & 0x7fff)
                .map(|magnitude| usize::from((1..0x0400).contains(&magnitude)))
                .sum::<usize>();
        }
    }
}

/// A format that all tiles share.
#[derive(Clone, Copy)]
pub(super) enum Direct {
    F16,
    Bf16,
}

impl Direct {
    /// The way for `tiles`, where there is one and it is the faster one for vectors `V`.
    pub(super) fn of<V: Vector>(tiles: &[Tile<'_>], subnormals: &mut Subnormals) -> Option<Self> {
        let dtype = tiles.first()?.dtype;
        let alike = tiles.iter().all(|tile| tile.dtype == dtype && tile.scales.is_empty());
        if !alike || !(2..=MOST_MODELS).contains(&tiles.len()) {
            return None;
        }
        match dtype {
            Dtype::BF16 => Some(Self::Bf16),
            Dtype::F16 if V::SLOW_SUBNORMALS => {
                subnormals.sample(tiles);
                subnormals.are_rare().then_some(Self::F16)
            }
            Dtype::F16 => Some(Self::F16),
            _ => None,
        }
    }

    /// The own sums of squares of a block that are exact.
    pub(super) fn safe_sums(self) -> RangeInclusive<f32> {
        match self {
            Self::F16 => FINITE_F16_SUMS,
            Self::Bf16 => SAFE_SUMS,
        }
    }

    /// Sums the products of every pair over the rows of the block that starts `start_bytes` into
    /// every tile, in row order, to [`PANEL_COLS`] numbers for each pair.
    ///
    /// # Safety
    /// As for [`Vector`]: the caller must enable the instructions of `V`.
    #[inline(always)]
    pub(super) unsafe fn multiply<V: Vector>(
        self,
        tiles: &[Tile<'_>],
        start_bytes: usize,
        row_bytes: usize,
        extent: Extent,
        sums: &mut [f32],
    ) {
        let block = Block { tiles, start_bytes, row_bytes, extent };
        // SAFETY: as demanded of the caller.
        unsafe {
            match self {
                Self::F16 => block.multiply::<V, F16>(sums),
                Self::Bf16 => block.multiply::<V, Bf16>(sums),
            }
        }
    }
}

/// A block of rows in the tiles of all models.
struct Block<'a> {
    tiles: &'a [Tile<'a>],
    start_bytes: usize,
    row_bytes: usize,
    extent: Extent,
}

impl Block<'_> {
    /// # Safety
    /// As for [`Vector`].
    #[inline(always)]
    unsafe fn multiply<V: Vector, S: Stored>(&self, sums: &mut [f32]) {
        // SAFETY: as demanded of the caller.
        unsafe {
            match self.tiles.len() {
                2 => self.products::<V, S, 2>(sums),
                3 => self.products::<V, S, 3>(sums),
                _ => self.products::<V, S, 4>(sums),
            }
        }
    }

    /// # Safety
    /// As for [`Vector`].
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // pairs of indices, unrolled into registers
    unsafe fn products<V: Vector, S: Stored, const N: usize>(&self, sums: &mut [f32]) {
        let Extent { rows, cols } = self.extent;
        let end_bytes = self.start_bytes + (rows - 1) * self.row_bytes + cols * S::BYTES;
        assert!(cols.is_multiple_of(V::LANES) && cols <= PANEL_COLS);
        assert!(sums.len() == pairs(N) * PANEL_COLS);
        assert!(self.tiles.len() == N);
        let mut starts = [std::ptr::null::<u8>(); N];
        for (start, tile) in starts.iter_mut().zip(self.tiles) {
            assert!(end_bytes <= tile.bytes.len());
            *start = tile.bytes[self.start_bytes..].as_ptr();
        }
        for col in (0..cols).step_by(V::LANES) {
            // SAFETY: whole vectors of whole rows, the last of which ends at `end_bytes`, inside
            // every tile, and room for a vector of sums; instructions are the caller's matter.
            unsafe {
                let mut products = [[V::zero(); N]; N];
                let mut at = starts.map(|start| start.add(col * S::BYTES));
                for _ in 0..rows {
                    let mut x = [V::zero(); N];
                    for (at, x) in at.iter_mut().zip(&mut x) {
                        *x = S::load(*at);
                        // never read from behind the last row
                        *at = at.wrapping_add(self.row_bytes);
                    }
                    for a in 0..N {
                        for b in a..N {
                            products[a][b] = products[a][b].plus_product(x[a], x[b]);
                        }
                    }
                }
                for a in 0..N {
                    for b in a..N {
                        let to = &mut sums[pair(N, a, b) * PANEL_COLS + col..][..V::LANES];
                        products[a][b].store(to.as_mut_ptr());
                    }
                }
            }
        }
    }
}
