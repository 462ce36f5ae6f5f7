//! In which order windows are read, and where batches end.

use super::{PlannedTensor, Window};
use crate::plan::element_bytes;
use crate::sorted::sort_by;

/// Largest batch, in bytes of one model: a stream this long costs little to open.
const BATCH_BYTES: u64 = 128 << 20;
/// Smallest batch, unless the whole model is small.
const SMALLEST_BATCH_BYTES: u64 = 4 << 20;
/// A batch takes at most this share of what is left, so that the last ones end together.
const SHARE_OF_REST: u64 = 6;

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
    let mut rest_bytes: u64 = order.iter().map(window_bytes).sum();
    let smallest = SMALLEST_BATCH_BYTES.min(rest_bytes / 4).max(1);
    let mut cuts = Vec::new();
    let mut batch_bytes = 0;
    let mut goal_bytes = (rest_bytes / SHARE_OF_REST).clamp(smallest, BATCH_BYTES);
    for (index, window) in order.iter().enumerate() {
        batch_bytes += window_bytes(window);
        if batch_bytes >= goal_bytes {
            cuts.push(index + 1);
            rest_bytes -= batch_bytes;
            batch_bytes = 0;
            goal_bytes = (rest_bytes / SHARE_OF_REST).clamp(smallest, BATCH_BYTES);
        }
    }
    if cuts.last() != Some(&order.len()) && !order.is_empty() {
        cuts.push(order.len());
    }
    cuts
}
