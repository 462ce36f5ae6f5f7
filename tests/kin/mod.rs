//! What the tests of names, layouts and lineage share: models made of names alone, small files
//! written by hand, families on disk.

// each test file uses a part of it
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use tempfile::TempDir;
use weightkin::format::safetensors::Header;
use weightkin::input::{FingerprintModel, Input};
use weightkin::matching::Options;
use weightkin::model::{FileFacts, Model};
use weightkin::native::{self, Opened};
use weightkin::report::Report;
use weightkin_family::header::consecutive;
use weightkin_family::{Expected, Family, TensorList};

/// A tensor as a file stores it: number format, shape, bytes.
pub type Stored = (Dtype, Vec<usize>, Vec<u8>);
/// The tensors of a file.
pub type File = BTreeMap<String, Stored>;

/// A model of `files`, of which there is nothing but headers.
pub fn headers(files: &[(&str, &TensorList)]) -> Model {
    let parts = files.iter().map(|(file, tensors)| {
        let listed = tensors.iter().map(|(name, (dtype, shape))| (&**name, *dtype, &**shape));
        let (json, data_bytes) = consecutive(listed);
        let bytes = 8 + json.len() as u64 + data_bytes;
        let header = Header::parse(json.as_bytes(), bytes).unwrap();
        (FileFacts { name: (*file).to_owned(), bytes }, header)
    });
    Model::assemble("model".to_owned(), parts.collect(), &[]).unwrap()
}

/// A list of F16 matrices, for tests that look at names only.
pub fn names(names: &[&str]) -> TensorList {
    names.iter().map(|name| ((*name).to_owned(), (Dtype::F16, vec![4, 4]))).collect()
}

/// The tensors of a file.
pub fn read(path: &Path) -> File {
    let bytes = std::fs::read(path).unwrap();
    let parsed = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = parsed.tensors().into_iter();
    tensors
        .map(|(name, view)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec())))
        .collect()
}

/// Writes a file, and the folders it lies in.
pub fn write(path: &Path, file: &File) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let views = file.iter().map(|(name, (dtype, shape, bytes))| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize_to_file(views, None, path).unwrap();
}

/// `F32` numbers as a file stores them.
pub fn f32s(shape: &[usize], values: &[f32]) -> Stored {
    assert_eq!(shape.iter().product::<usize>(), values.len());
    (Dtype::F32, shape.to_vec(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

/// Numbers between -1 and 1 that look random and are the same everywhere.
pub fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(|| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    })
    .take(count)
    .collect()
}

/// Compares what lies at `paths`.
pub fn compare(paths: &[PathBuf], options: &Options) -> Report {
    let models: Vec<Opened> = paths.iter().map(|path| native::open(path).unwrap()).collect();
    native::compare(&models, options, false, |_| {}, |_| {}).unwrap()
}

/// The model that lies at `path`, or the fingerprint of it.
pub fn opened(path: &Path, is_fingerprint: bool) -> Opened {
    let mut opened = native::open(path).unwrap();
    if is_fingerprint {
        let made = native::fingerprint_of(&opened, |_| {}, |_| {}).unwrap();
        opened.input = Arc::new(Input::Fingerprint(FingerprintModel::new(made)));
    }
    opened
}

/// A family in a folder of its own.
pub struct Written {
    folder: TempDir,
    /// What is known about it.
    pub expected: Expected,
}

impl Written {
    /// Writes `family`.
    pub fn new(family: &Family) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let expected = family.write_to(folder.path()).unwrap();
        Self { folder, expected }
    }

    /// The file or the folder of a member.
    pub fn path(&self, name: &str) -> PathBuf {
        let file = self.folder.path().join(format!("{name}.safetensors"));
        if file.exists() { file } else { self.folder.path().join(name) }
    }

    /// Compares members, the one named `ancestor` known to be that of the others.
    pub fn compare(&self, names: &[&str], ancestor: Option<&str>) -> Report {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        let ancestor = ancestor.map(|name| names.iter().position(|one| *one == name).unwrap());
        compare(&paths, &Options { ancestor, ..Options::default() })
    }
}
