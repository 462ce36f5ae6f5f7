//! LoRA: D = up · down, with an optional middle factor for convolutions.

use weightkin_kernel::lowrank::{Matrix, add_product, transposed};

use super::contents::{Contents, Extent, Format, Shapes, flat, matrix, need, times, unfit};
use super::fault::Fault;
use super::role::Role;
use super::rows::{Delta, LowRank};

/// `up` [o, r], `down` [r, i, k…]; with `mid` [r, r, k…] the others are flat, and
/// D[o, i, k] = Σ up[o, m] · mid[m, n, k] · down[n, i].
pub(super) struct Lora;

impl Format for Lora {
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
        let (up, down) = (need(shapes, Role::Up)?, need(shapes, Role::Down)?);
        let (rows, up_rank) = flat(Role::Up, up)?;
        let (rank, mut cols) = matrix(Role::Down, down)?;
        if let Some(mid) = shapes.get(&Role::Mid) {
            let (_, _) = flat(Role::Down, down)?;
            let (mid_rank, _) = matrix(Role::Mid, mid)?;
            if mid_rank != up_rank {
                return Err(unfit(Role::Mid, mid, Role::Up, up));
            }
            if mid[1] != rank {
                return Err(unfit(Role::Mid, mid, Role::Down, down));
            }
            for dimension in &mid[2..] {
                cols = times(cols, *dimension)?;
            }
            times(up_rank, cols)?;
        } else if up_rank != rank {
            return Err(unfit(Role::Up, up, Role::Down, down));
        }
        Ok(Extent {
            rows: Some(rows),
            cols: Some(cols),
            rank: Some(rank),
            alpha_divisor: Some(rank),
        })
    }

    fn delta(&self, mut contents: Contents, rows: usize, cols: usize) -> Result<Delta, Fault> {
        let up = contents.take(Role::Up);
        let down = contents.take(Role::Down);
        let rank = up.values.len() / rows;
        let down = match contents.tensors.remove(&Role::Mid) {
            None => down.values,
            Some(mid) => {
                // for each m: the transposed inputs [i, n] times mid's [n, k]
                let inner = down.shape[0] as usize;
                let inputs = down.values.len() / inner;
                let kernel = mid.values.len() / (rank * inner);
                let inputs_first = transposed(&down.values, inner, inputs);
                let mut whole = vec![0.0; rank * cols];
                for m in 0..rank {
                    add_product(
                        Matrix::packed(&inputs_first, inner),
                        Matrix::packed(&mid.values[m * inner * kernel..], kernel),
                        &mut whole[m * cols..][..cols],
                        (inputs, inner, kernel),
                    );
                }
                whole
            }
        };
        Ok(Delta::LowRank(LowRank::new(contents.scale, up.values, down, rank)))
    }
}
