//! What all forms have in common: a look at what stands beside the codes, and a check that
//! everything fits before anybody reads it.

use super::config::Config;
use super::storage::Storage;
use super::words::{Likeness, likeness};
use crate::decode::packed::{Operation, Packing};
use crate::dtype::{Class, Dtype, class, size_bytes};
use crate::model::{Model, Tensor};
use crate::tensor::{
    Encoding, Format, Grid, GridOrder, Levels, Order, Piece, Place, Quantised, Step, TensorSource,
    WHOLE_BYTES,
};

/// Most tensors of a module that are looked at.
const MOST_BESIDE: usize = 64;

/// Codes, and what stands beside them.
#[derive(Clone, Copy)]
pub(super) struct Codes<'a> {
    pub model: &'a Model,
    /// Name of the module that has the weight.
    pub module: &'a str,
    /// Name of the codes in it.
    pub leaf: &'a str,
    pub tensor: &'a Tensor,
    pub config: &'a Config,
}

/// A weight that codes stand for, before it is known to fit.
pub(super) struct Weight {
    pub form: &'static str,
    pub rows: u64,
    pub cols: u64,
    pub codes: Format,
    pub order: Order,
    pub stride: u64,
    pub steps: Vec<Step>,
    pub rotation: Option<u32>,
}

impl Weight {
    /// Of rows that are stored one after the other, and brought to size by `steps`.
    pub(super) fn in_rows(
        form: &'static str,
        (rows, cols): (u64, u64),
        codes: Format,
        steps: Vec<Step>,
    ) -> Self {
        Self { form, rows, cols, codes, order: Order::Rows, stride: cols, steps, rotation: None }
    }
}

impl<'a> Codes<'a> {
    /// The tensor called `leaf` in the same module.
    pub(super) fn beside(&self, leaf: &str) -> Option<&'a Tensor> {
        self.model.tensors.get(&format!("{}.{leaf}", self.module))
    }

    /// The text of the settings called `leaf` in the same module.
    pub(super) fn text(&self, leaf: &str) -> Option<&'a str> {
        std::str::from_utf8(self.settings(leaf)?).ok()
    }

    /// The bytes of the settings called `leaf` in the same module.
    pub(super) fn settings(&self, leaf: &str) -> Option<&'a [u8]> {
        self.model.settings.get(&format!("{}.{leaf}", self.module)).map(Vec::as_slice)
    }

    /// Whether nothing else that may serve a quantisation stands beside the codes.
    pub(super) fn has_nothing_but(&self, known: &[&str]) -> bool {
        let prefix = format!("{}.", self.module);
        let (Ok(first) | Err(first)) = self.model.tensors.find_index(prefix.as_str());
        for at in first.. {
            let Some((name, _)) = self.model.tensors.get_indexed(at) else { return true };
            let Some(leaf) = name.strip_prefix(&prefix) else { return true };
            if at - first > MOST_BESIDE {
                return false;
            }
            let is_own = leaf.starts_with("weight.") || !leaf.contains('.');
            let last = leaf.rsplit('.').next().unwrap_or(leaf);
            let may_serve = likeness(last) > Likeness::None || leaf == "R.weight";
            if is_own && leaf != self.leaf && may_serve && !known.contains(&leaf) {
                return false;
            }
        }
        true
    }

    /// Sides of the codes as a matrix.
    pub(super) fn matrix(&self) -> Option<(u64, u64)> {
        match self.tensor.shape[..] {
            [rows, cols] => Some((rows, cols)),
            _ => None,
        }
    }

    /// `weight`, if everything fits.
    pub(super) fn undone(&self, weight: Weight) -> Option<Storage> {
        let Weight { form, rows, cols, codes, order, stride, steps, rotation } = weight;
        let lines = if order == Order::Columns { cols } else { rows };
        let count = lines.checked_mul(stride)?;
        let wide_enough = if order == Order::Columns { stride >= rows } else { stride >= cols };
        let bytes = codes.total_bytes(count);
        if rows == 0 || cols == 0 || !wide_enough || bytes != self.tensor.bytes() {
            return None;
        }
        let fits = |step: &Step| match step {
            Step::Blocks(_, grid) => grid.fits(rows, cols),
            Step::Number(..) | Step::Round => true,
        };
        if !steps.iter().all(fits) {
            return None;
        }
        if let Some(group) = rotation {
            let is_power = group > 1 && group.is_power_of_two() && group.trailing_zeros() % 2 == 0;
            if !is_power || !cols.is_multiple_of(u64::from(group)) {
                return None;
            }
        }
        let dtype = self.tensor.dtype;
        let form = form.to_owned();
        let quantised = Quantised {
            form,
            dtype,
            codes,
            order,
            stride,
            count,
            steps,
            rotation,
            head_rows: None,
        };
        let encoding = Encoding::Quantised(Box::new(quantised));
        let pieces = vec![Piece { file: self.tensor.file, start: self.tensor.start, rows }];
        let source = TensorSource { shape: vec![rows, cols], encoding, pieces, transposed: false };
        if source.is_read_whole() && bytes > WHOLE_BYTES {
            return None;
        }
        // the codes may be inside an object that stands for the weight
        let module = self.module.strip_suffix(".weight").unwrap_or(self.module);
        let name = format!("{module}.weight");
        Some(Storage::Weights(vec![(name, source)]))
    }
}

/// Where `tensor` begins.
pub(super) fn place(tensor: &Tensor) -> Place {
    Place { file: tensor.file, start: tensor.start }
}

/// Codes of so many bits from the lowest on, less an offset.
pub(super) fn offset(bits: u8, offset: i16) -> Format {
    Format::Codes(Packing::LowFirst(bits), Levels::Offset(offset))
}

/// Floats of four bits, two in a byte.
pub(super) const E2M1_LOW_FIRST: Format = Format::Codes(Packing::LowFirst(4), Levels::E2m1);

/// Powers of two, one in a byte.
pub(super) const EXPONENTS: Format = Format::Codes(Packing::LowFirst(8), Levels::E8m0);

/// What the numbers of a scale are: floats, or powers of two.
pub(super) fn scale_format(tensor: &Tensor) -> Option<Format> {
    match tensor.dtype {
        Dtype::F8_E8M0 => Some(EXPONENTS),
        Dtype::F64 => None,
        dtype if class(dtype) == Class::Float && size_bytes(dtype).is_some() => {
            Some(Format::Plain(dtype))
        }
        _ => None,
    }
}

/// `operation` with the numbers of `tensor`, each of which blocks of some rows and columns share.
pub(super) fn blocks(
    operation: Operation,
    tensor: &Tensor,
    format: Format,
    (block_rows, block_cols): (u64, u64),
    order: GridOrder,
) -> Step {
    let count = tensor.elements();
    let (place, groups, nested) = (place(tensor), None, None);
    let grid = Grid { place, format, count, block_rows, block_cols, order, groups, nested };
    Step::Blocks(operation, grid)
}

/// `operation` with the numbers of `tensor`, laid out as their shape says: one for all, one for each
/// row, or one for each of so many columns of a row.
pub(super) fn by_shape(
    operation: Operation,
    tensor: &Tensor,
    format: Format,
    (rows, cols): (u64, u64),
) -> Option<Step> {
    let across = match tensor.shape[..] {
        _ if tensor.elements() == 1 => {
            return Some(blocks(operation, tensor, format, (rows, cols), GridOrder::Rows(1)));
        }
        [down] | [down, 1] | [down, 1, 1] if down == rows => 1,
        [down, across] | [down, across, 1] if down == rows && across > 0 => across,
        _ => return None,
    };
    let width = cols / across;
    (width > 0 && width * across == cols)
        .then(|| blocks(operation, tensor, format, (1, width), GridOrder::Rows(across)))
}

impl Grid {
    /// Whether there is a number for every block of `rows` × `cols` weights.
    fn fits(&self, rows: u64, cols: u64) -> bool {
        let (down, across) = (rows.div_ceil(self.block_rows), cols.div_ceil(self.block_cols));
        let needed = match self.order {
            GridOrder::Rows(stride) => (stride >= across).then(|| down.checked_mul(stride)),
            GridOrder::Columns(stride) => (stride >= down).then(|| across.checked_mul(stride)),
            GridOrder::Flat => {
                Some(rows.checked_mul(cols).map(|all| all.div_ceil(self.block_cols)))
            }
            GridOrder::RowWords(stride, rows) => (stride >= across)
                .then(|| down.div_ceil(rows).checked_mul(stride)?.checked_mul(rows)),
            GridOrder::Tiles(tiles) => (tiles >= across.div_ceil(4))
                .then(|| down.div_ceil(128).checked_mul(tiles)?.checked_mul(512)),
        };
        let groups_fit = self.groups.is_some() || needed.flatten().is_some_and(|n| n <= self.count);
        groups_fit && needed.is_some()
    }
}
