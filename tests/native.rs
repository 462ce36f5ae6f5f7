//! Files on disk that change or vanish under a comparison.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use support::model::stored;
use weightkin::dtype::Dtype;
use weightkin::gram::Accumulator;
use weightkin::job::{Job, Product};
use weightkin::matching::Options;
use weightkin::native::{self, Files, NativeError, Opened, Reading, open};
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

/// The report on `models`, read by two workers in turns of their own, `reading` that way.
fn read_so(models: &[Opened], reading: Reading, quick: bool) -> Result<Report, NativeError> {
    let inputs: Vec<_> = models.iter().map(|opened| Arc::clone(&opened.input)).collect();
    let mut job = Job::compare(&inputs, &Options::default(), quick, 2)?;
    let files = Files::of(models, reading, 2, job.bytes())?;
    let mut idle = 0;
    while idle < 2 {
        for worker in 0..2 {
            let Some(work) = job.next(worker) else {
                idle += 1;
                continue;
            };
            job.accept(pollster::block_on(work.execute(Accumulator::new, &files, |_, _| {}))?);
        }
    }
    match job.finish()? {
        Some(Product::Report(report)) => Ok(*report),
        _ => panic!("it is a comparison"),
    }
}

/// Two models of 9 MB, with tensors in another order and columns of several sizes.
fn larger_models(folder: &Path) -> Vec<Opened> {
    let shapes: [&[u64]; 5] = [&[900, 1000], &[3, 200_000], &[320, 640], &[7], &[40, 9000]];
    ["a", "b"]
        .map(|name| {
            let mut tensors: Vec<(String, &[u64], Vec<f32>)> = Vec::new();
            for (index, shape) in shapes.into_iter().enumerate() {
                let count = shape.iter().product::<u64>() as usize;
                let seed = if name == "a" { 7 } else { 11 };
                let values = (0..count).map(|i| ((i * seed) % 101) as f32 - 50.0).collect();
                tensors.push((format!("t{index}.weight"), shape, values));
            }
            if name == "b" {
                tensors.reverse();
            }
            let entries: Vec<_> = tensors
                .iter()
                .map(|(name, shape, values)| (name.as_str(), Dtype::F32, *shape, &values[..]))
                .collect();
            let path = folder.join(format!("{name}.safetensors"));
            fs::write(&path, stored(&entries)).unwrap();
            open(&path).unwrap()
        })
        .into()
}

#[test]
fn files_read_in_turns_give_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    let models = larger_models(folder.path());
    for quick in [false, true] {
        let maps = read_so(&models, Reading::Maps, quick).unwrap();
        for reading in [Reading::Turns, Reading::Measured] {
            assert!(read_so(&models, reading, quick).unwrap() == maps, "{reading:?} {quick}");
        }
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_in_turns_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let models = larger_models(folder.path());
    let inputs: Vec<_> = models.iter().map(|opened| Arc::clone(&opened.input)).collect();
    let mut job = Job::compare(&inputs, &Options::default(), false, 1).unwrap();
    let files = Files::of(&models, Reading::Turns, 1, job.bytes()).unwrap();
    fs::File::options().write(true).open(&models[1].paths[0]).unwrap().set_len(5000).unwrap();
    let error = std::iter::from_fn(|| job.next(0))
        .find_map(|work| {
            pollster::block_on(work.execute(Accumulator::new, &files, |_, _| {})).err()
        })
        .expect("there is less to read than the header says");
    assert!(error.to_string().contains("b.safetensors: "), "{error}");
}
