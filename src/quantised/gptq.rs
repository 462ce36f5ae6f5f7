//! GPTQ and AWQ: stored with rows and columns exchanged, in words of 32 bits, with scales and packed
//! zero points for groups of columns.

use super::form::{Codes, Weight, blocks, place, scale_format};
use super::storage::Storage;
use crate::decode::packed::{Operation, Packing};
use crate::dtype::Dtype;
use crate::tensor::{Format, GridOrder, Levels, Order, Step};

const KNOWN: [&str; 3] = ["qzeros", "scales", "g_idx"];

/// What GPTQ codes stand for: words go down the columns.
pub(super) fn undo_gptq(codes: &Codes<'_>) -> Option<Storage> {
    let (words, rows) = codes.matrix()?;
    let (zeros, scales) = (codes.beside("qzeros")?, codes.beside("scales")?);
    let [groups, across] = scales.shape[..] else { return None };
    if !codes.config.is_method("gptq") {
        return None;
    }
    let bits = codes.config.number("bits").and_then(|bits| u8::try_from(bits).ok())?;
    // the first version takes one off before it packs zero points
    let zero_offset = match codes.config.text("checkpoint_format") {
        None | Some("gptq") => 1,
        Some("gptq_v2") => 0,
        Some(_) => return None,
    };
    if ![2, 3, 4, 8].contains(&bits) {
        return None;
    }
    let cols = words * 32 / u64::from(bits);
    let in_step = zeros.shape[..] == [groups, rows * u64::from(bits) / 32];
    let is_whole = words * 32 == cols * u64::from(bits) && (rows * u64::from(bits)) % 32 == 0;
    let is_i32 = codes.tensor.dtype == Dtype::I32 && zeros.dtype == Dtype::I32;
    let fits = in_step && is_whole && is_i32 && across == rows && groups > 0;
    if !fits || !codes.has_nothing_but(&KNOWN) {
        return None;
    }
    let width = cols.div_ceil(groups);
    let grouping = match codes.beside("g_idx") {
        Some(g_idx) if g_idx.dtype == Dtype::I32 && g_idx.shape[..] == [cols] => Some(place(g_idx)),
        Some(_) => return None,
        None => None,
    };
    let offset = Levels::Offset(-zero_offset);
    let zeros_format = Format::Codes(Packing::LowFirst(bits), offset);
    let order = GridOrder::Columns(rows);
    let mut steps = vec![
        blocks(Operation::Subtract, zeros, zeros_format, (1, width), order),
        blocks(Operation::Multiply, scales, scale_format(scales)?, (1, width), order),
    ];
    for step in &mut steps {
        if let Step::Blocks(_, grid) = step {
            (grid.count, grid.groups) = (groups * rows, grouping);
        }
    }
    let format = Format::Codes(Packing::LowFirst(bits), Levels::Offset(0));
    let form = match bits {
        2 => "gptq 2-bit",
        3 => "gptq 3-bit",
        4 => "gptq 4-bit",
        _ => "gptq 8-bit",
    };
    let order = Order::Words;
    codes.undone(Weight { order, ..Weight::in_rows(form, (rows, cols), format, steps) })
}

/// What AWQ codes stand for: words go along the rows, eight in an order of their own.
pub(super) fn undo_awq(codes: &Codes<'_>) -> Option<Storage> {
    let (cols, words) = codes.matrix()?;
    let (zeros, scales) = (codes.beside("qzeros")?, codes.beside("scales")?);
    let [groups, rows] = scales.shape[..] else { return None };
    let version = codes.config.text("version").unwrap_or("gemm");
    if !codes.config.is_method("awq") || !version.eq_ignore_ascii_case("gemm") {
        return None;
    }
    let in_step = zeros.shape[..] == [groups, words] && words.checked_mul(8) == Some(rows);
    let is_i32 = codes.tensor.dtype == Dtype::I32 && zeros.dtype == Dtype::I32;
    let width = cols / groups.max(1);
    let fits = in_step && is_i32 && width > 0 && width * groups == cols;
    if !fits || !codes.has_nothing_but(&KNOWN[..2]) {
        return None;
    }
    let format = Format::Codes(Packing::Interleaved, Levels::Offset(0));
    let order = GridOrder::Columns(rows);
    let mut steps = vec![
        blocks(Operation::Subtract, zeros, format, (1, width), order),
        blocks(Operation::Multiply, scales, scale_format(scales)?, (1, width), order),
    ];
    if let Step::Blocks(_, grid) = &mut steps[0] {
        grid.count = groups * rows;
    }
    let (order, stride) = (Order::Columns, rows);
    let weight = Weight::in_rows("awq 4-bit", (rows, cols), format, steps);
    codes.undone(Weight { order, stride, ..weight })
}
