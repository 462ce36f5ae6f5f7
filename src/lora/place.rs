//! Where an adapter's modules belong in a model.

use std::fmt;

use litemap::LiteMap;

use super::adapter::{Adapter, Module};
use super::names::{Part, Site};
use crate::canonical::CanonicalModel;
use crate::delta::Parameter;
use crate::escape::{EscapedQuoted, EscapedShape};
use crate::sorted::{self, sort_by};

/// Which modules of an adapter change which rows of a model's tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// For each tensor that is changed, by canonical name: the modules that change it, from the
    /// top.
    pub tensors: LiteMap<String, Vec<Placed>>,
    /// Modules that change nothing in this model.
    pub unplaced: Vec<Unplaced>,
}

/// A module and the rows that it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Position of the module in [`Adapter::modules`].
    pub module: usize,
    /// First of its rows in the canonical tensor.
    pub first_row: u64,
    /// Number of rows.
    pub rows: u64,
}

/// A module without a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// Position of the module in [`Adapter::modules`].
    pub module: usize,
    /// Why it has none.
    pub reason: UnplacedReason,
}

/// Why a module changes nothing in a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnplacedReason {
    /// The model has no such layer.
    NoLayer,
    /// The layer's name is ambiguous once flattened.
    Ambiguous {
        /// Two tensors that it may mean.
        tensors: [String; 2],
    },
    /// The layer has another shape.
    Shape {
        /// The tensor.
        tensor: String,
        /// Rows and columns that the module changes.
        module: [u64; 2],
        /// Rows and columns that there are.
        model: [u64; 2],
    },
    /// The tensor cannot be changed: it is stored transposed, or in a format that is not decoded.
    Unreadable {
        /// The tensor.
        tensor: String,
    },
    /// Another module changes the same rows.
    Overlap {
        /// The tensor.
        tensor: String,
    },
}

/// Rows of a canonical tensor that a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rows<'a> {
    tensor: &'a str,
    first_row: u64,
    count: u64,
}

/// All names of a model's layers, flattened, and what they mean.
struct Index<'a>(Vec<((Site, Parameter), Rows<'a>)>);

impl<'a> Index<'a> {
    fn new(model: &'a CanonicalModel) -> Self {
        let mut entries = Vec::new();
        for (name, tensor) in &model.tensors {
            let whole = Rows { tensor: name, first_row: 0, count: tensor.source.rows() };
            entries.extend(names(name).map(|key| (key, whole)));
            let mut first_row = 0;
            let pieces = &tensor.source.pieces;
            for (stored, piece) in tensor.stored_names.iter().zip(pieces) {
                let rows = Rows { tensor: name, first_row, count: piece.rows };
                entries.extend(names(stored).map(|key| (key, rows)));
                first_row += piece.rows;
            }
        }
        sort_by(&mut entries, |a, b| a.0.cmp(&b.0).then(a.1.tensor.cmp(b.1.tensor)));
        entries.dedup();
        Self(entries)
    }

    fn find(&self, site: &Site, parameter: Parameter) -> &[((Site, Parameter), Rows<'a>)] {
        let whole = Site { part: Part::Whole, ..site.clone() };
        let key = (whole, parameter);
        let start = self.0.partition_point(|(other, _)| *other < key);
        let end = self.0.partition_point(|(other, _)| *other <= key);
        &self.0[start..end]
    }
}

/// Ways that adapters may call the tensor `name`, and the parameter that they would change.
fn names(name: &str) -> impl Iterator<Item = (Site, Parameter)> {
    let layer =
        |end: &str, parameter| name.strip_suffix(end).map(|layer| (Site::of(layer), parameter));
    let of_layer = layer(".weight", Parameter::Weight)
        .or_else(|| layer("_weight", Parameter::Weight))
        .or_else(|| layer(".bias", Parameter::Bias))
        .or_else(|| layer("_bias", Parameter::Bias));
    [of_layer, Some((Site::of(name), Parameter::Weight))].into_iter().flatten()
}

impl Placement {
    /// Finds the tensors of `model` that the modules of `adapter` change.
    pub fn new(adapter: &Adapter, model: &CanonicalModel) -> Self {
        let index = Index::new(model);
        let mut found: Vec<(String, Placed)> = Vec::new();
        let mut unplaced = Vec::new();
        for (position, module) in adapter.modules.iter().enumerate() {
            match place(module, &index, model) {
                Ok((tensor, first_row, rows)) => {
                    found.push((tensor.to_owned(), Placed { module: position, first_row, rows }));
                }
                Err(reason) => unplaced.push(Unplaced { module: position, reason }),
            }
        }
        sort_by(&mut found, |a, b| (&a.0, a.1.first_row).cmp(&(&b.0, b.1.first_row)));
        let mut tensors = Vec::new();
        for group in found.chunk_by(|a, b| a.0 == b.0) {
            let tensor = &group[0].0;
            let overlaps = group
                .windows(2)
                .any(|pair| pair[0].1.first_row + pair[0].1.rows > pair[1].1.first_row);
            if overlaps {
                unplaced.extend(group.iter().map(|(tensor, placed)| Unplaced {
                    module: placed.module,
                    reason: UnplacedReason::Overlap { tensor: tensor.clone() },
                }));
            } else {
                let placed = group.iter().map(|(_, placed)| *placed).collect();
                tensors.push((tensor.clone(), placed));
            }
        }
        sort_by(&mut unplaced, |a, b| a.module.cmp(&b.module));
        Self { tensors: sorted::first(tensors), unplaced }
    }

    /// Modules that have a place.
    pub fn placed(&self) -> usize {
        self.tensors.values().map(Vec::len).sum()
    }
}

fn place<'a>(
    module: &Module,
    index: &Index<'a>,
    model: &CanonicalModel,
) -> Result<(&'a str, u64, u64), UnplacedReason> {
    let mut reason = UnplacedReason::NoLayer;
    for site in module.site.candidates() {
        let (rows, is_unclear) = match index.find(&site, module.parameter) {
            [] => continue,
            [(_, only)] => (*only, None),
            [(_, first), (_, second), ..] => (*first, Some(*second)),
        };
        if let Some(other) = is_unclear {
            let tensors = [rows.tensor.to_owned(), other.tensor.to_owned()];
            return Err(UnplacedReason::Ambiguous { tensors });
        }
        let tensor = model.tensors.get(rows.tensor);
        let source = &tensor.expect("the index is made of its tensors").source;
        if source.transposed || !source.encoding.is_readable() || source.encoding.is_integer() {
            return Err(UnplacedReason::Unreadable { tensor: rows.tensor.to_owned() });
        }
        let wanted = module.extent.rows.unwrap_or(match site.part {
            Part::Whole => rows.count,
            // without rows of its own a module cannot be a part
            Part::Nth(_) | Part::Last => 0,
        });
        let cols = module.extent.cols.unwrap_or(source.cols());
        let offset = match site.part {
            Part::Whole if wanted == rows.count => Some(0),
            Part::Whole => None,
            Part::Nth(index) => wanted.checked_mul(index),
            Part::Last => rows.count.checked_sub(wanted),
        };
        let end = offset.and_then(|offset| offset.checked_add(wanted));
        let fits = end.is_some_and(|end| end <= rows.count) && wanted > 0 && cols == source.cols();
        if let (true, Some(offset)) = (fits, offset) {
            return Ok((rows.tensor, rows.first_row + offset, wanted));
        }
        reason = UnplacedReason::Shape {
            tensor: rows.tensor.to_owned(),
            module: [wanted, cols],
            model: [rows.count, source.cols()],
        };
    }
    Err(reason)
}

impl fmt::Display for UnplacedReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLayer => formatter.write_str("the model has no such layer"),
            Self::Ambiguous { tensors: [a, b] } => {
                write!(formatter, "may mean {} or {}", EscapedQuoted(a), EscapedQuoted(b))
            }
            Self::Shape { tensor, module, model } => write!(
                formatter,
                "changes {}, but {} is {}",
                EscapedShape(module),
                EscapedQuoted(tensor),
                EscapedShape(model)
            ),
            Self::Unreadable { tensor } => {
                write!(
                    formatter,
                    "{} is stored in a way that cannot be changed",
                    EscapedQuoted(tensor)
                )
            }
            Self::Overlap { tensor } => {
                write!(
                    formatter,
                    "another module changes the same rows of {}",
                    EscapedQuoted(tensor)
                )
            }
        }
    }
}
