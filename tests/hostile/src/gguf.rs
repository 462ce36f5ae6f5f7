//! GGUF files whose header cannot be.

use crate::case::Case;

/// A header with these counts of tensors and entries, and what follows.
fn gguf(version: u32, tensors: u64, entries: u64, rest: &[&[u8]]) -> Vec<u8> {
    let mut file = b"GGUF".to_vec();
    file.extend(version.to_le_bytes());
    file.extend(tensors.to_le_bytes());
    file.extend(entries.to_le_bytes());
    file.extend(rest.concat());
    file
}

fn text(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text].concat()
}

fn entry(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    [&text(key.as_bytes())[..], &kind.to_le_bytes(), value].concat()
}

fn tensor(name: &str, shape: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let mut info = text(name.as_bytes());
    info.extend((shape.len() as u32).to_le_bytes());
    info.extend(shape.iter().flat_map(|size| size.to_le_bytes()));
    info.extend(kind.to_le_bytes());
    info.extend(offset.to_le_bytes());
    info
}

/// A list of `count` items of type `kind`.
fn list(kind: u32, count: u64) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &count.to_le_bytes()].concat()
}

pub fn cases() -> Vec<Case> {
    let huge = [u64::MAX, 1 << 63, 1 << 40];
    let (bad, kind) = ("gguf_damaged", "gguf_type");
    let data = vec![0; 4096];
    let one = |name: &str, shape: &[u64], number, offset| {
        gguf(3, 1, 0, &[&tensor(name, shape, number, offset), &data])
    };
    let mut cases = vec![
        ("alone", b"GGUF".to_vec(), bad),
        ("version 1", gguf(1, 0, 0, &[]), "gguf_version"),
        ("version 4", gguf(4, 0, 0, &[]), "gguf_version"),
        ("big-endian", gguf(3_u32.swap_bytes(), 0, 0, &[]), "gguf_version"),
        ("without its tensor", gguf(3, 1, 0, &[]), bad),
        ("type 97", one("w", &[32], 97, 0), kind),
        ("removed type", one("w", &[32], 4, 0), kind),
        ("rows that are no whole blocks", one("w", &[33, 2], 2, 0), bad),
        ("elements beyond numbers", one("w", &[1 << 32, 1 << 32], 2, 0), bad),
        ("bytes beyond numbers", one("w", &[1 << 62], 0, 0), bad),
        ("nine dimensions", one("w", &[1; 9], 0, 0), bad),
        ("4 billion dimensions", gguf(3, 1, 0, &[&text(b"w"), &[255; 4], &data]), bad),
        ("offset that is not aligned", one("w", &[4], 0, 1), bad),
        ("offset behind the end", one("w", &[4], 0, 1 << 20), bad),
        ("offset beyond numbers", one("w", &[4], 0, u64::MAX - 31), bad),
        ("name that is no text", gguf(3, 1, 0, &[&text(b"\xff\xfe"), &data]), bad),
        ("long name", gguf(3, 1, 0, &[&text(&[b'a'; 5000]), &data]), bad),
        ("unknown value", gguf(3, 0, 1, &[&entry("k", 13, &[]), &data]), bad),
        ("unknown item", gguf(3, 0, 1, &[&entry("k", 9, &list(99, 1)), &data]), bad),
        ("text behind the end", gguf(3, 0, 1, &[&entry("k", 8, &[255; 8]), &data]), bad),
        (
            "alignment of 3",
            gguf(3, 0, 1, &[&entry("general.alignment", 4, &3_u32.to_le_bytes())]),
            bad,
        ),
        (
            "alignment of 0",
            gguf(3, 0, 1, &[&entry("general.alignment", 4, &0_u32.to_le_bytes())]),
            bad,
        ),
        (
            "two tensors at one place",
            gguf(3, 2, 0, &[&tensor("a", &[8], 0, 0), &tensor("b", &[8], 0, 0), &data]),
            bad,
        ),
        (
            "two tensors of one name",
            gguf(3, 2, 0, &[&tensor("a", &[8], 0, 0), &tensor("a", &[8], 0, 32), &data]),
            bad,
        ),
        ("lists in lists", gguf(3, 0, 1, &[&entry("k", 9, &list(9, 1).repeat(50)), &data]), bad),
    ];
    for (at, count) in huge.into_iter().enumerate() {
        cases.push((
            ["2^64 tensors", "2^63 tensors", "2^40 tensors"][at],
            gguf(3, count, 0, &[&data]),
            bad,
        ));
        cases.push((
            ["2^64 entries", "2^63 entries", "2^40 entries"][at],
            gguf(3, 0, count, &[&data]),
            bad,
        ));
        let texts = gguf(3, 0, 1, &[&entry("k", 9, &list(8, count)), &data]);
        cases.push((["2^64 texts", "2^63 texts", "2^40 texts"][at], texts, bad));
        let numbers = gguf(3, 0, 1, &[&entry("k", 9, &list(12, count)), &data]);
        cases.push((["2^64 numbers", "2^63 numbers", "2^40 numbers"][at], numbers, bad));
        let lists = gguf(3, 0, 1, &[&entry("k", 9, &list(9, count)), &data]);
        cases.push((["2^64 lists", "2^63 lists", "2^40 lists"][at], lists, bad));
    }
    cases
        .into_iter()
        .map(|(name, file, code)| Case {
            ending: ".gguf",
            ..Case::whole(format!("GGUF with {name}"), file, code)
        })
        .collect()
}
