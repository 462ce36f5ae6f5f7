//! The command, run as a process.

mod support;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use support::entry::one;
use support::file::{head, zeros};
use support::model::stored;
use tempfile::TempDir;
use weightkin::dtype::Dtype;
use weightkin::native::{self, open};
use weightkin::report::Report;
use weightkin_family::{Family, Manifest};

/// Runs `weightkin compare` in `folder`.
fn compare(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weightkin"));
    command.arg("compare").args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What a successful run prints; nothing goes to standard error then.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = compare(folder, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout).to_owned()
}

/// The one line a failed run prints to standard error; nothing goes to standard output then.
fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let output = compare(folder, arguments);
    let complaint = text(&output.stderr).to_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {complaint}");
    assert_eq!(text(&output.stdout), "");
    assert!(complaint.starts_with("weightkin: ") && complaint.ends_with('\n'), "{complaint}");
    assert_eq!(complaint.matches('\n').count(), 1, "{complaint}");
    assert!(!complaint.contains("panicked"), "{complaint}");
    complaint
}

/// A folder with `base_a.safetensors` and `base_b.safetensors`, small and SDXL-shaped.
fn family() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let family = Family::new(Manifest::Sdxl).scale(128).files(&["base_a", "base_b"]);
    family.write_to(folder.path()).unwrap();
    folder
}

const A: &str = "base_a.safetensors";
const B: &str = "base_b.safetensors";

fn report_of(json: &str) -> Report {
    Report::from_json(json).unwrap()
}

#[test]
fn a_table_by_default() {
    let folder = family();
    let table = printed(folder.path(), &[A, B]);
    let report = report_of(&printed(folder.path(), &[A, B, "--json", "-"]));
    let figures = &report.pairs[0].figures;
    for expected in [
        "base_a ⇔ base_b".to_owned(),
        format!("{:.6}", figures.column_cosine.unwrap()),
        format!("{:.6}", figures.flat_cosine.unwrap()),
        format!("{:.6}", figures.relative_distance.unwrap()),
        report.pairs[0].verdict.unwrap().words().to_owned(),
        format!("{} tensors", report.compared.tensors),
        format!("{} columns", report.compared.columns),
        format!("{} (VAE)", report.compared.left_out.len()),
    ] {
        assert!(table.contains(&expected), "{expected} is not in\n{table}");
    }
    assert!(table.ends_with('\n') && !table.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn json_is_that_of_the_library() {
    let folder = family();
    let json = printed(folder.path(), &[A, B, "--json", "-"]);
    let models = [A, B].map(|file| open(&folder.path().join(file)).unwrap());
    let report =
        native::compare(&models, &weightkin::matching::Options::default(), false, |_| {}, |_| {});
    assert!(json == report.unwrap().to_json());
    // and has no machine facts in it: another folder gives the same bytes
    let other = family();
    assert!(printed(other.path(), &[A, B, "--json", "-"]) == json);
}

#[test]
fn a_failed_run_leaves_files_as_they_were() {
    let folder = family();
    complaint(folder.path(), &[A, "none", "--json", "new.json"]);
    assert!(!folder.path().join("new.json").exists());
    fs::write(folder.path().join("old.json"), "old").unwrap();
    complaint(folder.path(), &[A, "none", "--json", "old.json"]);
    assert_eq!(fs::read_to_string(folder.path().join("old.json")).unwrap(), "old");
}

#[test]
fn json_into_a_file() {
    let folder = family();
    let table = printed(folder.path(), &[A, B, "--json", "report.json"]);
    assert!(table.contains("column cosine"), "the table is shown too");
    let json = fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert!(json == printed(folder.path(), &["--json", "-", A, B]));
    // an older report is replaced
    fs::write(folder.path().join("report.json"), "x".repeat(10_000_000)).unwrap();
    printed(folder.path(), &[A, B, "--json", "report.json"]);
    assert!(fs::read_to_string(folder.path().join("report.json")).unwrap() == json);
}

#[test]
fn a_report_never_replaces_a_checkpoint() {
    let folder = family();
    let before = fs::read(folder.path().join(B)).unwrap();
    // as one types who takes `--json` for a switch
    let message = complaint(folder.path(), &[A, A, "--json", B]);
    assert!(message.contains(B), "{message}");
    assert!(fs::read(folder.path().join(B)).unwrap() == before);
}

#[test]
fn a_report_that_cannot_be_written() {
    let folder = family();
    let message = complaint(folder.path(), &[A, B, "--json", "nowhere/report.json"]);
    assert!(message.contains("nowhere/report.json: "), "{message}");
    // before anything is read: the run may take an hour
    let message = complaint(folder.path(), &["none", B, "--json", "nowhere/report.json"]);
    assert!(message.contains("nowhere/report.json: "), "{message}");
}

#[test]
fn the_vae_is_compared_when_asked_for() {
    let folder = family();
    let without = report_of(&printed(folder.path(), &[A, B, "--json", "-"]));
    let with = report_of(&printed(folder.path(), &[A, B, "--include-vae", "--json", "-"]));
    assert_eq!(without.compared.tensors, 2267);
    assert_eq!(with.compared.tensors, 2515);
    assert!(with.compared.left_out.is_empty());
}

#[test]
fn folders_shards_and_indices() {
    let root = tempfile::tempdir().unwrap();
    let family = Family::new(Manifest::Qwen2).scale(64).files(&["base_a", "base_b"]);
    family.clone().write_to(root.path()).unwrap();
    family.shards(3).write_to(root.path().join("sharded")).unwrap();
    let want = report_of(&printed(root.path(), &[A, B, "--json", "-"]));
    for argument in [
        "sharded/base_b",
        "sharded/base_b/",
        "./sharded/../sharded/base_b",
        "sharded/base_b/model-00002-of-00003.safetensors",
        "sharded/base_b/model.safetensors.index.json",
    ] {
        let got = report_of(&printed(root.path(), &[A, argument, "--json", "-"]));
        assert_eq!(got.pairs, want.pairs, "{argument}");
        assert_eq!(got.models[1].name, "base_b", "{argument}");
        assert_eq!(got.models[1].files.len(), 3, "{argument}");
    }
    // from inside the folder, by names without any folder
    let inside = root.path().join("sharded/base_b");
    for argument in [".", "model-00001-of-00003.safetensors"] {
        let got =
            report_of(&printed(&inside, &["../../base_a.safetensors", argument, "--json", "-"]));
        assert_eq!(got.pairs, want.pairs, "{argument}");
        assert_eq!(got.models[1].files.len(), 3, "{argument}");
    }
}

/// Files that cannot be compared, and a part of what is said about them.
fn bad_files(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let good = stored(&[("w", Dtype::F32, &[2, 2], &[1.0; 4])]);
    let write = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        path
    };
    vec![
        (folder.join("nowhere.safetensors"), "nowhere.safetensors: "),
        (write("empty.safetensors", b""), "the file is empty"),
        (write("tiny.safetensors", b"\x02\0\0"), "file has 3 bytes"),
        (write("cut.safetensors", &good[..good.len() - 1]), "is cut short"),
        (write("cut-header.safetensors", &good[..20]), "only 12 follow"),
        (write("long.safetensors", &[&good[..], b"x"].concat()), "1 bytes after its last tensor"),
        (write("large.safetensors", &u64::MAX.to_le_bytes()), "over the cap of 100000000"),
        (write("json.safetensors", &head("{\"w\":}")), "header is not valid"),
        (write("utf8.safetensors", b"\x03\0\0\0\0\0\0\0{\xff}"), "not UTF-8"),
        (
            write("dtype.safetensors", &zeros(&one("w", "F128", &[1], 0, 16), 16)),
            "unknown dtype \"F128\"",
        ),
        (write("size.safetensors", &zeros(&one("w", "F32", &[5], 0, 16), 16)), "need 20"),
        (
            write("name.safetensors", &zeros(&one("new\nline", "F32", &[5], 0, 16), 16)),
            "\"new\\nline\"",
        ),
        (write("model.ckpt", b"PK\x03\x04\x14\0\x08\0\x08\0"), "pickle"),
        (write("page.safetensors", b"<!doctype html><html>"), "web page"),
    ]
}

#[test]
fn bad_files_are_named_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let good = stored(&[("w", Dtype::F32, &[2, 2], &[1.0; 4])]);
    fs::write(folder.path().join("good.safetensors"), good).unwrap();
    for (path, expected) in bad_files(folder.path()) {
        let bad = path.to_str().unwrap();
        for arguments in [["good.safetensors", bad], [bad, "good.safetensors"]] {
            let message = complaint(folder.path(), &arguments);
            assert!(message.contains(expected), "{message} lacks {expected}");
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(message.contains(name), "{message} does not name {name}");
        }
    }
}

#[test]
fn models_that_cannot_be_compared() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, tensor: &str| {
        let file = stored(&[(tensor, Dtype::F32, &[2, 2], &[1.0; 4])]);
        fs::write(folder.path().join(name), file).unwrap();
    };
    write("one.safetensors", "w");
    write("two.safetensors", "v");
    let message = complaint(folder.path(), &["one.safetensors", "two.safetensors"]);
    assert!(message.contains("one, two have no tensor in common: 2 tensors"), "{message}");
    assert!(message.contains("; one has \"w\"; two has \"v\""), "{message}");
    let message = complaint(folder.path(), &["one.safetensors"]);
    assert!(message.contains("1 model given"), "{message}");
    let message = complaint(folder.path(), &["one.safetensors"; 17]);
    assert!(message.contains("17 models given, at most 16"), "{message}");
    assert!(printed(folder.path(), &["one.safetensors"; 16]).contains("1.000000"));

    fs::create_dir(folder.path().join("nothing")).unwrap();
    let message = complaint(folder.path(), &["one.safetensors", "nothing"]);
    assert!(message.contains("nothing: no .safetensors or .gguf file"), "{message}");
    let message = complaint(folder.path(), &["one.safetensors", "."]);
    assert!(message.contains("the folder holds 2 models"), "{message}");
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let file = stored(&[("w", Dtype::F32, &[2, 2], &[1.0; 4])]);
    let name = OsStr::from_bytes(b"caf\xe9\n.safetensors");
    fs::write(folder.path().join(name), &file).unwrap();
    fs::write(folder.path().join("plain.safetensors"), &file).unwrap();
    let output = compare(folder.path(), &[name, OsStr::new("plain.safetensors")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    // and in an error they stay on one line
    fs::write(folder.path().join(name), &file[..30]).unwrap();
    let output = compare(folder.path(), &[name, OsStr::new("plain.safetensors")]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr).matches('\n').count(), 1, "{}", text(&output.stderr));
}

#[test]
fn usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&[][..], &["--json"], &["a", "b", "--frobnicate"]] {
        let output = compare(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).starts_with("error: "), "{arguments:?}");
    }
    let run = |argument: &str| {
        Command::new(env!("CARGO_BIN_EXE_weightkin")).arg(argument).output().unwrap()
    };
    assert!(text(&run("--version").stdout).starts_with("weightkin "));
    assert!(text(&run("--help").stdout).contains("compare"));
}

/// `weightkin compare … | head -1` is no reason to panic.
#[test]
fn a_reader_that_goes_away() {
    let folder = family();
    for arguments in [&[A, B][..], &[A, B, "--json", "-"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_weightkin"))
            .arg("compare")
            .args(arguments)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
        assert!(text(&output.stderr).matches('\n').count() <= 1, "{}", text(&output.stderr));
    }
}
