//! The command line's options for parts and lineage.

use std::path::PathBuf;
use std::process::{Command, Output};

use weightkin::report::{Report, ScopeBy};
use weightkin_family::{Family, Manifest, Projection};

use crate::kin::Written;

const NAMES: [&str; 3] = ["mix_5050", "base_a", "base_nai"];

fn family() -> Family {
    Family::new(Manifest::Sdxl).scale(64).files(&NAMES).files(&["root", "mix_anti", "base_b"])
}

fn run(paths: &[PathBuf], options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weightkin"));
    command.arg("compare").args(paths).args(options).output().unwrap()
}

/// Standard output of a run that must succeed.
fn text(paths: &[PathBuf], options: &[&str]) -> String {
    let output = run(paths, options);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn paths(family: &Written, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| family.path(name)).collect()
}

/// First cells of the table rows that begin with a scope's name.
fn rows(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("| "));
    lines.map(|line| line.split('|').next().unwrap().trim()).collect()
}

#[test]
fn by_block_and_by_component() {
    let family = Written::new(&family());
    let paths = paths(&family, &NAMES);
    let text_of = |by: &str| text(&paths, &["--by", by]);
    let blocks = text_of("block");
    let names: Vec<&str> =
        rows(&blocks).into_iter().skip_while(|row| *row != "scope").skip(1).collect();
    assert_eq!(names[..3], ["IN00", "IN01", "IN02"]);
    assert_eq!(names.len(), 9 + 1 + 9 + 4);
    assert!(rows(&text_of("component")).ends_with(&["U-Net", "TE-L", "TE-G"]));
    assert!(rows(&text_of("kind")).contains(&"cross-attention"));
    assert!(rows(&text_of("part")).contains(&"closer to MID"));
    assert!(rows(&text_of("layer")).contains(&"TE-G 31"));
    let plain = text(&paths, &[]);
    assert!(!rows(&plain).contains(&"scope"));
    let described = plain.lines().find(|line| line.starts_with("mix_5050 ≈ ")).unwrap();
    // which of two equals comes first is up to the last digits
    for part in ["0.50 base_a", "0.50 base_nai", " + ", "(R² 1.000)"] {
        assert!(described.contains(part), "{described}");
    }
}

#[test]
fn only_what_a_pattern_takes() {
    let family = Written::new(&family());
    let paths = paths(&family, &NAMES);
    for pattern in ["attn2", "*attn2*", "/attn[2]\\./"] {
        let text = text(&paths, &["--only", pattern]);
        assert_eq!(rows(&text).last(), Some(&pattern), "{text}");
    }
    let json = text(&paths, &["--only", "attn2", "--json", "-"]);
    assert!(json.contains(r#""by":"filter","name":"attn2""#));

    let none = run(&paths, &["--only", "nothing of that name"]);
    assert!(!none.status.success());
    let message = String::from_utf8(none.stderr).unwrap();
    assert_eq!(message.trim(), r#"weightkin: no compared tensor matches "nothing of that name""#);
    let broken = run(&paths, &["--only", "/[/"]);
    assert!(!broken.status.success());
    assert!(String::from_utf8(broken.stderr).unwrap().contains("/[/"));
}

#[test]
fn an_ancestor_may_be_among_the_models_or_not() {
    let family = Written::new(&family());
    let root = family.path("root");
    let root = root.to_str().unwrap();
    let report = |names: &[&str]| {
        let json = text(&paths(&family, names), &["--ancestor", root, "--json", "-"]);
        Report::from_json(&json).unwrap()
    };
    let appended = report(&NAMES);
    assert_eq!(appended.ancestor, Some(3));
    assert_eq!(appended, report(&["mix_5050", "base_a", "base_nai", "root"]));
    assert_eq!(report(&["root", "base_a", "base_nai"]).ancestor, Some(0));
    assert!(appended.pairs[0].ancestor_cosine.is_some());

    let shown = text(&paths(&family, &NAMES), &["--ancestor", root]);
    assert!(shown.contains("from ancestor") && shown.contains("= ancestor"), "{shown}");
}

#[test]
fn negative_weights_are_said() {
    let family = Written::new(&family());
    let names = ["mix_anti", "base_a", "base_b", "base_nai"];
    let text = text(&paths(&family, &names), &[]);
    let line = "mix_anti is no plain merge: a negative weight fits better, \
                0.70 base_a + 0.50 base_b + -0.20 base_nai";
    assert!(text.contains(line), "{text}");
    assert!(!text.contains("base_a is") && !text.contains("base_nai looks"), "{text}");
}

#[test]
fn folders_and_files_together() {
    let single = Written::new(&family());
    let folder = Written::new(&family().diffusers(Projection::Matrix));
    let paths = [single.path("base_a"), folder.path("base_a")];
    let json = text(&paths, &["--json", "-", "--by", "block"]);
    let report = Report::from_json(&json).unwrap();
    // two of one name are told apart by their folders
    let names = [0, 1].map(|model: usize| report.models[model].name.clone());
    let inside = |path: &PathBuf| path.parent().unwrap().file_name().unwrap().display().to_string();
    assert_eq!(names, paths.each_ref().map(|path| format!("{}/base_a", inside(path))));
    assert_eq!(report.pairs[0].identical_tensors, report.compared.tensors);
    assert!(report.scopes.iter().any(|scope| scope.by == ScopeBy::Block));
}
