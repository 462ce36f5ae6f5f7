//! `*.safetensors.index.json` without the files it speaks of.

use crate::case::{CAP_BYTES, Case};

const BAD: &str = "bad_index";

pub fn cases() -> Vec<Case> {
    let long = format!("{{\"weight_map\":{{\"w\":{{\"{}\":0}}}}}}", "x".repeat(1 << 16));
    let mut cases: Vec<Case> = [
        ("empty", ""),
        ("a list", "[]"),
        ("null", "null"),
        ("cut short", "{\"weight_map\":{\"w\":\"a.safe"),
        ("without a map", "{\"metadata\":{}}"),
        ("whose map is null", "{\"weight_map\":null}"),
        ("whose map is a list", "{\"weight_map\":[\"w\"]}"),
        ("of a number", "{\"weight_map\":{\"w\":1}}"),
        ("of a null", "{\"weight_map\":{\"w\":null}}"),
        ("of two maps", "{\"weight_map\":{},\"weight_map\":{}}"),
        ("of 64 kB", &long),
        ("of brackets", &"[".repeat(100_000)),
        ("with a byte order mark", "\u{feff}{\"weight_map\":{}}"),
    ]
    .into_iter()
    .map(|(name, text)| Case::whole(format!("index {name}"), text.into(), BAD))
    .collect();
    cases.push(Case::whole(
        "index that is not UTF-8",
        b"{\"weight_map\":{\"\xff\":\"\"}}".to_vec(),
        BAD,
    ));
    cases.push(Case::whole("index of no files", b"{\"weight_map\":{}}".to_vec(), "no_files"));
    let over = Case::whole("index over the cap", b"{\"weight_map\":".to_vec(), BAD);
    cases.push(Case { bytes: CAP_BYTES + 1, ..over });
    let huge = Case::whole("index of 100 GB", b"{\"weight_map\":".to_vec(), BAD);
    cases.push(Case { bytes: 100_000_000_000, ..huge });
    for case in &mut cases {
        case.ending = ".safetensors.index.json";
    }
    cases
}
