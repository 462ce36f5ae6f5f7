//! Dtypes, and shapes against the bytes they need.

use crate::case::{Case, NUMBERS, entry, one};

/// All dtypes of the format with the bits of an element.
const DTYPES: [(&str, u64); 22] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("C64", 64),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
];

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, dimension) in NUMBERS {
        let code = if dimension < 1 << 61 { "size_mismatch" } else { "overflow" };
        let json = one(&format!("[{dimension}]"), 0, 24);
        cases.push(Case::of(format!("dimension of {name}"), json, 24, code));
        // the same number among others, where nothing but zero undoes it
        let json = one(&format!("[{dimension},0]"), 0, 0);
        cases.push(Case::of(format!("nothing times {name}"), json, 0, None));
        let json = one(&format!("[0,{dimension},{dimension}]"), 0, 0);
        cases.push(Case::of(format!("nothing of {name} squared"), json, 0, None));
    }
    for (dtype, bits) in DTYPES {
        let tensor = |shape: u64, bytes| {
            format!("{{{}}}", entry("w", dtype, &format!("[{shape}]"), 0, bytes))
        };
        let bytes = 3 * bits;
        cases.push(Case::of(format!("24 elements of {dtype}"), tensor(24, bytes), bytes, None));
        let short = tensor(24, bytes - 1);
        cases.push(Case::of(
            format!("24 elements of {dtype}, one byte short"),
            short,
            bytes - 1,
            "size_mismatch",
        ));
        let most = u64::MAX / bits;
        let code = if most * bits % 8 == 0 { "size_mismatch" } else { "misaligned" };
        cases.push(Case::of(format!("most elements of {dtype}"), tensor(most, 24), 24, code));
        cases.push(Case::of(
            format!("one element of {dtype} too many"),
            tensor(most + 1, 24),
            24,
            "overflow",
        ));
        if bits < 8 {
            cases.push(Case::of(
                format!("25 elements of {dtype}"),
                tensor(25, bytes),
                bytes,
                "misaligned",
            ));
        }
    }
    let long = "F".repeat(1 << 16);
    for (name, dtype) in [
        ("in small letters", "f32"),
        ("with a space", "F32 "),
        ("of another language", "float32"),
        ("that is empty", ""),
        ("that is to come", "F128"),
        ("of 64 kB", &long),
        ("with markup", "<b>F32</b>"),
        ("that turns the text", "\u{202e}23F"),
    ] {
        let json = format!("{{{}}}", entry("w", dtype, "[6]", 0, 24));
        cases.push(Case::of(format!("dtype {name}"), json, 24, "unknown_dtype"));
    }
    for (name, shape, code) in [
        ("2^32 times 2^32", "[4294967296,4294967296]", "overflow"),
        ("2^63 times 2", "[9223372036854775808,2]", "overflow"),
        ("past all bounds before a zero", "[4294967296,4294967296,0]", "overflow"),
        ("of a scalar", "[]", "size_mismatch"),
    ] {
        cases.push(Case::of(format!("shape {name}"), one(shape, 0, 24), 24, code));
    }
    let ones = format!("[{}24]", "1,".repeat(100_000));
    cases.push(Case::of("valid shape of 100 001 dimensions", one(&ones, 0, 24), 24, None));
    cases.push(Case::of("shape of 100 001 dimensions", one(&ones, 0, 23), 23, "size_mismatch"));
    let twos = format!("[{}2]", "2,".repeat(100_000));
    cases.push(Case::of("shape of 100 001 twos", one(&twos, 0, 24), 24, "overflow"));
    cases.push(Case::of("valid scalar", one("[]", 0, 1), 1, None));
    cases
}
