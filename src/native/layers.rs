//! Which layers of two models on disk moved.

use std::sync::Mutex;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::{MappedFiles, NativeError, Opened};
use crate::input::Input;
use crate::layers::{LayerMap, LayerSearch};
use crate::sample::take;

/// Finds the layers that moved between the first two of `models`, from samples of them. Where their
/// layers have the same numbers, only if `always`.
///
/// # Errors
/// When a file cannot be mapped.
pub fn find_layers(models: &[Opened], always: bool) -> Result<Vec<LayerMap>, NativeError> {
    let inputs: Vec<&Input> = models.iter().map(|opened| opened.input.as_ref()).collect();
    let [Input::Full(first), Input::Full(second)] = inputs.as_slice() else {
        return Ok(Vec::new());
    };
    let search = LayerSearch::new([&first.canonical, &second.canonical], first.model.files.len());
    let Some(search) = search.filter(|search| always || search.is_of_other_depth()) else {
        return Ok(Vec::new());
    };
    let files = MappedFiles::of(models)?;
    let batches = search.batches();
    let search = Mutex::new(search);
    batches.into_par_iter().for_each(|batch| {
        let Ok(chunk) = pollster::block_on(take(&batch, &files, |_, _| {}));
        search.lock().expect("no thread panics while holding it").accept(chunk);
    });
    Ok(search.into_inner().expect("no thread panicked").finish())
}
