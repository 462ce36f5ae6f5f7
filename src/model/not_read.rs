//! What of a model's folder is not read, and why.

use serde::{Deserialize, Serialize};

use crate::sorted::sort_by;

/// A file, or a folder without weights, that lies beside a model and is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NotRead {
    /// Its path from the model's folder; a folder ends in `/`.
    pub file: String,
    /// Why it is not read.
    pub reason: NotReadReason,
    /// Of another variant: which, where it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub variant: Option<String>,
}

/// Why a file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum NotReadReason {
    /// Another variant of weights that are read.
    Variant,
    /// The index, or the name that the library writes, says that other files are the model.
    NotInIndex,
    /// An index none of whose files is there, or whose files another index has.
    StaleIndex,
    /// A model of its own.
    OtherModel,
    /// Weights in a format that is not read.
    OtherFormat,
    /// A fingerprint, or an index of fingerprints.
    Fingerprint,
    /// No weights.
    NoWeights,
}

impl NotReadReason {
    /// A few words, in English.
    pub fn words(self) -> &'static str {
        match self {
            Self::Variant => "another variant of the same weights",
            Self::NotInIndex => "beside the files that make the model",
            Self::StaleIndex => "an index whose files are not there or belong to another",
            Self::OtherModel => "a model of its own",
            Self::OtherFormat => "weights in another format",
            Self::Fingerprint => "a fingerprint",
            Self::NoWeights => "no weights",
        }
    }
}

/// A path that is not read, by its position in the list of paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub at: usize,
    pub reason: NotReadReason,
    pub variant: Option<String>,
}

/// `marks` as a list, by path from `folder`: folders without any weights are named as a whole.
pub(super) fn listing(paths: &[String], folder: &str, marks: &[Mark]) -> Vec<NotRead> {
    let inside = |at: usize| -> &str { from_folder(&paths[at], folder) };
    let mut is_bare = vec![false; paths.len()];
    for mark in marks {
        is_bare[mark.at] = mark.reason == NotReadReason::NoWeights;
    }
    // folders that hold more than that
    let mut full: Vec<&str> = Vec::new();
    for at in (0..paths.len()).filter(|at| !is_bare[*at]) {
        let path = inside(at);
        full.extend(path.match_indices('/').map(|(slash, _)| &path[..=slash]));
    }
    sort_by(&mut full, Ord::cmp);
    let mut list: Vec<NotRead> = Vec::new();
    for Mark { at, reason, variant } in marks {
        let path = inside(*at);
        let mut folders = path.match_indices('/').map(|(slash, _)| &path[..=slash]);
        let bare = folders.find(|folder| full.binary_search(folder).is_err());
        let file = bare.unwrap_or(path).to_owned();
        list.push(NotRead { file, reason: *reason, variant: variant.clone() });
    }
    sort_by(&mut list, |a, b| a.file.cmp(&b.file));
    list.dedup();
    list
}

/// `path` from `folder`; as it is where it lies elsewhere.
pub(super) fn from_folder<'a>(path: &'a str, folder: &str) -> &'a str {
    let inside = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    if folder.is_empty() { path } else { inside.unwrap_or(path) }
}
