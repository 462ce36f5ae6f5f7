//! How alike adapters are: their changes compared, from the factors alone.
//!
//! [`AdapterComparison`] finds which modules of several adapters change the same layer,
//! [`AdapterComparison::measure`] works out the inner products of one layer, and
//! [`AdapterComparison::finish`] adds them up. Layers can be measured anywhere, in any order.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::adapter::{Adapter, Module};
use super::inner::{RowsOf, inner};
use super::load::load;
use super::names::{Part, Side, Site};
use super::rank::spectrum;
use crate::architecture::TensorRole;
use crate::delta::Parameter;
use crate::delta::{Delta, LoadError};
use crate::gram::{pair, pairs};
use crate::read::{ByteStream, Source};
use crate::sorted::sort_by;

/// Squared distance, as a share of the energy, of which rounding of the sums alone could be the
/// cause.
const SAME_PRODUCTS: f64 = 1e-11;
/// The same for factors that were stored anew in a 16-bit format.
const STORED_ANEW: f64 = 4e-6;
/// How far a cosine may be below 1 for the same.
const SCALED: f64 = 2e-6;
/// How far sums of a truncated copy may be off, as a share of the energy.
const RESIZED: f64 = 4e-3;
/// Share of the energy that has to agree.
const NEARLY_ALL: f64 = 0.999;

/// Adapters to be compared, layer by layer.
#[derive(Debug, Clone)]
pub struct AdapterComparison {
    adapters: Vec<Arc<Adapter>>,
    /// First file of each adapter among those of all.
    first_files: Vec<usize>,
    layers: Vec<Layer>,
    left_out: Vec<usize>,
}

/// A layer that at least one adapter changes.
#[derive(Debug, Clone)]
struct Layer {
    role: TensorRole,
    members: Vec<Member>,
}

/// One adapter's module of a layer.
#[derive(Debug, Clone, Copy)]
struct Member {
    adapter: usize,
    module: usize,
    first_row: u64,
    rows: u64,
    cols: u64,
}

/// The inner products of one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerSums {
    layer: usize,
    /// For each pair of adapters `a ≤ b`.
    gram: Vec<f64>,
    /// For each pair of adapters `a < b` and the other way round, the energy of the first that a
    /// truncation to the second's rank would keep; `NaN` where one of them is not of low rank.
    kept: Vec<f64>,
}

/// Some layers together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerGroup {
    /// What they are: a component, or a component and a block.
    pub name: String,
    /// Modules of each adapter in them.
    pub modules: Vec<usize>,
    /// For each pair of adapters `a ≤ b`, the inner product of their changes.
    pub gram: Vec<f64>,
}

/// How two adapters are related.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Likeness {
    /// Their changes are the same.
    Identical,
    /// Their changes differ by no more than storing the factors anew.
    StoredAnew,
    /// One is the other multiplied.
    Scaled {
        /// The second one is so many times the first.
        factor: f64,
    },
    /// The second is the first with the smaller singular values left out, or the other way round.
    Resized {
        /// Position of the smaller one.
        smaller: usize,
        /// So many times the truncated larger one.
        factor: f64,
    },
    /// None of these.
    Different,
}

/// What came of a comparison of adapters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Similarity {
    /// Names of the adapters.
    pub adapters: Vec<String>,
    /// All layers.
    pub overall: LayerGroup,
    /// Layers by component, in a fixed order.
    pub components: Vec<LayerGroup>,
    /// Layers by block, in order.
    pub blocks: Vec<LayerGroup>,
    /// For each pair `a < b`, how they are related.
    pub likeness: Vec<Likeness>,
    /// Modules of each adapter that take the model to be worked out, and are left out.
    pub left_out: Vec<usize>,
}

impl AdapterComparison {
    /// Finds the layers of `adapters`, each given with the number of its files.
    pub fn new(adapters: Vec<(Arc<Adapter>, usize)>) -> Self {
        let mut first_file = 0;
        let (mut all, mut first_files) = (Vec::new(), Vec::new());
        for (adapter, files) in adapters {
            first_files.push(first_file);
            first_file += files;
            all.push(adapter);
        }
        let named = named_sites(&all);
        let mut left_out = vec![0; all.len()];
        let mut found: Vec<(Site, Parameter, usize, usize)> = Vec::new();
        for (position, adapter) in all.iter().enumerate() {
            for (index, module) in adapter.modules.iter().enumerate() {
                if module.needs_model() {
                    left_out[position] += 1;
                    continue;
                }
                found.push((common_site(module, &named), module.parameter, position, index));
            }
        }
        let key =
            |entry: &(Site, Parameter, usize, usize)| (entry.0.side, entry.0.key.clone(), entry.1);
        sort_by(&mut found, |a, b| {
            (a.0.side, &a.0.key, a.1, a.2).cmp(&(b.0.side, &b.0.key, b.1, b.2))
        });
        let layers =
            found.chunk_by(|a, b| key(a) == key(b)).map(|group| layer(group, &all)).collect();
        Self { adapters: all, first_files, layers, left_out }
    }

    /// Number of layers to measure.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// The inner products of the layer at `index`.
    ///
    /// # Errors
    /// When the source fails, or a module's numbers make no sense.
    pub async fn measure<S: Source>(
        &self,
        source: &S,
        index: usize,
    ) -> Result<LayerSums, LoadError<<S::Stream as ByteStream>::Error>> {
        let count = self.adapters.len();
        let members = &self.layers[index].members;
        let mut deltas = Vec::with_capacity(members.len());
        for member in members {
            let module = self.module(*member);
            let size = (member.rows, member.cols);
            deltas.push(load(source, self.first_files[member.adapter], module, size).await?);
        }
        let mut gram = vec![0.0; pairs(count)];
        let mut kept = vec![0.0; count * count];
        for (a, (a_member, a_delta)) in members.iter().zip(&deltas).enumerate() {
            for (b_member, b_delta) in members.iter().zip(&deltas).skip(a) {
                if a_member.cols != b_member.cols {
                    continue;
                }
                // rows that both change, counted from the top of the layer
                let first = a_member.first_row.max(b_member.first_row);
                let end =
                    (a_member.first_row + a_member.rows).min(b_member.first_row + b_member.rows);
                if first >= end {
                    continue;
                }
                let of = |member: &Member| (first - member.first_row) as usize;
                let product = inner(
                    RowsOf { delta: a_delta, first_row: of(a_member) },
                    RowsOf { delta: b_delta, first_row: of(b_member) },
                    (end - first) as usize,
                    a_member.cols as usize,
                );
                let twice =
                    a_member.adapter == b_member.adapter && a_member.module != b_member.module;
                gram[pair(count, a_member.adapter, b_member.adapter)] +=
                    if twice { 2.0 * product } else { product };
            }
        }
        for (member, delta) in members.iter().zip(&deltas) {
            for (other, other_delta) in members.iter().zip(&deltas) {
                let is_same = (other.first_row, other.rows) == (member.first_row, member.rows);
                if other.adapter == member.adapter || !is_same {
                    continue;
                }
                let share = match (delta, other_delta) {
                    (Delta::LowRank(product), Delta::LowRank(smaller))
                        if may_be_truncated(&gram, count, member.adapter, other.adapter) =>
                    {
                        let spectrum = spectrum(product);
                        spectrum.energy() * spectrum.energy_of_rank(smaller.rank)
                    }
                    (Delta::LowRank(_), Delta::LowRank(_)) => 0.0,
                    _ => f64::NAN,
                };
                kept[member.adapter * count + other.adapter] += share;
            }
        }
        Ok(LayerSums { layer: index, gram, kept })
    }

    fn module(&self, member: Member) -> &Module {
        &self.adapters[member.adapter].modules[member.module]
    }

    /// The figures, from the sums of all layers in any order.
    pub fn finish(&self, mut sums: Vec<LayerSums>) -> Similarity {
        sort_by(&mut sums, |a, b| a.layer.cmp(&b.layer));
        let count = self.adapters.len();
        let empty = |name: String| LayerGroup {
            name,
            modules: vec![0; count],
            gram: vec![0.0; pairs(count)],
        };
        let mut overall = empty("all".to_owned());
        let mut order: Vec<(TensorRole, usize)> = Vec::new();
        for sum in &sums {
            order.push((self.layers[sum.layer].role.clone(), sum.layer));
        }
        let (mut components, mut blocks) = (Vec::<LayerGroup>::new(), Vec::<LayerGroup>::new());
        sort_by(&mut order, |a, b| {
            (a.0.component, &a.0.block, a.1).cmp(&(b.0.component, &b.0.block, b.1))
        });
        let by_layer: Vec<Option<&LayerSums>> = {
            let mut by_layer = vec![None; self.layers.len()];
            for sum in &sums {
                by_layer[sum.layer] = Some(sum);
            }
            by_layer
        };
        for (role, layer) in order {
            let Some(sum) = by_layer[layer] else { continue };
            let component = role.component.to_string();
            let block = format!("{component} {}", role.block);
            for (groups, name) in [(&mut components, component), (&mut blocks, block)] {
                if groups.last().is_none_or(|last| last.name != name) {
                    groups.push(empty(name));
                }
                let position = groups.len() - 1;
                self.add(&mut groups[position], sum);
            }
            self.add(&mut overall, sum);
        }
        // a block that is the whole component says nothing more
        blocks
            .retain(|block| !components.iter().any(|component| component.modules == block.modules));
        let likeness = crate::gram::distinct_pairs(count)
            .map(|(a, b)| self.likeness(&overall, &sums, a, b))
            .collect();
        Similarity {
            adapters: self.adapters.iter().map(|adapter| adapter.name.clone()).collect(),
            overall,
            components,
            blocks,
            likeness,
            left_out: self.left_out.clone(),
        }
    }

    fn add(&self, group: &mut LayerGroup, sum: &LayerSums) {
        for (to, value) in group.gram.iter_mut().zip(&sum.gram) {
            *to += value;
        }
        for member in &self.layers[sum.layer].members {
            group.modules[member.adapter] += 1;
        }
    }

    fn likeness(&self, overall: &LayerGroup, sums: &[LayerSums], a: usize, b: usize) -> Likeness {
        let count = self.adapters.len();
        let at = |gram: &[f64], x: usize, y: usize| gram[pair(count, x.min(y), x.max(y))];
        let (aa, bb) = (at(&overall.gram, a, a), at(&overall.gram, b, b));
        let ab = at(&overall.gram, a, b);
        let is_partial = self.left_out[a] + self.left_out[b] > 0;
        if is_partial || !(aa > 0.0 && bb > 0.0) {
            return Likeness::Different;
        }
        let distance = (aa - 2.0 * ab + bb) / aa.max(bb);
        if distance <= SAME_PRODUCTS {
            return Likeness::Identical;
        }
        if distance <= STORED_ANEW {
            return Likeness::StoredAnew;
        }
        if ab / (aa * bb).sqrt() >= 1.0 - SCALED {
            return Likeness::Scaled { factor: ab / aa };
        }
        for (larger, smaller) in [(a, b), (b, a)] {
            let projection = ab / at(&overall.gram, smaller, smaller);
            let mut agreeing = 0.0;
            let whole = at(&overall.gram, larger, larger);
            for sum in sums {
                let energy = at(&sum.gram, larger, larger);
                let own = at(&sum.gram, smaller, smaller) * projection * projection;
                let cross = at(&sum.gram, a, b) * projection;
                let kept = sum.kept[larger * count + smaller];
                let is_near = |x: f64, y: f64| (x - y).abs() <= RESIZED * energy;
                // a layer that the smaller one lacks is not a truncated one
                if own > 0.0 && is_near(cross, own) && is_near(own, kept) {
                    agreeing += energy;
                }
            }
            if agreeing >= NEARLY_ALL * whole {
                return Likeness::Resized { smaller, factor: 1.0 / projection };
            }
        }
        Likeness::Different
    }
}

impl LayerGroup {
    /// Cosine of the changes of two adapters; `None` where one has none.
    pub fn cosine(&self, a: usize, b: usize) -> Option<f64> {
        let count = self.modules.len();
        let at = |x: usize, y: usize| self.gram[pair(count, x.min(y), x.max(y))];
        let scale = at(a, a) * at(b, b);
        (scale > 0.0).then(|| at(a, b) / scale.sqrt())
    }
}

/// Whether a layer's sums look like those of a truncated copy: the copy's energy is all shared.
fn may_be_truncated(gram: &[f64], count: usize, larger: usize, smaller: usize) -> bool {
    let at = |x: usize, y: usize| gram[pair(count, x.min(y), x.max(y))];
    let scale = at(larger, larger) * at(smaller, smaller);
    scale > 0.0 && at(larger, smaller).abs() >= 0.2 * scale.sqrt()
}

fn layer(group: &[(Site, Parameter, usize, usize)], adapters: &[Arc<Adapter>]) -> Layer {
    /// First row of what is at the end of a layer of unknown height.
    const END: u64 = 1 << 40;
    let rows_of = |adapter: usize, module: usize| {
        let extent = &adapters[adapter].modules[module].extent;
        (extent.rows.unwrap_or(0), extent.cols.unwrap_or(0))
    };
    let height = group
        .iter()
        .filter(|(site, ..)| site.part == Part::Whole)
        .map(|(_, _, adapter, module)| rows_of(*adapter, *module).0)
        .max();
    let members = group
        .iter()
        .map(|(site, _, adapter, module)| {
            let (rows, cols) = rows_of(*adapter, *module);
            let first_row = match site.part {
                Part::Whole => 0,
                Part::Nth(index) => index.saturating_mul(rows),
                Part::Last => height.map_or(END, |height| height.saturating_sub(rows)),
            };
            Member { adapter: *adapter, module: *module, first_row, rows, cols }
        })
        .collect();
    Layer { role: group[0].0.role(), members }
}

/// The names that modules of all adapters have without any translation, sorted.
fn named_sites(adapters: &[Arc<Adapter>]) -> Vec<(Side, String)> {
    let modules = adapters.iter().flat_map(|adapter| &adapter.modules);
    let mut named: Vec<(Side, String)> =
        modules.map(|module| (module.site.side, module.site.key.clone())).collect();
    sort_by(&mut named, Ord::cmp);
    named.dedup();
    named
}

/// The site of a module under the name that the others use too; else in the single-file layout.
fn common_site(module: &Module, named: &[(Side, String)]) -> Site {
    let mut candidates = module.site.candidates();
    let is_named = |site: &Site| {
        named
            .binary_search_by(|(side, key)| (*side, key.as_str()).cmp(&(site.side, &site.key)))
            .is_ok()
    };
    let position = candidates.iter().skip(1).position(is_named).map(|position| position + 1);
    let position = position.unwrap_or_else(|| usize::from(candidates.len() > 1));
    candidates.swap_remove(position)
}
