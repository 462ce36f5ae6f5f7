//! Where tensors lie: without gap or overlap, in any order.

use crate::case::{Case, NUMBERS, entry, one};

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, number) in NUMBERS {
        let code = match number {
            0 => None,
            1..=24 => Some("gap"),
            _ => Some("backwards_offsets"),
        };
        cases.push(Case::of(format!("start at {name}"), one("[24]", number, 24), 24, code));
        cases.push(Case::of(format!("end at {name}"), one("[24]", 0, number), 24, "size_mismatch"));
        let code = if number == 0 { "size_mismatch" } else { "gap" };
        cases.push(Case::of(format!("nothing at {name}"), one("[24]", number, number), 24, code));
        let code = match number {
            0..4 => "overlap",
            4 => unreachable!("no number of the table"),
            _ => "gap",
        };
        let second = entry("second", "U8", "[20]", number, number.saturating_add(20));
        let json = format!("{{{},{second}}}", entry("first", "U8", "[4]", 0, 4));
        cases.push(Case::of(format!("second tensor at {name}"), json, 24, code));
    }
    let two = |a: (u64, u64), b: (u64, u64)| {
        let tensor = |name, (start, end): (u64, u64)| {
            entry(name, "U8", &format!("[{}]", end - start), start, end)
        };
        format!("{{{},{}}}", tensor("a", a), tensor("b", b))
    };
    for (name, a, b, code) in [
        ("in order", (0, 12), (12, 24), None),
        ("in reverse", (12, 24), (0, 12), None),
        ("an empty one at the end", (0, 24), (24, 24), None),
        ("an empty one at the start", (0, 0), (0, 24), None),
        ("an empty one inside", (0, 24), (12, 12), Some("overlap")),
        ("an empty one past the end", (0, 24), (25, 25), Some("gap")),
        ("the same place", (0, 24), (0, 24), Some("overlap")),
        ("one inside the other", (0, 24), (4, 8), Some("overlap")),
        ("a byte shared", (0, 13), (12, 24), Some("overlap")),
        ("a byte between", (0, 11), (12, 24), Some("gap")),
        ("a byte left at the end", (0, 12), (12, 23), Some("trailing_bytes")),
        ("a byte short at the end", (0, 12), (12, 25), Some("truncated")),
    ] {
        cases.push(Case::of(format!("two tensors, {name}"), two(a, b), 24, code));
    }
    // every tensor fits in 64 bits, and so does every offset
    let step = (1 << 61) - 1;
    let mut entries: Vec<String> = (0..8)
        .map(|i| entry(&format!("t{i}"), "U8", &format!("[{step}]"), i * step, (i + 1) * step))
        .collect();
    entries.push(entry("rest", "U8", "[7]", 8 * step, 8 * step + 7));
    cases.push(Case::of("data up to 2^64", format!("{{{}}}", entries.join(",")), 24, "truncated"));
    let many = (0..10_000).map(|i| entry(&i.to_string(), "U8", "[0]", 0, 0));
    let json = format!("{{{}}}", many.collect::<Vec<_>>().join(","));
    cases.push(Case::of("valid file of 10 000 empty tensors", json, 0, None));
    let chain = (0..10_000).map(|i| entry(&i.to_string(), "U8", "[2]", i, i + 2));
    let json = format!("{{{}}}", chain.collect::<Vec<_>>().join(","));
    cases.push(Case::of("10 000 tensors, each over the next", json, 10_001, "overlap"));
    cases
}
