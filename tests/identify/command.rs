//! `weightkin index` and `weightkin identify`, run as processes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use weightkin_family::{Family, Manifest};

pub fn weightkin(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weightkin"));
    command.args(arguments).current_dir(folder).output().unwrap()
}

/// What a successful run prints.
pub fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = weightkin(folder, arguments);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && complaint.is_empty(), "{arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let output = weightkin(folder, arguments);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {complaint}");
    assert!(!complaint.contains("panicked"), "{complaint}");
    complaint
}

/// A folder `kin` with fingerprints, one of them deeper and one of another kind, and two models
/// that have none.
pub fn family() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    fs::create_dir(&models).unwrap();
    let bases = ["base_a", "base_b", "base_nai", "pony", "unrelated"];
    let family = |manifest, files: &[&str]| Family::new(manifest).scale(64).files(files);
    family(Manifest::Sdxl, &bases).write_to(&models).unwrap();
    family(Manifest::Sdxl, &["ft_nai", "mix_wai"]).write_to(folder.path()).unwrap();
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    family(Manifest::Sd15, &["base_b"]).write_to(&other).unwrap();
    fs::rename(other.join("base_b.safetensors"), models.join("small.safetensors")).unwrap();
    printed(folder.path(), &["fingerprint", "models", "-o", "kin"]);
    let kin = folder.path().join("kin");
    fs::create_dir(kin.join("more")).unwrap();
    let pony = "pony.kin.safetensors";
    fs::rename(kin.join(pony), kin.join("more").join(pony)).unwrap();
    folder
}

fn identified(folder: &Path, arguments: &[&str]) -> Value {
    let arguments = [&["identify"], arguments, &["--json", "-"]].concat();
    serde_json::from_str(&printed(folder, &arguments)).unwrap()
}

#[test]
fn finds_the_nearest_with_and_without_an_index() {
    let folder = family();
    let path = folder.path();
    let direct = identified(path, &["ft_nai.safetensors", "kin"]);
    assert_eq!(direct["relatives"][0]["file"], "base_nai.kin.safetensors");
    assert_eq!(direct["relatives"].as_array().unwrap().len(), 5);
    assert_eq!(direct["apart"][0]["name"], "small");
    assert!(direct["margin"]["column_cosine"].as_f64().unwrap() > 0.02);
    let refined = &direct["relatives"][0]["refined"];
    let half_width = refined["intervals"]["column_cosine"].as_f64().unwrap();
    // all of these small tensors is in the sample, or nearly all
    assert!((0.0..0.02).contains(&half_width), "{half_width}");

    let said = printed(path, &["index", "kin"]);
    assert!(said.contains("6 models"), "{said}");
    let file = path.join("kin").join("index.kin.safetensors");
    assert!(fs::metadata(&file).unwrap().len() <= 6 * 65_000);
    let by_index = identified(path, &["ft_nai.safetensors", "kin/index.kin.safetensors"]);
    assert_eq!(by_index, direct);
    assert_eq!(identified(path, &["ft_nai.safetensors", "kin"]), direct);
    let files: Vec<&str> =
        direct["relatives"].as_array().unwrap().iter().filter_map(|r| r["file"].as_str()).collect();
    assert!(files.contains(&"more/pony.kin.safetensors"), "{files:?}");

    // from a fingerprint of the model in place of the model itself
    printed(path, &["fingerprint", "ft_nai.safetensors"]);
    assert_eq!(identified(path, &["ft_nai.kin.safetensors", "kin"]), direct);
}

#[test]
fn the_refined_figures_are_those_of_compare() {
    let folder = family();
    let found = identified(folder.path(), &["mix_wai.safetensors", "kin", "--top", "1"]);
    let first = &found["relatives"][0];
    printed(folder.path(), &["fingerprint", "mix_wai.safetensors"]);
    let other = format!("kin/{}", first["file"].as_str().unwrap());
    let report: Value = serde_json::from_str(&printed(
        folder.path(),
        &["compare", "mix_wai.kin.safetensors", &other, "--json", "-"],
    ))
    .unwrap();
    for figure in ["column_cosine", "flat_cosine", "intervals", "verdict", "identical_tensors"] {
        assert_eq!(first["refined"][figure], report["pairs"][0][figure], "{figure}");
    }
}

#[test]
fn reads_only_the_nearest_in_full() {
    let folder = family();
    let path = folder.path();
    printed(path, &["index", "kin"]);
    for name in ["base_b", "unrelated", "small"] {
        fs::remove_file(path.join("kin").join(format!("{name}.kin.safetensors"))).unwrap();
    }
    // whatever is not among the nearest is not missed
    let index = "kin/index.kin.safetensors";
    let table = printed(path, &["identify", "ft_nai.safetensors", index, "--top", "1"]);
    for expected in
        ["base_nai", "±", "ahead of the second by", "1 model of other kinds was not compared: 1 "]
    {
        assert!(table.contains(expected), "{expected} is not in {table}");
    }
    // one that is gone is said to be, and the others are still ranked
    let output = weightkin(path, &["identify", "ft_nai.safetensors", index, "--top", "5"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("base_b.kin.safetensors"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("~ from sketches only"));
    // of a folder, what is not there any more does not count
    let now = identified(path, &["ft_nai.safetensors", "kin"]);
    assert_eq!(now["relatives"].as_array().unwrap().len(), 3);
}

#[test]
fn a_folder_is_searched_as_it_is_now() {
    let folder = family();
    let path = folder.path();
    let hidden = path.join("base_nai.kin.safetensors");
    let there = path.join("kin").join("base_nai.kin.safetensors");
    fs::rename(&there, &hidden).unwrap();
    printed(path, &["index", "kin"]);
    fs::rename(&hidden, &there).unwrap();
    let found = identified(path, &["ft_nai.safetensors", "kin"]);
    assert_eq!(found["relatives"][0]["name"], "base_nai");
    // another file under the indexed name
    let (a, b) = (path.join("kin/base_a.kin.safetensors"), path.join("kin/base_b.kin.safetensors"));
    let mut bytes = fs::read(&b).unwrap();
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    fs::write(&a, bytes).unwrap();
    let index = "kin/index.kin.safetensors";
    let output = weightkin(path, &["identify", "ft_nai.safetensors", index]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("has changed since the index was made"), "{said}");
}

#[test]
fn errors_are_one_line_each() {
    let folder = family();
    let path = folder.path();
    printed(path, &["index", "kin"]);
    let index = "kin/index.kin.safetensors";
    fs::create_dir(path.join("empty")).unwrap();
    fs::write(path.join("kin/broken.kin.safetensors"), b"nonsense").unwrap();
    for (arguments, expected) in [
        (vec!["identify", "ft_nai.safetensors", "empty"], "no fingerprint found"),
        (vec!["index", "empty"], "no fingerprint found"),
        (vec!["identify", "ft_nai.safetensors", "nowhere"], "nowhere"),
        (vec!["identify", "ft_nai.safetensors", "mix_wai.safetensors"], "no index of fingerprints"),
        (vec!["identify", index, "kin"], "not a model"),
        (vec!["compare", index, "ft_nai.safetensors"], "not a model"),
    ] {
        let said = complaint(path, &arguments);
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert_eq!(said.matches('\n').count(), 1, "{said}");
    }
    // the others are indexed all the same
    let said = complaint(path, &["index", "kin"]);
    assert!(said.contains("broken.kin.safetensors") && said.contains("1 of 7"), "{said}");
    let found = printed(path, &["identify", "ft_nai.safetensors", index]);
    assert!(found.contains("base_nai"));
}

#[test]
fn a_model_is_never_replaced_by_relatives() {
    let folder = family();
    let path = folder.path();
    let before = fs::read(path.join("mix_wai.safetensors")).unwrap();
    let said = complaint(
        path,
        &["identify", "ft_nai.safetensors", "kin", "--json", "mix_wai.safetensors"],
    );
    assert!(said.contains("mix_wai.safetensors: this would replace a model"), "{said}");
    assert_eq!(fs::read(path.join("mix_wai.safetensors")).unwrap(), before);
    printed(path, &["identify", "ft_nai.safetensors", "kin", "--json", "found.json"]);
    let found: Value =
        serde_json::from_str(&fs::read_to_string(path.join("found.json")).unwrap()).unwrap();
    assert_eq!(found["format"], "weightkin-identification");
}
