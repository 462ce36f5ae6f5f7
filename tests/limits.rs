//! The largest things that can be asked for: they work, or say why not, in bounded time and
//! memory. What takes longer than a few seconds is ignored here, runs with
//! `cargo test --release --test limits -- --ignored`, and is recorded in `tests/RECORDS.md`.

mod support;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use peak_alloc::PeakAlloc;
use support::comparison::plan;
use support::entry::{entry, object};
use support::file::head;
use support::model::{Spec, header};
use weightkin::dtype::Dtype;
use weightkin::format::safetensors::CAP_BYTES;
use weightkin::matching::Options;
use weightkin::native::{self, NativeError, Opened, open, open_model};
use weightkin::report::Report;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Memory is counted for the whole process: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work` within this much memory, and tells what it took. How long depends on the machine: what
/// does not come to an end is ended by the test runner.
fn within<T>(what: &str, megabytes: usize, work: impl FnOnce() -> T) -> T {
    let (before, started) = (MEMORY.current_usage(), Instant::now());
    MEMORY.reset_peak_usage();
    let result = work();
    let took = started.elapsed();
    let taken = MEMORY.peak_usage().saturating_sub(before) >> 20;
    println!("{what}: {:.1} s, {taken} MB", took.as_secs_f64());
    assert!(taken <= megabytes, "{what}: {taken} MB");
    result
}

/// A file with the header `json` whose data is a hole: zeros that take no room.
fn sparse(folder: &Path, name: &str, json: &str, data_bytes: u64) -> PathBuf {
    let path = folder.join(format!("{name}.safetensors"));
    let mut file = File::create(&path).unwrap();
    file.write_all(&head(json)).unwrap();
    file.set_len(8 + json.len() as u64 + data_bytes).unwrap();
    path
}

fn of(folder: &Path, name: &str, tensors: &[Spec]) -> PathBuf {
    let (json, data_bytes) = header(tensors);
    sparse(folder, name, &json, data_bytes)
}

fn compare(paths: &[PathBuf]) -> Result<Report, NativeError> {
    let models: Vec<Opened> = paths.iter().map(|path| open(path).unwrap()).collect();
    native::compare(&models, &Options::default(), false, |_| {}, |_| {})
}

#[test]
fn sixteen_models_and_no_more() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let tensors: Vec<Spec> =
        (0..20).map(|i| Spec::new(format!("layers.{i}.weight"), Dtype::F16, &[64, 1280])).collect();
    let mut paths: Vec<PathBuf> =
        (0..16).map(|i| of(folder.path(), &format!("m{i}"), &tensors)).collect();
    let report = within("16 models", 512, || compare(&paths)).unwrap();
    assert_eq!((report.models.len(), report.pairs.len()), (16, 120));
    assert!(report.pairs.iter().all(|pair| pair.identical_tensors == 20));
    paths.push(of(folder.path(), "m16", &tensors));
    let error = compare(&paths).unwrap_err().to_string();
    assert_eq!(error, "17 models given, at most 16 can be compared at once");
}

#[test]
fn a_hundred_thousand_tensors() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    // a block of its own for each tensor: what a report holds most of
    let tensors: Vec<Spec> = (0..100_000)
        .map(|i| Spec::new(format!("layers.{i}.weight"), Dtype::F16, &[4, 2]))
        .collect();
    let paths = ["a", "b"].map(|name| of(folder.path(), name, &tensors));
    let report = within("100 000 tensors", 1024, || compare(&paths)).unwrap();
    assert_eq!(report.compared.tensors, 100_000);
    let json = within("its report", 1024, || report.to_json());
    let again = within("its report, read back", 2048, || Report::from_json(&json)).unwrap();
    assert_eq!(again.tensors.len(), 100_000);
}

#[test]
fn names_of_64_kilobytes() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let name = |i: usize| format!("{}{i}{}", "n".repeat(1 << 15), ".x".repeat(1 << 14));
    let tensors: Vec<Spec> = (0..200).map(|i| Spec::new(name(i), Dtype::F16, &[4, 2])).collect();
    let paths = ["a", "b"].map(|name| of(folder.path(), name, &tensors));
    let report = within("200 names of 64 kB", 1024, || compare(&paths)).unwrap();
    assert_eq!(report.tensors[0].name.len(), tensors[0].name.len());
    assert_eq!(Report::from_json(&report.to_json()).unwrap().tensors.len(), 200);
}

#[test]
fn tensors_of_nothing() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let tensors = [
        Spec::new("no.rows", Dtype::F32, &[0, 5]),
        Spec::new("no.columns", Dtype::F32, &[5, 0]),
        Spec::new("vast", Dtype::F32, &[0, u64::MAX, u64::MAX]),
        Spec::new("none", Dtype::F16, &[0]),
    ];
    let paths = ["a", "b"].map(|name| of(folder.path(), name, &tensors));
    let report = within("empty tensors", 16, || compare(&paths)).unwrap();
    // what has no elements counts nowhere
    assert_eq!((report.compared.tensors, report.tensors.len()), (0, 4));
    assert_eq!(Report::from_json(&report.to_json()).unwrap(), report);
}

#[test]
fn nothing_in_common_and_nothing_at_all() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let one = |name: &str| [Spec::new(name, Dtype::F16, &[4, 4])];
    let (a, b) = (of(folder.path(), "a", &one("x.w")), of(folder.path(), "b", &one("y.w")));
    let error = compare(&[a.clone(), b]).unwrap_err().to_string();
    assert!(error.starts_with("a, b have no tensor in common: 2 tensors were left out"), "{error}");
    let error = compare(std::slice::from_ref(&a)).unwrap_err().to_string();
    assert_eq!(error, "1 model given, at least two are needed");
    let error = compare(&[]).unwrap_err().to_string();
    assert_eq!(error, "no model given, at least two are needed");
    let empty = of(folder.path(), "empty", &[]);
    let error = compare(&[empty.clone(), empty]).unwrap_err().to_string();
    assert!(error.contains("have no tensor in common: 0 tensors"), "{error}");
}

/// Sums of 136 pairs are held for every column of the windows that are not stacked yet: those of
/// 16 models with wide rows are the most memory that a comparison takes. Here three bands of windows,
/// two windows in each.
#[test]
fn wide_rows_of_sixteen_models() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let tensors = [Spec::new("w", Dtype::U8, &[1030, 66_000])];
    let paths: Vec<PathBuf> =
        (0..16).map(|i| of(folder.path(), &format!("m{i}"), &tensors)).collect();
    let report = within("wide rows of 16 models", 1024, || compare(&paths)).unwrap();
    assert_eq!(report.tensors[0].record.columns, 66_000);
}

/// A file that claims more columns than memory could hold sums for is refused before planning.
#[test]
fn more_than_can_be_planned() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    // 4 TB: as large as a file may be on most systems
    let tensors = [Spec::new("w", Dtype::U8, &[1, 4_000_000_000_000])];
    let paths = ["a", "b"].map(|name| of(folder.path(), name, &tensors));
    let error = within("a row of 4 TB", 16, || compare(&paths)).unwrap_err().to_string();
    assert!(error.starts_with("the models are too large: "), "{error}");
}

/// The plan of 300 GB, and the first and last of its batches.
#[test]
fn files_of_300_gigabytes_are_planned() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let tensors: Vec<Spec> = (0..300)
        .map(|i| Spec::new(format!("layers.{i}.weight"), Dtype::F16, &[25_000, 20_000]))
        .collect();
    let paths = ["a", "b"].map(|name| of(folder.path(), name, &tensors));
    within("a plan of 300 GB", 64, || {
        let plan = plan(&paths.each_ref().map(|path| open_model(path).unwrap().0));
        assert_eq!(plan.bytes(), 600_000_000_000);
        for index in [0, plan.batches() - 1] {
            assert!(!plan.batch(index).jobs.is_empty());
        }
    });
}

/// As wide and as tall as tensors come, with the sums of two billion numbers.
#[test]
#[ignore = "reads 12 GB of zeros; see tests/RECORDS.md"]
fn a_tensor_of_two_billion() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    for (name, shape) in
        [("tall", [2_000_000_000, 1]), ("square", [50_000, 40_000]), ("wide", [1, 2_000_000_000])]
    {
        let tensors = [Spec::new("w", Dtype::U8, &shape)];
        let paths = ["a", "b"].map(|model| of(folder.path(), &format!("{name}-{model}"), &tensors));
        let what = format!("two billion numbers, {name}");
        let report = within(&what, 1024, || compare(&paths)).unwrap();
        assert_eq!(report.tensors[0].record.columns, shape[1]);
    }
}

#[test]
#[ignore = "reads 220 GB of zeros; see tests/RECORDS.md"]
fn files_over_a_hundred_gigabytes() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let tensors: Vec<Spec> = (0..110)
        .map(|i| Spec::new(format!("layers.{i}.weight"), Dtype::F16, &[25_000, 20_000]))
        .collect();
    let paths = ["a", "b"].map(|name| of(folder.path(), name, &tensors));
    let report = within("two files of 110 GB", 1024, || compare(&paths)).unwrap();
    assert_eq!(report.pairs[0].identical_tensors, 110);
}

/// A header as long as it may be, of tensors of one byte whose names are padded with `padding`.
fn longest_header(padding: &str) -> (String, u64) {
    let room = CAP_BYTES as usize - 2;
    let name = |i: u64| format!("t.{padding}{i:07}");
    let each = entry(&name(0), "U8", &[1], 1_000_000, 1_000_001).len() + 1;
    let count = (room / each) as u64;
    let entries: Vec<String> = (0..count).map(|i| entry(&name(i), "U8", &[1], i, i + 1)).collect();
    let json = object(&entries);
    assert!(json.len() as u64 <= CAP_BYTES && json.len() > 90_000_000, "{}", json.len());
    (json, count)
}

/// As many tensors as a header can hold are refused, as many as can be planned are compared.
#[test]
#[ignore = "takes minutes; see tests/RECORDS.md"]
fn headers_of_a_hundred_megabytes() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    for (padding, is_refused) in [("", true), (&*"p".repeat(24), false)] {
        let (json, count) = longest_header(padding);
        let paths = ["a", "b"].map(|name| sparse(folder.path(), name, &json, count));
        drop(json);
        let what = format!("headers of 100 MB, {count} tensors");
        within(&format!("{what}, opened"), 1024, || open_model(&paths[0]).unwrap());
        let compared = within(&format!("{what}, compared"), 6144, || compare(&paths));
        match compared {
            Ok(report) => assert!(!is_refused && report.compared.tensors == count),
            Err(error) => {
                let error = error.to_string();
                assert!(is_refused && error.starts_with("the models are too large: "), "{error}");
            }
        }
    }
}
