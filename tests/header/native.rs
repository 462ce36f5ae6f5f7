//! Headers of files on disk: nothing but the header is read, whatever the size of either.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use weightkin::format::safetensors::{CAP_BYTES, HeaderError};
use weightkin::model::OpenError;
use weightkin::native::open_model;

use crate::support::entry::{many, one};
use crate::support::file::head;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A file with a hole for a data section, which takes no room on the disk.
fn sparse(folder: &Path, name: &str, json: &str, data_bytes: u64) -> std::path::PathBuf {
    let path = folder.join(name);
    let mut file = File::create(&path).unwrap();
    file.write_all(&head(json)).unwrap();
    file.set_len(8 + json.len() as u64 + data_bytes).unwrap();
    path
}

#[test]
fn a_large_file_opens_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // 400 GB: reading even a hundredth of it would take seconds
    let elements = 200_000_000_000;
    let json = one("w", "F16", &[200_000, 1_000_000], 0, 2 * elements);
    let path = sparse(folder.path(), "large.safetensors", &json, 2 * elements);

    let start = Instant::now();
    let model = open_model(&path).unwrap().0;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(model.parameters(), elements);
    assert_eq!(model.bytes(), 8 + json.len() as u64 + 2 * elements);
}

#[test]
fn a_header_just_under_the_cap() {
    let folder = tempfile::tempdir().unwrap();
    // mostly free text, and as many tensors as the largest models have
    let tensors = many(50_000);
    let free = CAP_BYTES as usize - tensors.len() - r#""__metadata__":{"note":""},"#.len();
    let note = "x".repeat(free);
    let json = format!(r#"{{"__metadata__":{{"note":"{note}"}},{}"#, &tensors[1..]);
    assert_eq!(json.len() as u64, CAP_BYTES);
    let path = sparse(folder.path(), "cap.safetensors", &json, 50_000);
    drop((json, note, tensors));

    // the tests beside this one take memory too, but not for long
    let mut least_grown = u64::MAX;
    for _ in 0..4 {
        let (before, start) = (MEMORY.current_usage(), Instant::now());
        MEMORY.reset_peak_usage();
        let model = open_model(&path).unwrap().0;
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        let grown = MEMORY.peak_usage().saturating_sub(before) as u64;
        least_grown = least_grown.min(grown);
        assert_eq!(model.tensors.len(), 50_000);
    }
    let most = 3 * CAP_BYTES + (32 << 20);
    assert!(least_grown < most, "{least_grown} bytes for a header of {CAP_BYTES}");
}

#[test]
fn a_header_over_the_cap_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("over.safetensors");
    let mut file = File::create(&path).unwrap();
    file.write_all(&(CAP_BYTES + 1).to_le_bytes()).unwrap();
    file.set_len(8 + CAP_BYTES + 1).unwrap();

    let error = open_model(&path).unwrap_err();
    let source = HeaderError::TooLarge { header_bytes: CAP_BYTES + 1, cap_bytes: CAP_BYTES };
    assert_eq!(error, OpenError::Header { file: "over.safetensors".to_owned(), source });
    let message = "over.safetensors: header claims 100000001 bytes, over the cap of 100000000";
    assert_eq!(error.to_string(), message);
}

#[test]
fn errors_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, code) in [
        ("empty.safetensors", &b""[..], "empty_file"),
        ("seven.safetensors", b"\x02\0\0\0\0\0\0", "header_too_small"),
        ("length.safetensors", b"\x03\0\0\0\0\0\0\0{}", "header_beyond_file"),
        ("zip.safetensors", b"PK\x03\x04\x14\0\0\0\x08\0", "pickle"),
        // a length like the start of a pickle
        ("short.safetensors", b"\x80\x02\0\0\0\0\0\0{}", "header_beyond_file"),
        ("list.safetensors", b"\x02\0\0\0\0\0\0\0[]", "header_not_an_object"),
        ("text.safetensors", b"\x02\0\0\0\0\0\0\0{]", "header_not_json"),
        ("utf8.safetensors", b"\x02\0\0\0\0\0\0\0{\xff", "header_not_utf8"),
        ("extra.safetensors", b"\x02\0\0\0\0\0\0\0{}.", "trailing_bytes"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = open_model(&path).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(error.file(), Some(name));
        assert!(error.to_string().starts_with(&format!("{name}: ")), "{error}");
    }
}

#[test]
fn what_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = open_model(&folder.path().join("nowhere.safetensors")).unwrap_err();
    assert_eq!(error.code(), "file_unreadable");
    assert!(error.to_string().contains("nowhere.safetensors: "), "{error}");
}
