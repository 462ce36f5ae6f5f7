//! The hostile table on disk: every file meets the error it deserves, quickly and in little
//! memory, and none makes a message that could not be shown.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use weightkin::format::safetensors::HeaderError;
use weightkin::matching::Options;
use weightkin::model::OpenError;
use weightkin::native::{self, open, open_model};
use weightkin_hostile::{Case, LARGE_BYTES, cases, write_to};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Most memory that opening or comparing a small file may take, whatever it says.
const MEMORY_BYTES: usize = 64 << 20;

/// Most characters of a message, and of a file's name in front of it.
const MESSAGE_CHARACTERS: usize = 1000;

/// Memory is counted for the whole process: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` and tells how much memory it took at most.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = work();
    (result, MEMORY.peak_usage().saturating_sub(before))
}

fn check(folder: &Path, case: &Case) {
    let path = folder.join(case.file_name());
    let started = Instant::now();
    let (opened, taken) = measured(|| open_model(&path));
    assert!(started.elapsed() < Duration::from_secs(10), "{}: {:?}", case.name, started.elapsed());
    if case.bytes <= LARGE_BYTES {
        assert!(taken < MEMORY_BYTES, "{}: {taken} bytes", case.name);
    }
    let code = opened.as_ref().err().map(OpenError::code);
    assert_eq!(code, case.code, "{}: {:?}", case.name, opened.as_ref().err());
    let Err(error) = opened else { return };
    let message = error.to_string();
    assert!(message.chars().count() < MESSAGE_CHARACTERS, "{}: {message}", case.name);
    assert!(!message.contains(char::is_control), "{}: {message:?}", case.name);
    assert!(!message.contains(['\u{202e}', '\u{2066}', '\u{200b}']), "{}: {message:?}", case.name);
    // the system's own words apart, the message is about this file
    assert!(message.starts_with(&case.file_name()) || error.file().is_none(), "{message}");
}

#[test]
fn every_file_meets_its_error() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    write_to(folder.path()).unwrap();
    let cases = cases();
    for case in &cases {
        check(folder.path(), case);
    }
    let malformed = cases.iter().filter(|case| case.code.is_some()).count();
    assert!(malformed >= 200, "{malformed} malformed files");
}

#[test]
fn names_are_fit_for_files_and_come_once() {
    let mut names: Vec<String> = cases().iter().map(Case::file_name).collect();
    for name in &names {
        // shards of one model are told by this
        assert!(!name.contains("-of-") && !name.contains('/') && name.is_ascii(), "{name}");
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// Every code that a header or an index can earn is earned by some file.
#[test]
fn every_rule_is_broken_by_some_file() {
    for code in HeaderError::CODES.iter().copied().chain(["bad_index", "no_files", "empty_file"]) {
        assert!(cases().iter().any(|case| case.code == Some(code)), "no file for {code}");
    }
}

/// Valid files at the edge of the format compare with themselves, or say why not.
#[test]
fn small_valid_files_compare_in_little_memory() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    write_to(folder.path()).unwrap();
    let mut compared = 0;
    for case in cases().iter().filter(|case| case.code.is_none() && case.bytes <= LARGE_BYTES) {
        let path = folder.path().join(case.file_name());
        let models = [open(&path).unwrap(), open(&path).unwrap()];
        let started = Instant::now();
        let (report, taken) =
            measured(|| native::compare(&models, &Options::default(), false, |_| {}, |_| {}));
        assert!(started.elapsed() < Duration::from_secs(10), "{}", case.name);
        assert!(taken < MEMORY_BYTES, "{}: {taken} bytes", case.name);
        match report {
            Ok(report) => {
                compared += 1;
                assert_eq!(report.compared.unfinished, 0, "{}", case.name);
                assert!(!report.to_json().is_empty());
            }
            Err(error) => {
                let nothing = error.to_string().contains("have no tensor in common");
                assert!(nothing, "{}: {error}", case.name);
            }
        }
    }
    assert!(compared > 50, "{compared}");
}
