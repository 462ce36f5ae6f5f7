//! Rules of the house that no compiler enforces.

use std::fs;
use std::path::{Path, PathBuf};

/// Sources that may say `unsafe`: the arithmetic, the wide decoders, memory maps, the allocator of the
/// browser.
const MAY_BE_UNSAFE: [&str; 8] = [
    "src/kernel/decode/simd128.rs",
    "src/kernel/decode/x86_64.rs",
    "src/kernel/gram/block.rs",
    "src/kernel/gram/direct.rs",
    "src/kernel/gram/tile.rs",
    "src/kernel/gram/vector.rs",
    "src/native/map.rs",
    "src/web/memory.rs",
];

/// Roots of crates and binaries that have none at all.
const SAFE_ROOTS: [&str; 7] = [
    "src/main.rs",
    "tests/family/src/lib.rs",
    "tests/fuzz/src/lib.rs",
    "tests/hostile/src/lib.rs",
    "tests/study/src/lib.rs",
    "tests/study/src/main.rs",
    "xtask/src/main.rs",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Paths of all Rust sources, from the root, sorted.
fn sources() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["src", "tests", "xtask"].map(|name| root().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let name = path.file_name().unwrap();
                if name != "node_modules" && name != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|end| end == "rs") {
                let path = path.strip_prefix(root()).unwrap();
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    assert!(found.len() > 100, "{found:?}");
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a line of code begins something unsafe, comments and names apart.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    ["unsafe {", "unsafe fn", "unsafe impl", "unsafe trait", "unsafe extern"]
        .iter()
        .any(|start| code.contains(start))
}

#[test]
fn unsafe_code_is_where_it_belongs() {
    let this = "tests/house.rs";
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|path| path != this && read(path).lines().any(is_unsafe))
        .collect();
    assert_eq!(found, MAY_BE_UNSAFE);
    for path in SAFE_ROOTS {
        assert!(read(path).contains("\n#![forbid(unsafe_code)]\n"), "{path}");
    }
    assert!(read("src/lib.rs").contains("\n#![deny(unsafe_code)]\n"));
}

/// `cargo xtask test` runs the examples of one crate's documentation, and no others.
#[test]
fn examples_are_where_they_are_run() {
    let fence = |line: &str| {
        let text = line.trim().strip_prefix("///").or_else(|| line.trim().strip_prefix("//!"))?;
        text.trim().strip_prefix("```").map(str::to_owned)
    };
    for path in sources().iter().filter(|path| !path.starts_with("tests/family/src/")) {
        // every other fence ends a block; one that begins it names a language that is not Rust
        let text = read(path);
        let begun = text.lines().filter_map(fence).step_by(2);
        for language in begun {
            assert!(!["", "rust", "no_run", "should_panic"].contains(&&*language), "{path}");
        }
    }
}

/// Numbers that documents state about the code. Whoever changes the code is told what to write.
#[test]
fn documents_count_right() {
    let lines = |path: &str, line: &str| {
        read(path).lines().filter(|found| found.trim_start().starts_with(line)).count()
    };
    let tests: usize = sources().iter().map(|path| lines(path, "#[test]")).sum();
    let browser = fs::read_dir(root().join("tests/browser")).unwrap();
    let browser_files = browser
        .filter(|entry| entry.as_ref().unwrap().path().to_string_lossy().ends_with(".test.ts"))
        .count();
    let targets = lines("tests/fuzz/Cargo.toml", "[[bin]]");
    let (limits, long) =
        (lines("tests/limits.rs", "#[test]"), lines("tests/limits.rs", "#[ignore"));
    let same = lines("tests/header/parity.rs", "\"no difference: ");
    let rows = read("tests/header/parity.rs");
    let (_, rows) = rows.split_once("const DIFFERENCES: [(&str, bool, bool, &str); ").unwrap();
    let rows: usize = rows.split(']').next().unwrap().parse().unwrap();
    let unsafe_files = MAY_BE_UNSAFE.len();
    for (document, wanted) in [
        (
            "DEVELOPING.md",
            format!(
                "| {tests} functions marked `#[test]`, {browser_files} files of browser tests |"
            ),
        ),
        ("DEVELOPING.md", format!("| {targets}: header, ")),
        ("DEVELOPING.md", format!("| {limits}, {long} of them only with `--ignored` |")),
        ("DEVELOPING.md", format!("(`tests/house.rs`) | {unsafe_files} |")),
        ("DEVELOPING.md", format!("| {}, and {same} things on which both agree, ", rows - same)),
        ("SECURITY.md", format!("confined** to {unsafe_files} files")),
        ("SECURITY.md", format!("in three browsers, {targets}\nfuzz targets")),
    ] {
        assert!(read(document).contains(&wanted), "{document} does not say: {wanted}");
    }
}

/// Exceptions to the crate's rule stand where modules are declared, one for each of these files.
#[test]
fn exceptions_are_as_many_as_files() {
    let allowed: usize = sources()
        .iter()
        .filter(|path| path.starts_with("src/"))
        .map(|path| read(path).matches("#[allow(unsafe_code)]").count())
        .sum();
    assert_eq!(allowed, MAY_BE_UNSAFE.len());
}

#[test]
fn nothing_is_left_for_later() {
    let marks = ["TO", "FIX", "X"].into_iter().zip(["DO", "ME", "XX"]);
    let marks: Vec<String> = marks.map(|(a, b)| format!("{a}{b}")).collect();
    for path in sources() {
        let text = read(&path);
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{path} says {mark}");
        }
        for word in ["todo!(", "unimplemented!("] {
            assert!(path == "tests/house.rs" || !text.contains(word), "{path} says {word}");
        }
    }
}
