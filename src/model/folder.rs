//! Which of several sets in one folder are the model, and what the others are.

use super::file_name::LIBRARY_STEMS;
use super::file_set::FileSet;
use super::not_read::NotReadReason;
use super::variant::choose_variant;
use crate::sorted::sort_by;

/// The sets that make one model, and those beside it.
#[derive(Debug, Default)]
pub(super) struct Chosen<'s, 'a> {
    pub sets: Vec<&'s FileSet<'a>>,
    pub beside: Vec<(&'s FileSet<'a>, NotReadReason)>,
}

/// The models among `sets`, which all lie in one folder that is no part of a diffusers model.
///
/// What an index of the library's name names is the model, and everything else that no index
/// names is beside it. Without such an index, every name is a model.
pub(super) fn models_in_folder<'s, 'a>(
    sets: &[&'s FileSet<'a>],
    variant: Option<&str>,
) -> Vec<Chosen<'s, 'a>> {
    let main = indexed_library_stem(sets);
    let family = |set: &FileSet<'a>| match main {
        Some(main) if set.index.is_none() => main,
        _ => set.stem,
    };
    let mut sets = sets.to_vec();
    sort_by(&mut sets, |a, b| family(a).cmp(family(b)));
    let mut models = Vec::new();
    for sets in sets.chunk_by(|a, b| family(a) == family(b)) {
        let chosen = choose(sets, Some(family(sets[0])), variant);
        let mut beside = chosen.beside;
        // two sets of one name are two models: which is meant is not for us to say
        for set in chosen.sets {
            models.push(Chosen { sets: vec![set], beside: std::mem::take(&mut beside) });
        }
    }
    models
}

/// What makes one part of a diffusers model among `sets`, which all lie in its folder. Where
/// nothing tells which set it is, all are taken.
pub(super) fn part_of_model<'s, 'a>(
    sets: &[&'s FileSet<'a>],
    variant: Option<&str>,
) -> Chosen<'s, 'a> {
    let stem = indexed_library_stem(sets).or_else(|| {
        // diffusers before transformers
        let has = |stem: &&&str| sets.iter().any(|set| set.stem == **stem);
        LIBRARY_STEMS.iter().find(has).copied()
    });
    choose(sets, stem, variant)
}

/// The first name of a library that an index has.
fn indexed_library_stem(sets: &[&FileSet<'_>]) -> Option<&'static str> {
    let is_indexed =
        |stem: &&&str| sets.iter().any(|set| set.index.is_some() && set.stem == **stem);
    LIBRARY_STEMS.iter().find(is_indexed).copied()
}

/// Of the sets called `stem`, or of all, those of one variant, and of these those with an index
/// where there are any.
fn choose<'s, 'a>(
    sets: &[&'s FileSet<'a>],
    stem: Option<&str>,
    variant: Option<&str>,
) -> Chosen<'s, 'a> {
    let is_named = |set: &FileSet<'_>| stem.is_none_or(|stem| set.stem == stem);
    let variants: Vec<Option<&str>> =
        sets.iter().filter(|set| is_named(set)).map(|set| set.variant).collect();
    let variant = choose_variant(&variants, variant);
    let is_read = |set: &FileSet<'_>| is_named(set) && set.variant == variant;
    let with_index = sets.iter().any(|set| is_read(set) && set.index.is_some());
    let mut chosen = Chosen::default();
    for set in sets {
        if is_read(set) && (set.index.is_some() || !with_index) {
            chosen.sets.push(*set);
        } else if is_named(set) && set.variant != variant {
            chosen.beside.push((*set, NotReadReason::Variant));
        } else {
            chosen.beside.push((*set, NotReadReason::NotInIndex));
        }
    }
    chosen
}
