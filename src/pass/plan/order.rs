//! In which order windows are read, and where batches end.

use super::{PlannedTensor, Window};
use crate::sorted::sort_by;

/// Bytes of one model in a batch: enough to make handing it out cheap, and few enough for workers to
/// end together. A worker reads on from batch to batch, so its streams are longer.
const BATCH_BYTES: u64 = 16 << 20;
/// The same in a model of less than [`BATCHES`] × [`BATCH_BYTES`].
const SMALL_BATCH_BYTES: u64 = 4 << 20;
/// Batches there should be.
const BATCHES: u64 = 64;
/// Batches there should be of a model that is small even for small ones.
const FEW_BATCHES: u64 = 8;

/// Positions of `tensors` in the order of the model that makes all models' reads longest.
///
/// Files of one family mostly share an order, so any of them would do; where one file differs,
/// following it would break up the reads of all others.
pub(super) fn reading_order(tensors: &[PlannedTensor], models: usize) -> Vec<usize> {
    (0..models)
        .map(|lead| {
            let mut order: Vec<usize> =
                (0..tensors.len()).filter(|&tensor| !tensors[tensor].grid().is_empty()).collect();
            let position = |tensor: usize| tensors[tensor].sources[lead].position();
            sort_by(&mut order, |&a, &b| position(a).cmp(&position(b)));
            let breaks: usize = (0..models).map(|model| breaks(tensors, &order, model)).sum();
            (breaks, order)
        })
        .min_by_key(|(breaks, _)| *breaks)
        .map(|(_, order)| order)
        .unwrap_or_default()
}

/// How often consecutive tensors are not neighbours in the file of `model`.
fn breaks(tensors: &[PlannedTensor], order: &[usize], model: usize) -> usize {
    order
        .windows(2)
        .filter(|pair| {
            let (before, after) = (&tensors[pair[0]], &tensors[pair[1]]);
            before.sources[model].end() != after.sources[model].position()
        })
        .count()
}

/// Ends of the batches in `order`.
pub(super) fn cut(tensors: &[PlannedTensor], order: &[(u32, Window)]) -> Vec<usize> {
    let window_bytes = |&(tensor, window): &(u32, Window)| {
        let tensor = &tensors[tensor as usize];
        let grid = tensor.grid();
        let (rows, cols) = (grid.rows_of(window).1, grid.cols_of(window).1);
        let widest = tensor.sources.iter().map(|source| source.encoding.row_bytes(cols)).max();
        rows * widest.unwrap_or(cols)
    };
    let all_bytes: u64 = order.iter().map(window_bytes).sum();
    let least_bytes = SMALL_BATCH_BYTES.min(all_bytes / FEW_BATCHES).max(1);
    let goal_bytes = (all_bytes / BATCHES).clamp(least_bytes, BATCH_BYTES);
    let mut cuts = Vec::new();
    let mut batch_bytes = 0;
    for (index, window) in order.iter().enumerate() {
        batch_bytes += window_bytes(window);
        if batch_bytes >= goal_bytes {
            cuts.push(index + 1);
            batch_bytes = 0;
        }
    }
    if cuts.last() != Some(&order.len()) && !order.is_empty() {
        cuts.push(order.len());
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::Dtype;
    use crate::pass::plan::fixture::tensor;

    /// Three tensors of 24 bytes that models have at `starts`, in files.
    fn tensors(starts: &[[(usize, u64); 3]]) -> Vec<PlannedTensor> {
        (0..3)
            .map(|index| {
                let place = |model: &[(usize, u64); 3]| {
                    let (file, start) = model[index];
                    (Dtype::F16, file, start)
                };
                tensor(3, 4, &starts.iter().map(place).collect::<Vec<_>>())
            })
            .collect()
    }

    #[test]
    fn breaks_are_where_neighbours_are_not() {
        let tensors = tensors(&[
            [(0, 8), (0, 32), (0, 56)],
            [(0, 8), (0, 32), (0, 57)],
            [(0, 8), (1, 32), (1, 56)],
            [(0, 8), (1, 32), (2, 56)],
            [(0, 56), (0, 32), (0, 8)],
        ]);
        let found: Vec<usize> = (0..5).map(|model| breaks(&tensors, &[0, 1, 2], model)).collect();
        assert_eq!(found, [0, 1, 1, 2, 2]);
        assert_eq!(breaks(&tensors, &[2, 1, 0], 4), 0);
    }

    #[test]
    fn the_order_of_most_is_followed() {
        let odd = [(0, 56), (0, 8), (0, 32)];
        let common = [(0, 8), (0, 32), (0, 56)];
        assert_eq!(reading_order(&tensors(&[odd, common, common]), 3), [0, 1, 2]);
        assert_eq!(reading_order(&tensors(&[common, odd, odd]), 3), [1, 2, 0]);
        // where all differ, the first
        assert_eq!(reading_order(&tensors(&[odd, common]), 2), [1, 2, 0]);
    }

    #[test]
    fn empty_tensors_are_not_read() {
        let places = [(Dtype::F16, 0, 8)];
        let tensors = [tensor(0, 4, &places), tensor(3, 4, &places), tensor(3, 0, &places)];
        assert_eq!(reading_order(&tensors, 1), [1]);
        assert_eq!(reading_order(&tensors, 0), Vec::<usize>::new());
    }

    #[test]
    fn batches_have_their_size_in_the_widest_format() {
        // a MiB in the second model
        let tensors = [tensor(512, 512, &[(Dtype::F16, 0, 0), (Dtype::F32, 1, 0)])];
        let ends =
            |windows: usize| cut(&tensors, &vec![(0, Window { stripe: 0, band: 0 }); windows]);
        let every = |step: usize, windows: usize| -> Vec<usize> {
            (step..windows).step_by(step).chain([windows]).collect()
        };
        assert!(ends(0).is_empty());
        assert_eq!(ends(1), [1]);
        // eighths of little, 4 MiB of more, 64ths of much, and 16 MiB of very much
        assert_eq!(ends(8), every(1, 8));
        assert_eq!(ends(16), every(2, 16));
        assert_eq!(ends(17), every(3, 17));
        assert_eq!(ends(64), every(4, 64));
        assert_eq!(ends(512), every(8, 512));
        assert_eq!(ends(2000), every(16, 2000));
    }
}
