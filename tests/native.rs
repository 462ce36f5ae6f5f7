//! Files on disk that change or vanish under a comparison.

mod support;

use std::fs;
use std::path::Path;

use support::model::stored;
use weightkin::dtype::Dtype;
use weightkin::matching::Options;
use weightkin::native::{self, NativeError, Opened, open};
use weightkin::report::Report;

fn two_models(folder: &Path) -> Vec<Opened> {
    let values = vec![1.0; 4096];
    ["a", "b"]
        .map(|name| {
            let path = folder.join(format!("{name}.safetensors"));
            fs::write(&path, stored(&[("w", Dtype::F32, &[64, 64], &values)])).unwrap();
            open(&path).unwrap()
        })
        .into()
}

fn compare(models: &[Opened]) -> Result<Report, NativeError> {
    native::compare(models, &Options::default(), false, |_| {}, |_| {})
}

#[test]
fn a_file_that_changes_after_its_header_was_read() {
    for change in [0, 100, 8000] {
        let folder = tempfile::tempdir().unwrap();
        let models = two_models(folder.path());
        let path = &models[1].paths[0];
        let content = fs::read(path).unwrap();
        fs::write(path, &content[..change]).unwrap();
        let error = compare(&models).unwrap_err().to_string();
        assert!(error.contains("b.safetensors: "), "{error}");

        fs::write(path, [&content[..], b"more"].concat()).unwrap();
        let error = compare(&models).unwrap_err().to_string();
        assert!(error.contains("b.safetensors: "), "{error}");

        fs::write(path, &content).unwrap();
        assert!(compare(&models).is_ok());
    }
}

#[test]
fn a_file_that_vanishes_after_its_header_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let models = two_models(folder.path());
    fs::remove_file(&models[0].paths[0]).unwrap();
    let error = compare(&models).unwrap_err().to_string();
    assert!(error.contains("a.safetensors: "), "{error}");
}

#[test]
fn progress_is_told_every_byte() {
    use std::sync::atomic::{AtomicU64, Ordering};
    let folder = tempfile::tempdir().unwrap();
    let models = two_models(folder.path());
    let (mut total, told) = (0, AtomicU64::new(0));
    let started = |bytes| total = bytes;
    let progress = |bytes| {
        told.fetch_add(bytes, Ordering::Relaxed);
    };
    native::compare(&models, &Options::default(), false, started, progress).unwrap();
    assert_eq!((total, told.into_inner()), (2 * 4 * 4096, 2 * 4 * 4096));
}
