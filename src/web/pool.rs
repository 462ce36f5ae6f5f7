//! The arithmetic of a worker, shared with a pool of threads.
//!
//! The worker itself only reads: browsers hand bytes to the thread that asked for them, and a thread
//! of the pool never returns to where it could be handed any. While the pool computes, the worker
//! waits, and its streams fill up behind its back.

use crate::gram::{Accumulator, Arithmetic, ColumnSums, PANEL_COLS, Tile};

pub use wasm_bindgen_rayon::init_thread_pool;

/// Stored bytes of all models for each thread: handing a stripe to another thread takes as long as
/// adding up a few kilobytes.
const TILE_BYTES: u64 = 1 << 20;

/// Threads of the pool, and the worker's own.
pub(super) struct Pool {
    /// One for each stripe.
    accumulators: Vec<Accumulator>,
}

impl Pool {
    /// All threads there are, for comparisons of `models`.
    pub(super) fn new(models: usize) -> Self {
        let threads = rayon::current_num_threads() + 1;
        Self { accumulators: (0..threads).map(|_| Accumulator::new(models)).collect() }
    }
}

impl Arithmetic for Pool {
    fn tile_bytes(&self) -> u64 {
        TILE_BYTES * self.accumulators.len() as u64
    }

    fn add(&mut self, tiles: &[Tile<'_>], rows: usize, sums: &mut ColumnSums) {
        let stripe_cols = sums.cols().div_ceil(self.accumulators.len());
        let stripes = sums.stripes_mut(stripe_cols.next_multiple_of(PANEL_COLS).max(1));
        rayon::in_place_scope(|scope| {
            let mut work = self.accumulators.iter_mut().zip(stripes);
            let own = work.next();
            for (accumulator, mut stripe) in work {
                scope.spawn(move |_| accumulator.add_stripe(tiles, rows, &mut stripe));
            }
            if let Some((accumulator, mut stripe)) = own {
                accumulator.add_stripe(tiles, rows, &mut stripe);
            }
        });
    }
}
