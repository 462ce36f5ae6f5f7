//! bitsandbytes: four bits with a table, in blocks over the flat matrix, and eight bits by row.

use serde::Deserialize;

use super::form::{Codes, Weight, blocks, by_shape, place};
use super::storage::Storage;
use crate::decode::packed::{Operation, Packing};
use crate::dtype::{Dtype, size_bytes};
use crate::tensor::{Format, GridOrder, Levels, Nested, Step};

/// What stands beside the codes of four bits.
const KNOWN: [&str; 6] = [
    "weight.absmax",
    "weight.quant_map",
    "weight.nested_absmax",
    "weight.nested_quant_map",
    "weight.quant_state.bitsandbytes__nf4",
    "weight.quant_state.bitsandbytes__fp4",
];
/// Eight-bit codes reach from minus this to this.
const LARGEST: f32 = 127.0;

#[derive(Deserialize)]
struct State {
    blocksize: u64,
    shape: Vec<u64>,
    nested_blocksize: Option<u64>,
    nested_offset: Option<f64>,
}

/// What codes of four bits stand for.
pub(super) fn undo_4bit(codes: &Codes<'_>) -> Option<Storage> {
    let (form, text) = ["nf4", "fp4"].into_iter().find_map(|form| {
        let text = codes.text(&format!("weight.quant_state.bitsandbytes__{form}"))?;
        Some((form, text))
    })?;
    let state: State = serde_json::from_str(text).ok()?;
    let [rows, cols] = state.shape[..] else { return None };
    if !codes.has_nothing_but(&KNOWN) || state.blocksize == 0 {
        return None;
    }
    let table = codes.beside("weight.quant_map").filter(|table| table.dtype == Dtype::F32)?;
    if table.elements() != 16 {
        return None;
    }
    let absmax = codes.beside("weight.absmax")?;
    let (format, nested) = match absmax.dtype {
        Dtype::F32 => (Format::Plain(Dtype::F32), None),
        Dtype::U8 => {
            let outer = codes.beside("weight.nested_absmax")?;
            let map = codes.beside("weight.nested_quant_map")?;
            let block = state.nested_blocksize.filter(|block| *block > 0)?;
            let needed = absmax.elements().div_ceil(block);
            if map.elements() != 256 || outer.elements() < needed {
                return None;
            }
            if [map, outer].iter().any(|tensor| tensor.dtype != Dtype::F32) {
                return None;
            }
            let offset = (state.nested_offset? as f32).to_bits();
            let levels = Levels::Stored(place(map), 256);
            let nested = Nested { place: place(outer), block, offset };
            (Format::Codes(Packing::LowFirst(8), levels), Some(nested))
        }
        _ => return None,
    };
    let mut step =
        blocks(Operation::Multiply, absmax, format, (1, state.blocksize), GridOrder::Flat);
    if let Step::Blocks(_, grid) = &mut step {
        grid.nested = nested;
    }
    // other formats hold the same bytes
    size_bytes(codes.tensor.dtype)?;
    let levels = Format::Codes(Packing::HighFirst, Levels::Stored(place(table), 16));
    codes.undone(Weight::in_rows(form, (rows, cols), levels, vec![step]))
}

/// What codes of eight bits stand for.
pub(super) fn undo_8bit(codes: &Codes<'_>) -> Option<Storage> {
    let largest = codes.beside("SCB").filter(|scales| scales.dtype == Dtype::F32)?;
    let (rows, cols) = codes.matrix()?;
    // rows of another order are those of a graphics card
    let is_row_order =
        codes.beside("weight_format").is_none() || codes.settings("weight_format") == Some(&[0]);
    let known = ["SCB", "weight_format"];
    if codes.tensor.dtype != Dtype::I8 || !is_row_order || !codes.has_nothing_but(&known) {
        return None;
    }
    let steps = vec![
        by_shape(Operation::Multiply, largest, Format::Plain(Dtype::F32), (rows, cols))?,
        Step::Number(Operation::Divide, LARGEST.to_bits()),
    ];
    let format = Format::Plain(Dtype::I8);
    codes.undone(Weight::in_rows("int8 (bitsandbytes)", (rows, cols), format, steps))
}
