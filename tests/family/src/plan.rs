//! Everything that is decided before the first weight is made.

use std::collections::{BTreeMap, BTreeSet};

use safetensors::Dtype;

use crate::ancestry::{Step, components, compositions, generations, step};
use crate::diffusers;
use crate::edge::{Edge, EdgeNote, Edges};
use crate::encode::is_supported;
use crate::entry::{Content, Entry};
use crate::expected::{Expected, ExpectedFile, ExpectedPart};
use crate::field::Component;
use crate::layout::{Part, shard_index, shards};
use crate::manifest::is_float;
use crate::options::{Layout, Options};
use crate::random::Source;
use crate::recipe::Recipe;
use crate::tensor::Tensor;
use crate::{Error, GENERATOR_VERSION};

/// A family, ready to be made.
pub(crate) struct Plan {
    pub seed: Source,
    pub tensors: Vec<Tensor>,
    pub components: Vec<Component>,
    /// All files that must be made, parents before children, wanted or not.
    pub files: Vec<PlannedFile>,
    /// The files to write, each with the place of its model in `files`.
    pub parts: Vec<(usize, Part)>,
    /// Other files to write: path and content.
    pub extras: Vec<(String, Vec<u8>)>,
    pub expected: Expected,
}

/// A file that must be made.
pub(crate) struct PlannedFile {
    /// By block: what the file is made of.
    pub steps: BTreeMap<String, Step>,
    /// By tensor: the dtype it is rounded to.
    pub dtypes: Vec<Dtype>,
}

impl Plan {
    pub fn new(options: &Options) -> Result<Self, Error> {
        check(options)?;
        let seed = Source::new(options.seed);
        let list = options.manifest.tensors(options.scale)?;
        let tensors: Vec<Tensor> = list
            .into_iter()
            .map(|(name, (dtype, shape))| Tensor::new(name, dtype, shape))
            .collect();
        let recipes = options.all_recipes();
        let names = generations(&options.files, &recipes)?;
        let components = components(names.iter().map(|name| &recipes[name]));
        let blocks: BTreeSet<String> = tensors.iter().map(|tensor| tensor.block.clone()).collect();
        let mut files = Vec::with_capacity(names.len());
        for name in &names {
            let recipe = &recipes[name];
            let steps = blocks
                .iter()
                .map(|block| Ok((block.clone(), step(name, recipe, block, &names, &components)?)));
            let dtypes = tensors.iter().map(|tensor| stored_dtype(tensor, recipe, options));
            let dtypes: Vec<Dtype> = dtypes.collect();
            if let Some(&dtype) = dtypes.iter().find(|dtype| !is_supported(**dtype)) {
                return Err(Error::UnsupportedDtype { file: name.clone(), dtype });
            }
            files.push(PlannedFile { steps: steps.collect::<Result<_, Error>>()?, dtypes });
        }
        let mut plan = Self {
            seed,
            tensors,
            components,
            files,
            parts: Vec::new(),
            extras: Vec::new(),
            expected: Expected {
                generator: GENERATOR_VERSION,
                options: options.clone(),
                files: Vec::new(),
            },
        };
        for wanted in &options.files {
            let place = names.iter().position(|name| name == wanted);
            let place = place.expect("wanted files are among those to be made");
            plan.lay_out(place, &names, &recipes[wanted], &blocks)?;
        }
        Ok(plan)
    }

    /// Decides what a wanted file holds, and where.
    fn lay_out(
        &mut self,
        place: usize,
        names: &[String],
        recipe: &Recipe,
        blocks: &BTreeSet<String>,
    ) -> Result<(), Error> {
        let name = &names[place];
        let (entries, mut edges) = self.entries(name, place, recipe)?;
        let shuffle = recipe.edges.contains(&Edge::Reorder).then(|| self.seed.of("order").of(name));
        let part =
            |path: String, entries: Vec<Entry>| Part::new(path, entries, &recipe.metadata, shuffle);
        let mut index = None;
        let parts = match self.expected.options.layout {
            Layout::Single => vec![part(format!("{name}.safetensors"), entries)?],
            Layout::Shards(count) => {
                let groups = shards(entries, count);
                let count = groups.len();
                let path = |i: usize| format!("{name}/model-{i:05}-of-{count:05}.safetensors");
                let parts = groups.into_iter().enumerate();
                let parts: Vec<Part> =
                    parts.map(|(i, group)| part(path(i + 1), group)).collect::<Result<_, _>>()?;
                let path = format!("{name}/model.safetensors.index.json");
                self.extras.push((path.clone(), shard_index(&parts)?));
                index = Some(path);
                parts
            }
            Layout::Diffusers(projection) => {
                let folder = diffusers::folder(name, entries, projection)?;
                if !folder.left_out.is_empty() {
                    let what = "no place in the layout".to_owned();
                    edges.push(EdgeNote { what, tensors: folder.left_out });
                }
                let files = folder.files.into_iter();
                files
                    .map(|(file, entries)| part(format!("{name}/{file}"), entries))
                    .collect::<Result<_, _>>()?
            }
        };
        let listed = parts.iter().map(|part| ExpectedPart {
            path: part.path.clone(),
            bytes: part.bytes,
            tensors: part.entries.len(),
        });
        self.expected.files.push(ExpectedFile {
            name: name.clone(),
            recipe: recipe.clone(),
            weights_by_block: self.weights_by_block(place, names, blocks),
            components_by_block: self.components_by_block(place, blocks),
            edges,
            parts: listed.collect(),
            index,
        });
        self.parts.extend(parts.into_iter().map(|part| (place, part)));
        Ok(())
    }

    fn entries(
        &self,
        name: &str,
        place: usize,
        recipe: &Recipe,
    ) -> Result<(Vec<Entry>, Vec<EdgeNote>), Error> {
        let plain = self.tensors.iter().zip(&self.files[place].dtypes).enumerate();
        let plain = plain.map(|(index, (tensor, dtype))| Entry {
            name: tensor.name.clone(),
            dtype: *dtype,
            shape: tensor.shape.clone(),
            content: Content::Elements { index, range: 0..tensor.elements },
        });
        let mut edges = Edges::new(name, &self.tensors, self.seed, plain.collect());
        for edge in &recipe.edges {
            edges.apply(*edge)?;
        }
        Ok(edges.finish())
    }

    fn weights_by_block(
        &self,
        place: usize,
        names: &[String],
        blocks: &BTreeSet<String>,
    ) -> BTreeMap<String, BTreeMap<String, f64>> {
        let weights = |block: &String| {
            let mix = self.files[place].steps[block].mix.iter();
            mix.map(|&(parent, weight)| (names[parent].clone(), weight)).collect()
        };
        blocks.iter().map(|block| (block.clone(), weights(block))).collect()
    }

    fn components_by_block(
        &self,
        place: usize,
        blocks: &BTreeSet<String>,
    ) -> BTreeMap<String, BTreeMap<String, f64>> {
        let amounts = |block: &String| {
            let steps: Vec<Step> =
                self.files[..=place].iter().map(|file| file.steps[block].clone()).collect();
            let composition = compositions(&steps, self.components.len()).swap_remove(place);
            let named = self.components.iter().zip(composition).filter(|(_, x)| *x != 0.0);
            named.map(|(component, amount)| (component.name.clone(), amount)).collect()
        };
        blocks.iter().map(|block| (block.clone(), amounts(block))).collect()
    }
}

fn check(options: &Options) -> Result<(), Error> {
    let refuse = |text: &str| Err(Error::Options(text.to_owned()));
    if options.files.is_empty() {
        return refuse("a family needs at least one file");
    }
    if options.scale == 0 {
        return refuse("the scale must be at least 1");
    }
    if options.layout == Layout::Shards(0) {
        return refuse("a model needs at least one shard");
    }
    let names: BTreeSet<&String> = options.files.iter().collect();
    if names.len() < options.files.len() {
        return refuse("a file is asked for twice");
    }
    if let Some(name) = names.iter().find(|name| name.contains(['/', '\\'])) {
        return refuse(&format!("file name {name:?} has a slash"));
    }
    Ok(())
}

/// Integers stay as they are; for weights the most specific wish counts.
fn stored_dtype(tensor: &Tensor, recipe: &Recipe, options: &Options) -> Dtype {
    if !is_float(tensor.dtype) {
        return tensor.dtype;
    }
    let by_block = recipe.dtype_by_block.as_ref().and_then(|dtypes| dtypes.get(&tensor.block));
    by_block.copied().or(recipe.dtype).or(options.dtype).unwrap_or(tensor.dtype)
}
