//! CLIP-L alone: it is the same in SD 1.x and in SDXL, but their files name it differently.

use std::mem;

use crate::layout::View;

/// Prefixes of CLIP-L in single files of SDXL and SD 1.x.
pub(crate) const CLIP_L_PREFIXES: [&str; 2] =
    ["conditioner.embedders.0.transformer.", "cond_stage_model.transformer."];

/// Gives models that are nothing but CLIP-L the names that the first of the others uses.
pub(super) fn name_alike(views: &mut [View]) {
    let mut whole = views.iter().filter(|view| !is_clip_l(view));
    let Some(prefix) = whole.find_map(prefix).or_else(|| prefix(views.first()?)) else {
        return;
    };
    for view in views.iter_mut().filter(|view| is_clip_l(view)) {
        view.tensors = mem::take(&mut view.tensors)
            .into_iter()
            .map(|(name, seen)| {
                let rest = CLIP_L_PREFIXES.iter().find_map(|other| name.strip_prefix(other));
                (rest.map_or_else(|| name.clone(), |rest| format!("{prefix}{rest}")), seen)
            })
            .collect();
    }
}

fn is_clip_l(view: &View) -> bool {
    let is_part = |name: &String| CLIP_L_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    view.tensors.keys().all(is_part)
}

/// What `view` calls CLIP-L, if it has one.
fn prefix(view: &View) -> Option<&'static str> {
    let has = |prefix: &&str| view.tensors.keys().any(|name| name.starts_with(*prefix));
    CLIP_L_PREFIXES.into_iter().find(has)
}
