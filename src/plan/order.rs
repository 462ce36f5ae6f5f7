//! In which order windows are read, and where batches end.

use super::{PlannedTensor, Window};
use crate::plan::element_bytes;
use crate::sorted::sort_by;

/// Bytes of one model in a batch: enough to make handing it out cheap, and few enough for lanes to
/// end together. A lane reads on from batch to batch, so its streams are longer.
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
            let position = |tensor: usize| {
                let first = &tensors[tensor].places[lead].pieces[0];
                (first.file, first.start)
            };
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
            let (left, right) = (&before.places[model].pieces, &after.places[model].pieces);
            let (last, first) = (&left[left.len() - 1], &right[0]);
            let row_bytes = before.cols * element_bytes(before.places[model].dtype);
            last.file != first.file || last.start + last.rows * row_bytes != first.start
        })
        .count()
}

/// Ends of the batches in `order`.
pub(super) fn cut(tensors: &[PlannedTensor], order: &[(u32, Window)]) -> Vec<usize> {
    let window_bytes = |&(tensor, window): &(u32, Window)| {
        let tensor = &tensors[tensor as usize];
        let grid = tensor.grid();
        let elements = grid.rows_of(window).1 * grid.cols_of(window).1;
        let widest = tensor.places.iter().map(|place| element_bytes(place.dtype)).max();
        elements * widest.unwrap_or(1)
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
