//! Which of the files handed over belong together.
//!
//! A checkpoint too large for one file is stored in numbered shards with an index beside them. A
//! diffusers model is a folder with one folder for each part (`unet/`, `text_encoder/`, …), each
//! of them possibly sharded in turn. Beside the files of a model lie variants of it, leftovers and
//! files of other kinds: every path is either read or listed with its reason.
//!
//! It takes two steps, since only the content of an index says which files belong to it: callers
//! read the files that [`deciding_files`] names, and hand their content to [`group`].

use std::mem::take;

use super::file_name::{FileKind, stem};
use super::file_set::{FileSet, Indices, Place, file_sets};
use super::folder::{Chosen, models_in_folder, part_of_model};
use super::naming::{model_name, told_apart};
use super::not_read::{Mark, NotRead, NotReadReason, from_folder, listing};
use super::pipeline::{is_part, parent, pipeline_roots};
use super::{BETWEEN_VARIANTS, OpenError, ShardIndex, has_variant};
use crate::sorted::{self, sort_by};

/// Files that make one model.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Group {
    /// Suggested name of the model.
    pub name: String,
    /// Positions in the list of paths of what is read: weights by path, then lists of files.
    pub members: Vec<usize>,
    /// What to call each member inside the model: its path from the model's folder.
    pub files: Vec<String>,
    /// Positions in the list of paths of what lies beside it.
    pub beside: Vec<usize>,
    /// What lies beside it and is not read, and why.
    pub not_read: Vec<NotRead>,
    /// The variant that is read, where it has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Whether its folders are parts of a diffusers model.
    pub has_parts: bool,
    /// The path that stands for the model: its folder, its index or its first file.
    pub path: String,
    /// The model's folder.
    #[serde(skip)]
    pub folder: String,
    /// Whether it is a fingerprint, or an index of fingerprints.
    #[serde(skip)]
    pub is_fingerprint: bool,
    #[serde(skip)]
    marks: Vec<Mark>,
}

/// Models, and what belongs to none of them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Grouping {
    /// The models, in order of first appearance; fingerprints are among them.
    pub models: Vec<Group>,
    /// Positions in the list of paths of what belongs to no model.
    pub beside: Vec<usize>,
    /// What belongs to no model, and why.
    pub not_read: Vec<NotRead>,
    #[serde(skip)]
    marks: Vec<Mark>,
}

/// Which of `paths` say by their content what belongs together.
pub fn deciding_files(paths: &[String]) -> Vec<usize> {
    let is_index = |at: &usize| matches!(Place::of(&paths[*at], false).kind, FileKind::Index(_));
    (0..paths.len()).filter(is_index).collect()
}

/// A list of files, which holds no weights itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// An index of shards.
    Shards,
    /// The list of a diffusers model's parts.
    Parts,
}

/// What kind of list the member called `file` is; `None` for weights.
pub fn list_kind(file: &str) -> Option<ListKind> {
    match Place::of(file, false).kind {
        FileKind::Index(_) => Some(ListKind::Shards),
        FileKind::PipelineIndex => Some(ListKind::Parts),
        _ => None,
    }
}

/// Reads the content of the deciding files, given with their positions. What is not valid decides
/// nothing: whoever opens the model is told.
pub fn read_indices(contents: Vec<(usize, Vec<u8>)>) -> Indices {
    let read = |(at, json): (usize, Vec<u8>)| Some((at, ShardIndex::parse("", &json).ok()?));
    sorted::first(contents.into_iter().filter_map(read).collect())
}

/// Groups `paths` (with `/` between folders) into models. Of variants, `variant` is read where it
/// is there.
pub fn group(paths: &[String], indices: &Indices, variant: Option<&str>) -> Grouping {
    grouping(paths, indices, variant, None)
}

/// As [`group`], where all of `paths` are one model, because the caller says so: what is read and
/// what lies beside it, or several sets of files whose names say nothing. `has_parts` says whether
/// the folders are parts of a diffusers model, where that is known: what else lay beside them may
/// have decided it.
pub fn group_as_one(
    paths: &[String],
    indices: &Indices,
    variant: Option<&str>,
    has_parts: Option<bool>,
) -> Group {
    grouping(paths, indices, variant, has_parts).into_one(paths)
}

fn grouping(
    paths: &[String],
    indices: &Indices,
    variant: Option<&str>,
    has_parts: Option<bool>,
) -> Grouping {
    let (places, roots) = places(paths, has_parts);
    let (sets, stale) = file_sets(paths, &places, indices, None);
    let mut sets: Vec<&FileSet<'_>> = sets.iter().collect();
    sort_by(&mut sets, |a, b| a.folder.cmp(b.folder));
    let mut models: Vec<(&str, Chosen<'_, '_>)> = Vec::new();
    for in_folder in sets.chunk_by(|a, b| a.folder == b.folder) {
        let folder = in_folder[0].folder;
        if !is_part(folder, &roots) {
            let found = models_in_folder(in_folder, variant);
            models.extend(found.into_iter().map(|chosen| (folder, chosen)));
            continue;
        }
        let Chosen { sets, beside } = part_of_model(in_folder, variant);
        let root = parent(folder);
        match models
            .iter_mut()
            .find(|(of, model)| *of == root && is_part(model.sets[0].folder, &roots))
        {
            Some((_, model)) => {
                model.sets.extend(sets);
                model.beside.extend(beside);
            }
            None => models.push((root, Chosen { sets, beside })),
        }
    }
    let mut groups: Vec<Group> = models
        .into_iter()
        .map(|(folder, chosen)| Group::of(paths, &places, folder, &chosen))
        .collect();
    let marks = attach_rest(paths, &places, &stale, &mut groups);
    sort_by(&mut groups, |a, b| a.members.iter().min().cmp(&b.members.iter().min()));
    for group in &mut groups {
        group.list(paths);
    }
    let beside = marks.iter().map(|mark| mark.at).collect();
    Grouping { not_read: listing(paths, "", &marks), models: groups, beside, marks }
}

/// The set that the file at `at` belongs to: all of its shards, and nothing else of its folder.
pub fn group_around(paths: &[String], indices: &Indices, at: usize) -> Group {
    let (places, roots) = places(paths, None);
    let (sets, _) = file_sets(paths, &places, indices, Some(at));
    let holds = |set: &&FileSet<'_>| set.index == Some(at) || set.files.contains(&at);
    match sets.iter().find(holds) {
        Some(set) => {
            let in_part = is_part(set.folder, &roots);
            let folder = if in_part { parent(set.folder) } else { set.folder };
            let chosen = Chosen { sets: vec![set], beside: Vec::new() };
            let mut group = Group::of(paths, &places, folder, &chosen);
            group.members.retain(|member| places[*member].kind != FileKind::PipelineIndex);
            group.list(paths);
            group
        }
        None => Group::of_one(paths, at),
    }
}

/// The paths taken apart, and the folders of diffusers models among them.
fn places(paths: &[String], has_parts: Option<bool>) -> (Vec<Place<'_>>, Vec<&str>) {
    let mut places: Vec<Place<'_>> = paths.iter().map(|path| Place::of(path, false)).collect();
    let roots = pipeline_roots(&places, has_parts);
    for (place, path) in places.iter_mut().zip(paths) {
        if is_part(place.folder, &roots) {
            *place = Place::of(path, true);
        }
    }
    (places, roots)
}

/// Marks what is in no set and belongs to one of the models: an index that names nothing, and files
/// in a folder that is one model's alone. Fingerprints, files that were handed over without their
/// folder and indices without files are groups of their own. Returns the rest.
fn attach_rest(
    paths: &[String],
    places: &[Place<'_>],
    stale: &[usize],
    groups: &mut Vec<Group>,
) -> Vec<Mark> {
    let mut is_member = vec![false; paths.len()];
    for member in groups.iter().flat_map(|group| &group.members) {
        is_member[*member] = true;
    }
    let (mut rest, mut alone) = (Vec::new(), Vec::new());
    for (at, place) in places.iter().enumerate() {
        let reason = match place.kind {
            _ if is_member[at] => continue,
            FileKind::Fingerprint => {
                alone.push(Group::of_one(paths, at));
                continue;
            }
            FileKind::Index(_) if stale.contains(&at) => NotReadReason::StaleIndex,
            // beside a model, with its set
            FileKind::Weights(_) | FileKind::Index(_) => continue,
            FileKind::OtherFormat => NotReadReason::OtherFormat,
            FileKind::PipelineIndex | FileKind::Other => NotReadReason::NoWeights,
        };
        let mark = Mark { at, reason, variant: None };
        match owner(&paths[at], groups) {
            Some(owner) => groups[owner].marks.push(mark),
            None if place.folder.is_empty() || reason == NotReadReason::StaleIndex => {
                alone.push(Group::of_one(paths, at));
            }
            None => rest.push(mark),
        }
    }
    groups.extend(alone);
    rest
}

/// The model whose folder, the innermost with any model, `path` lies in, where it is the only one.
fn owner(path: &str, groups: &[Group]) -> Option<usize> {
    let mut folder = parent(path);
    loop {
        let mut found = (0..groups.len()).filter(|at| groups[*at].folder == folder);
        if let Some(first) = found.next() {
            return found.next().is_none().then_some(first);
        }
        // what lies beside folders of models is no model's own
        let is_below = |group: &Group| {
            group.folder.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        if folder.is_empty() || groups.iter().any(is_below) {
            return None;
        }
        folder = parent(folder);
    }
}

impl Group {
    fn of(
        paths: &[String],
        places: &[Place<'_>],
        folder: &str,
        Chosen { sets, beside }: &Chosen<'_, '_>,
    ) -> Self {
        let mut members: Vec<usize> =
            sets.iter().flat_map(|set| set.files.iter().copied()).collect();
        sort_by(&mut members, |a, b| paths[*a].cmp(&paths[*b]));
        let first = members[0];
        let has_parts = sets[0].folder != folder;
        members.extend(sets.iter().filter_map(|set| set.index));
        if has_parts {
            let is_list = |at: &usize| {
                places[*at].folder == folder && places[*at].kind == FileKind::PipelineIndex
            };
            members.extend((0..places.len()).filter(is_list));
        }
        let mut variants: Vec<&str> = sets.iter().filter_map(|set| set.variant).collect();
        sort_by(&mut variants, Ord::cmp);
        variants.dedup();
        let marks = beside.iter().flat_map(|(set, reason)| {
            let variant = set.variant.filter(|_| *reason == NotReadReason::Variant);
            let files = set.files.iter().copied().chain(set.index);
            files.map(move |at| Mark { at, reason: *reason, variant: variant.map(str::to_owned) })
        });
        Self {
            name: model_name(folder, if has_parts { "model" } else { sets[0].stem }),
            has_parts,
            path: if has_parts {
                folder.to_owned()
            } else {
                paths[sets[0].index.unwrap_or(first)].clone()
            },
            variant: (!variants.is_empty()).then(|| variants.join(BETWEEN_VARIANTS)),
            marks: marks.collect(),
            members,
            folder: folder.to_owned(),
            ..Self::default()
        }
    }

    /// A file that belongs to no set is a model of its own, whatever it is called.
    fn of_one(paths: &[String], at: usize) -> Self {
        let place = Place::of(&paths[at], false);
        let name = match place.kind {
            FileKind::Weights(name) | FileKind::Index(name) => model_name(place.folder, name.stem),
            _ => stem(place.file).to_owned(),
        };
        let mut group = Self {
            name,
            path: paths[at].clone(),
            members: vec![at],
            folder: place.folder.to_owned(),
            is_fingerprint: place.kind == FileKind::Fingerprint,
            ..Self::default()
        };
        group.list(paths);
        group
    }

    /// Whether the model has the variant that is asked for, if it comes in several.
    ///
    /// # Errors
    /// When it has others only.
    pub fn check_variant(&self, variant: Option<&str>) -> Result<(), OpenError> {
        let Some(variant) = variant else { return Ok(()) };
        let others = self.marks.iter().filter(|mark| mark.reason == NotReadReason::Variant);
        let mut there: Vec<String> = others.filter_map(|mark| mark.variant.clone()).collect();
        let is_read = self.variant.as_deref().is_some_and(|read| has_variant(read, variant));
        if there.is_empty() || is_read {
            return Ok(());
        }
        there.extend(self.variant.clone());
        sort_by(&mut there, Ord::cmp);
        there.dedup();
        Err(OpenError::NoVariant { model: self.name.clone(), variant: variant.to_owned(), there })
    }

    /// Says what its members are called, and what lies beside it.
    fn list(&mut self, paths: &[String]) {
        let inside = |at: &usize| from_folder(&paths[*at], &self.folder).to_owned();
        self.files = self.members.iter().map(inside).collect();
        self.beside = self.marks.iter().map(|mark| mark.at).collect();
        self.not_read = listing(paths, &self.folder, &self.marks);
    }
}

impl Grouping {
    /// Gives models of one name names that tell them apart.
    pub fn tell_apart(&mut self) {
        let names: Vec<String> = self.models.iter().map(|group| group.name.clone()).collect();
        let paths: Vec<String> = self.models.iter().map(|group| group.path.clone()).collect();
        for (group, name) in self.models.iter_mut().zip(told_apart(&names, &paths)) {
            group.name = name;
        }
    }

    /// Position of the model that `folder` stands for: the only one in it, a diffusers model if
    /// other files lie beside its parts, or the only one in folders below.
    ///
    /// # Errors
    /// The positions of those that it may be, where there is not just one.
    pub fn only_model(&self, folder: &str) -> Result<usize, Vec<usize>> {
        let found = |test: &dyn Fn(&Group) -> bool| -> Vec<usize> {
            (0..self.models.len()).filter(|at| test(&self.models[*at])).collect()
        };
        let here = found(&|group| !group.is_fingerprint && group.folder == folder);
        let pipeline = found(&|group| group.folder == folder && group.path == folder);
        let below = found(&|group| !group.is_fingerprint);
        let fingerprints = found(&|group| group.is_fingerprint);
        let candidates = match here.len() {
            0 if below.is_empty() => fingerprints,
            0 => below,
            1 => here,
            _ if pipeline.len() == 1 => pipeline,
            _ => here,
        };
        match candidates[..] {
            [only] => Ok(only),
            _ => Err(candidates),
        }
    }

    fn into_one(mut self, paths: &[String]) -> Group {
        if self.models.len() == 1 {
            let folder = self.models[0].folder.clone();
            return self.model_of(paths, &folder, 0);
        }
        let mut one = Group::default();
        if !self.models.is_empty() {
            let Group { name, path, folder, .. } = &mut self.models[0];
            (one.name, one.path, one.folder) = (take(name), take(path), take(folder));
        }
        for group in self.models {
            one.members.extend(group.members);
            one.files.extend(group.files);
            one.beside.extend(group.beside);
            one.not_read.extend(group.not_read);
            one.marks.extend(group.marks);
        }
        one
    }

    /// The model at `chosen`, as the one of `folder`: everything else lies beside it.
    pub fn model_of(mut self, paths: &[String], folder: &str, chosen: usize) -> Group {
        let mut group = self.models.swap_remove(chosen);
        for other in self.models {
            let reason = if other.is_fingerprint {
                NotReadReason::Fingerprint
            } else {
                NotReadReason::OtherModel
            };
            let mark = |at| Mark { at, reason, variant: None };
            group.marks.extend(other.members.into_iter().map(mark));
            group.marks.extend(other.marks);
        }
        group.marks.extend(self.marks);
        group.list(paths);
        group.not_read = listing(paths, folder, &group.marks);
        group
    }
}
