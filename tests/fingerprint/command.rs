//! `weightkin fingerprint`, and fingerprints and `--quick` in `weightkin compare`.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use weightkin::fingerprint::Fingerprint;
use weightkin_family::{Family, Manifest};

use crate::kin::Written;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_weightkin")).args(arguments).output().unwrap()
}

fn text(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn error(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

fn family() -> Written {
    Written::new(&Family::new(Manifest::Sdxl).scale(16).files(&["root", "base_a", "base_nai"]))
}

#[test]
fn a_folder_with_resume() {
    let family = family();
    let folder = family.path("root").parent().unwrap().to_owned();
    let made = tempfile::tempdir().unwrap();
    let (from, to) = (folder.to_str().unwrap(), made.path().join("prints"));
    let to = to.to_str().unwrap();
    let first = text(&["fingerprint", from, "-o", to]);
    assert_eq!(first.matches(" bytes\n").count(), 3, "{first}");
    assert_eq!(text(&["fingerprint", from, "-o", to]).matches("there already").count(), 3);

    // one is damaged, as by a full disk
    let damaged = Path::new(to).join("base_a.kin.safetensors");
    let whole = std::fs::read(&damaged).unwrap();
    std::fs::write(&damaged, &whole[..whole.len() / 2]).unwrap();
    let again = text(&["fingerprint", from, "-o", to]);
    assert_eq!(again.matches("there already").count(), 2, "{again}");
    assert_eq!(std::fs::read(&damaged).unwrap(), whole);

    // fewer rows are another fingerprint
    let sparse = text(&["fingerprint", from, "-o", to, "--rows", "10"]);
    assert_eq!(sparse.matches(" bytes\n").count(), 3);
    assert!(std::fs::read(&damaged).unwrap().len() < whole.len());
    assert!(std::fs::read_dir(to).unwrap().all(|entry| {
        entry.unwrap().file_name().to_string_lossy().ends_with(".kin.safetensors")
    }));
}

#[test]
fn one_that_fails_does_not_keep_the_others() {
    let family = family();
    let folder = family.path("root").parent().unwrap().to_owned();
    let made = tempfile::tempdir().unwrap();
    std::fs::write(folder.join("broken.safetensors"), b"no model").unwrap();
    std::fs::write(folder.join("worse.safetensors"), b"").unwrap();
    let (from, to) = (folder.to_str().unwrap(), made.path().to_str().unwrap());
    let output = run(&["fingerprint", from, "-o", to]);
    let said = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said.matches(" bytes\n").count(), 3, "{said}");
    assert!(complaint.contains("broken.safetensors"), "{complaint}");
    assert!(complaint.ends_with("2 of 5 fingerprints could not be made\n"), "{complaint}");
    // alone, it is told of itself
    let broken = folder.join("broken.safetensors");
    let alone = error(&["fingerprint", broken.to_str().unwrap(), "-o", to]);
    assert!(!alone.contains("could not be made") && alone.contains("broken"), "{alone}");
}

#[test]
fn one_without_a_digest_is_made_again_with_it() {
    let family = family();
    let model = family.path("root");
    let made = tempfile::tempdir().unwrap();
    let to = made.path().join("a.kin.safetensors");
    let (from, to) = (model.to_str().unwrap(), to.to_str().unwrap());
    let make = |more: &[&str]| text(&[&["fingerprint", from, "-o", to], more].concat());
    assert!(make(&[]).ends_with(" bytes\n"));
    assert!(make(&[]).ends_with("there already\n"));
    assert!(make(&["--sha256"]).ends_with(" bytes\n"));
    for more in [&["--sha256"][..], &[]] {
        assert!(make(more).ends_with("there already\n"), "{more:?}");
    }
    assert!(make(&["--force"]).ends_with(" bytes\n"));
}

#[test]
fn one_with_its_digest() {
    let family = Written::new(&Family::new(Manifest::Sdxl).scale(8).files(&["root"]));
    let model = family.path("root");
    let made = tempfile::tempdir().unwrap();
    let to = made.path().join("a.kin.safetensors");
    let (from, to) = (model.to_str().unwrap(), to.to_str().unwrap());
    text(&["fingerprint", from, "-o", to, "--sha256", "--max-bytes", "5000000"]);
    let bytes = std::fs::read(to).unwrap();
    assert!((1..=5_000_000).contains(&bytes.len()), "{}", bytes.len());
    let fingerprint = Fingerprint::from_bytes(&bytes).unwrap();
    assert_eq!(fingerprint.source.name, "root");
    assert_eq!(fingerprint.source.sha256.unwrap().len(), 64);
    assert!(error(&["fingerprint", to]).contains("a fingerprint already"));
    assert!(error(&["fingerprint", from, "-o", from]).contains("would replace"));
    assert!(error(&["fingerprint", from, "-o", to, "--max-bytes", "1000"]).contains("bytes"));
}

#[test]
fn compared_with_models() {
    let family = family();
    let made = tempfile::tempdir().unwrap();
    let print = made.path().join("base_a.kin.safetensors");
    let print = print.to_str().unwrap();
    let path = |name: &str| family.path(name).to_str().unwrap().to_owned();
    text(&["fingerprint", &path("base_a"), "-o", print]);
    let report = |arguments: &[&str]| -> Value {
        serde_json::from_str(&text(&[&["compare", "--json", "-"], arguments].concat())).unwrap()
    };
    let mixed = report(&[&path("root"), print, &path("base_nai")]);
    assert_eq!(mixed["estimate"], true);
    assert_eq!(mixed["version"], 1);
    assert_eq!(mixed["models"][1]["name"], "base_a");
    assert_eq!(mixed["models"][1]["fingerprint"]["rule"], 1);
    assert!(mixed["pairs"][0]["intervals"]["column_cosine"].as_f64().unwrap() > 0.0);
    assert!(mixed["pairs"][1].get("intervals").is_none(), "both are there");

    let quick = report(&["--quick", &path("root"), &path("base_nai")]);
    assert_eq!(quick["estimate"], true);
    let exact = report(&[&path("root"), &path("base_nai")]);
    assert!(exact.get("estimate").is_none());
    assert_eq!(mixed["pairs"][1], exact["pairs"][0].clone().tap(|pair| pair["b"] = 2.into()));
    assert_eq!(mixed["compared"]["left_out"], exact["compared"]["left_out"]);
    assert!(!exact["compared"]["left_out"].as_array().unwrap().is_empty());
    let bytes = |report: &Value| report["compared"]["bytes"].as_u64().unwrap();
    assert!((1..bytes(&exact)).contains(&bytes(&quick)), "{} of {}", bytes(&quick), bytes(&exact));
    let table = text(&["compare", "--by", "block", print, &path("root")]);
    assert!(table.contains(" ± ") && table.contains("= fingerprint"), "{table}");

    let mut bytes = std::fs::read(print).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(print, bytes).unwrap();
    let message = error(&["compare", print, &path("root")]);
    assert!(
        message.contains("base_a.kin.safetensors") && message.contains("checksum"),
        "{message}"
    );
}

#[test]
fn models_that_were_there_are_seen_from_an_ancestor_exactly() {
    let family = Written::new(
        &Family::new(Manifest::Sdxl).scale(16).files(&["root", "base_a", "base_b", "base_nai"]),
    );
    let made = tempfile::tempdir().unwrap();
    let print = made.path().join("base_b.kin.safetensors");
    let print = print.to_str().unwrap();
    let path = |name: &str| family.path(name).to_str().unwrap().to_owned();
    text(&["fingerprint", &path("base_b"), "-o", print]);
    let report = |ancestor: &str, models: &[&str]| -> Value {
        let compare = ["compare", "--json", "-", "--ancestor", ancestor];
        serde_json::from_str(&text(&[&compare[..], models].concat())).unwrap()
    };
    let (a, nai, root) = (path("base_a"), path("base_nai"), path("root"));
    // the pair is the second of six, and the first of three
    let mixed = report(&root, &[&a, print, &nai, &root]);
    let exact = report(&root, &[&a, &nai, &root]);
    assert_eq!(mixed["pairs"][1], exact["pairs"][0].clone().tap(|pair| pair["b"] = 2.into()));
    assert!(mixed["pairs"][1]["ancestor_cosine"].is_f64());
    assert!(mixed["pairs"][0]["intervals"]["ancestor_cosine"].as_f64().unwrap() > 0.0);
    let scopes = |report: &Value| report["scopes"].as_array().unwrap().clone();
    assert_eq!(scopes(&mixed).len(), scopes(&exact).len());
    for (mixed, exact) in scopes(&mixed).iter().zip(&scopes(&exact)) {
        assert_eq!(mixed["name"], exact["name"]);
        let (mixed, exact) = (&mixed["pairs"][1], &exact["pairs"][0]);
        assert_eq!(*mixed, exact.clone().tap(|pair| pair["b"] = 2.into()));
    }

    // from an ancestor that was not, only that figure is an estimate
    let seen = report(print, &[&a, &nai, print]);
    let pair = &seen["pairs"][0];
    assert_eq!(pair["column_cosine"], exact["pairs"][0]["column_cosine"]);
    assert!(pair["ancestor_cosine"].is_f64());
    let intervals = pair["intervals"].as_object().unwrap();
    assert_eq!(intervals.keys().collect::<Vec<_>>(), ["ancestor_cosine"]);
    assert!(intervals["ancestor_cosine"].as_f64().unwrap() > 0.0);
}

/// Changes a value on the way.
trait OpenReader: Sized {
    fn tap(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl OpenReader for Value {}
