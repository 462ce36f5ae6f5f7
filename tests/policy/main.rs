//! Policy that no compiler enforces.

mod imports;

use std::fs;
use std::path::Path;

/// Sources that may say `unsafe`: the arithmetic, the wide decoders, memory maps, the allocator of the
/// browser.
const MAY_BE_UNSAFE: [&str; 10] = [
    "src/kernel/decode/simd128.rs",
    "src/kernel/decode/x86_64.rs",
    "src/kernel/encode.rs",
    "src/kernel/gram/block.rs",
    "src/kernel/gram/direct.rs",
    "src/kernel/gram/tile.rs",
    "src/kernel/gram/vector.rs",
    "src/kernel/lowrank/product.rs",
    "src/native/map.rs",
    "src/web/memory.rs",
];

/// The only source that may quote what it forbids.
const THIS: &str = "tests/policy/main.rs";

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
    let found = ["src", "tests", "xtask"].map(|folder| files(folder, "rs")).concat();
    assert!(found.len() > 100, "{found:?}");
    found
}

/// Paths of the files in `folder`, and below it, whose names end in `extension`; sorted.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let name = path.file_name().unwrap();
                if name != "node_modules" && name != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|end| end == extension) {
                let path = path.strip_prefix(root()).unwrap();
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
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
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|path| path != THIS && read(path).lines().any(is_unsafe))
        .collect();
    assert_eq!(found, MAY_BE_UNSAFE);
    for path in SAFE_ROOTS {
        assert!(read(path).contains("\n#![forbid(unsafe_code)]\n"), "{path}");
    }
    assert!(read("src/lib.rs").contains("\n#![deny(unsafe_code)]\n"));
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
            assert!(path == THIS || !text.contains(word), "{path} says {word}");
        }
    }
}
