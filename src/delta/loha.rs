//! `LoHa`: D = (`w1_a` · `w1_b`) ∘ (`w2_a` · `w2_b`), each factor with an optional core.

use weightkin_kernel::lowrank::{Matrix, add_product, transposed};

use super::contents::{Contents, Extent, Format, Shapes, flat, matrix, need, times, unfit};
use super::fault::Fault;
use super::role::Role;
use super::rows::{Delta, LowRank};

/// `w1_a` [o, r], `w1_b` [r, i…]. With a core `t1` [ra, rb, k…] the factors are `w1_a` [ra, o] and
/// `w1_b` [rb, i], and the product is Σ t1[a, b, k] · `w1_a`[a, o] · `w1_b`[b, i]; the same for 2.
pub(super) struct Loha;

const SIDES: [(Role, Role, Role); 2] =
    [(Role::HadaW1A, Role::HadaW1B, Role::HadaT1), (Role::HadaW2A, Role::HadaW2B, Role::HadaT2)];

impl Format for Loha {
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
        let mut sizes = Vec::new();
        for (a, b, core) in SIDES {
            sizes.push(side(shapes, a, b, core)?);
        }
        if sizes[0] != sizes[1] {
            let (a, b) = (Role::HadaW1B, Role::HadaW2B);
            return Err(unfit(a, need(shapes, a)?, b, need(shapes, b)?));
        }
        let rank = need(shapes, Role::HadaW1B)?[0];
        let (rows, cols) = sizes[0];
        Ok(Extent {
            rows: Some(rows),
            cols: Some(cols),
            rank: Some(rank),
            alpha_divisor: Some(rank),
        })
    }

    fn delta(&self, mut contents: Contents, rows: usize, _: usize) -> Result<Delta, Fault> {
        let mut factors = SIDES.into_iter().map(|(a, b, core)| {
            let (a, b) = (contents.take(a), contents.take(b));
            match contents.tensors.remove(&core) {
                None => {
                    let rank = a.values.len() / rows;
                    (a.values, b.values, rank)
                }
                Some(core) => {
                    let (a_rank, b_rank) = (a.shape[0] as usize, b.shape[0] as usize);
                    let right = tucker(&core.values, a_rank, &b.values, b_rank);
                    (transposed(&a.values, a_rank, rows), right, a_rank)
                }
            }
        });
        let (first, second) = (factors.next(), factors.next());
        drop(factors);
        let scale = contents.scale;
        let of = |scale, found: Option<(Vec<f32>, Vec<f32>, usize)>| {
            let (up, down, rank) = found.expect("there are two");
            LowRank::new(scale, up, down, rank)
        };
        Ok(Delta::Hadamard(of(scale, first), of(1.0, second)))
    }
}

fn side(shapes: &Shapes<'_>, a: Role, b: Role, core: Role) -> Result<(u64, u64), Fault> {
    let (a_shape, b_shape) = (need(shapes, a)?, need(shapes, b)?);
    let (a_rows, a_cols) = flat(a, a_shape)?;
    let (rank, cols) = matrix(b, b_shape)?;
    let Some(core_shape) = shapes.get(&core) else {
        let fits = a_cols == rank;
        return if fits { Ok((a_rows, cols)) } else { Err(unfit(a, a_shape, b, b_shape)) };
    };
    tucker_extent(core, core_shape, (a, a_shape), (b, b_shape))
}

/// Rows and columns of a product with a core.
pub(super) fn tucker_extent(
    core: Role,
    core_shape: &[u64],
    (a, a_shape): (Role, &[u64]),
    (b, b_shape): (Role, &[u64]),
) -> Result<(u64, u64), Fault> {
    let (a_rank, rows) = flat(a, a_shape)?;
    let (b_rank, mut cols) = flat(b, b_shape)?;
    matrix(core, core_shape)?;
    if core_shape[0] != a_rank {
        return Err(unfit(core, core_shape, a, a_shape));
    }
    if core_shape[1] != b_rank {
        return Err(unfit(core, core_shape, b, b_shape));
    }
    for dimension in &core_shape[2..] {
        cols = times(cols, *dimension)?;
    }
    times(a_rank, cols)?;
    Ok((rows, cols))
}

/// `Σ_b` core[a, b, k] · right[b, i] as `a_rank` rows of i × k.
pub(super) fn tucker(core: &[f32], a_rank: usize, right: &[f32], b_rank: usize) -> Vec<f32> {
    let inputs = right.len() / b_rank;
    let kernel = core.len() / (a_rank * b_rank);
    let inputs_first = transposed(right, b_rank, inputs);
    let mut whole = vec![0.0; a_rank * inputs * kernel];
    for (a, rows) in whole.chunks_exact_mut(inputs * kernel).enumerate() {
        add_product(
            Matrix::packed(&inputs_first, b_rank),
            Matrix::packed(&core[a * b_rank * kernel..], kernel),
            rows,
            (inputs, b_rank, kernel),
        );
    }
    whole
}
