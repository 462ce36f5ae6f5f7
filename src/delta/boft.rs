//! BOFT: rotations of blocks of rows, one after the other, rows mixed in between as in a butterfly.

use super::contents::{Contents, Extent, Format, Shapes, need};
use super::fault::Fault;
use super::oft::{check_rescale, constraint, rotations};
use super::role::Role;
use super::rows::{Delta, OfModel};

/// `oft_blocks` [m, k, b, b]: m rounds of k rotations of b rows; `rescale` multiplies rows
/// afterwards.
pub(super) struct Boft;

impl Format for Boft {
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
        let blocks = need(shapes, Role::OftBlocks)?;
        let invalid = || Fault::Shape { tensor: Role::OftBlocks.title(), shape: blocks.to_vec() };
        let [rounds, count, size, other] = *blocks else { return Err(invalid()) };
        let rows = count.checked_mul(size).filter(|rows| *rows > 0).ok_or_else(invalid)?;
        // each round mixes rows twice as far apart as the one before
        let reach = u32::try_from(rounds)
            .ok()
            .and_then(|rounds| 1_u64.checked_shl(rounds))
            .and_then(|reach| reach.checked_mul(size / 2));
        let fits = reach.is_some_and(|reach| reach > 0 && rows % reach == 0);
        if rounds == 0 || size != other || size % 2 != 0 || !fits {
            return Err(invalid());
        }
        check_rescale(shapes, rows)?;
        Ok(Extent { rows: Some(rows), cols: None, rank: Some(size), alpha_divisor: None })
    }

    fn delta(&self, mut contents: Contents, rows: usize, _: usize) -> Result<Delta, Fault> {
        let blocks = contents.take(Role::OftBlocks);
        let (rounds, size) = (blocks.shape[0] as usize, blocks.shape[2] as usize);
        let turns = rotations(&blocks.values, size, constraint(&contents, rows))?;
        let rescale = contents.tensors.remove(&Role::Rescale).map(|rescale| rescale.values);
        Ok(Delta::OfModel(Box::new(Butterfly { turns, rounds, size, rescale })))
    }
}

#[derive(Debug)]
struct Butterfly {
    turns: Vec<f64>,
    rounds: usize,
    size: usize,
    rescale: Option<Vec<f32>>,
}

impl OfModel for Butterfly {
    fn change(&self, weights: &[f32], rows: usize, cols: usize) -> Vec<f32> {
        let size = self.size;
        let mut current: Vec<f64> = weights.iter().map(|weight| f64::from(*weight)).collect();
        for round in 0..self.rounds {
            let reach = (1 << round) * (size / 2);
            // the row that comes to `position` when pairs of runs of `reach` rows are interleaved
            let source = |position: usize| {
                let (group, inside) = (position / (2 * reach), position % (2 * reach));
                group * 2 * reach + (inside % 2) * reach + inside / 2
            };
            let mut next = vec![0.0; current.len()];
            let of_round = round * rows * size;
            for position in 0..rows {
                let (block, row) = (position / size, position % size);
                let to = source(position) * cols;
                for from in 0..size {
                    let factor = self.turns[of_round + (block * size + row) * size + from];
                    let start = source(block * size + from) * cols;
                    for col in 0..cols {
                        next[to + col] += factor * current[start + col];
                    }
                }
            }
            current = next;
        }
        let scaled = |row: usize| self.rescale.as_ref().map_or(1.0, |all| f64::from(all[row]));
        current
            .iter()
            .zip(weights)
            .enumerate()
            .map(|(index, (new, old))| (new * scaled(index / cols) - f64::from(*old)) as f32)
            .collect()
    }
}
