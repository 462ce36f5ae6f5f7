//! CLIP-L alone: it is the same in SD 1.x and in SDXL, but their files name it differently.

use std::mem;

use crate::architecture::CLIP_L_PREFIXES;
use crate::canonical::CanonicalModel;

/// Gives models that are nothing but CLIP-L the names that the first of the others uses.
pub(super) fn align_clip_l_names(views: &mut [CanonicalModel]) {
    let mut whole = views.iter().filter(|view| !is_clip_l(view));
    let Some(prefix) = whole.find_map(prefix).or_else(|| prefix(views.first()?)) else {
        return;
    };
    for view in views.iter_mut().filter(|view| is_clip_l(view)) {
        view.tensors = mem::take(&mut view.tensors)
            .into_iter()
            .map(|(name, tensor)| {
                let rest = CLIP_L_PREFIXES.iter().find_map(|other| name.strip_prefix(other));
                (rest.map_or_else(|| name.clone(), |rest| format!("{prefix}{rest}")), tensor)
            })
            .collect();
    }
}

fn is_clip_l(view: &CanonicalModel) -> bool {
    let is_part = |name: &String| CLIP_L_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    view.tensors.keys().all(is_part)
}

/// What `view` calls CLIP-L, if it has one.
fn prefix(view: &CanonicalModel) -> Option<&'static str> {
    let has = |prefix: &&str| view.tensors.keys().any(|name| name.starts_with(*prefix));
    CLIP_L_PREFIXES.into_iter().find(has)
}
