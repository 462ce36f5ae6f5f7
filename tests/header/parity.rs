//! The same verdicts as the `safetensors` crate, on everything it can judge: files that fit into
//! memory. Where this crate is stricter or laxer, the table says why.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::Metadata;
use weightkin::format::safetensors::{Header, HeaderError};

use crate::support::cases::cases;
use crate::support::entry::{entry, object, one};
use crate::support::file::{head, read_file, zeros};

fn ours(file: &[u8]) -> Result<Header, HeaderError> {
    read_file(file, file.len() as u64)
}

/// The other crate adds the header's length to the data's without a check: data that ends within
/// the last bytes of 64 bits makes it panic, or wrap around where that is not checked for. Both
/// count as a refusal.
fn theirs(file: &[u8]) -> Result<Metadata, String> {
    std::panic::catch_unwind(|| SafeTensors::read_metadata(file))
        .map_err(|_| "it panics".to_owned())?
        .map(|(_, metadata)| metadata)
        .map_err(|error| error.to_string())
}

/// Both accepted the file: they must also have understood it alike.
fn assert_same_meaning(file: &[u8], ours: &Header, theirs: &Metadata) {
    let data_start = 8 + u64::from_le_bytes(file[..8].try_into().unwrap());
    let tensors = theirs.tensors();
    assert_eq!(ours.tensors.len(), tensors.len());
    for (name, ours) in &ours.tensors {
        let theirs = tensors[name];
        assert_eq!(ours.dtype, theirs.dtype);
        assert!(ours.shape.iter().copied().eq(theirs.shape.iter().map(|&d| d as u64)));
        let (start, end) = theirs.data_offsets;
        assert_eq!(ours.start, data_start + start as u64);
        assert_eq!(ours.end, data_start + end as u64);
    }
    let metadata = theirs.metadata().clone().unwrap_or_default();
    assert_eq!(ours.metadata, metadata.into_iter().collect());
}

/// Whether this crate refuses on purpose what the other accepts; see [`DIFFERENCES`].
fn is_stricter_on_purpose(error: &HeaderError) -> bool {
    match error {
        HeaderError::Duplicate { .. } => true,
        HeaderError::NotAnObject { found } => found.is_ascii_whitespace(),
        HeaderError::Json { message } => {
            message.contains("expected an object with dtype, shape and data_offsets")
                || message.contains("expected a borrowed string")
                || message.contains("expected a string")
        }
        _ => false,
    }
}

/// Whether the other crate refuses a field that nobody reads; see [`DIFFERENCES`].
fn is_laxer_on_purpose(error: &str) -> bool {
    ["number out of range", "hex escape", "recursion limit"].iter().any(|why| error.contains(why))
}

fn assert_same_verdict(file: &[u8]) {
    match (ours(file), theirs(file)) {
        (Ok(ours), Ok(theirs)) => assert_same_meaning(file, &ours, &theirs),
        (Err(_), Err(_)) => {}
        (Err(error), Ok(_)) => assert!(is_stricter_on_purpose(&error), "only we refuse: {error}"),
        (Ok(_), Err(error)) => assert!(is_laxer_on_purpose(&error), "only they refuse: {error}"),
    }
}

/// A header, whether we accept it with one byte of data, whether they do, and why not the same.
const DIFFERENCES: [(&str, bool, bool, &str); 10] = [
    (
        r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
        false,
        true,
        "the format forbids duplicate names; the other crate keeps the last",
    ),
    (
        r#"{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
        false,
        true,
        "the same, for keys of the metadata",
    ),
    (
        r#" {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
        false,
        true,
        "the format wants the text to begin with a brace",
    ),
    (
        r#"{"a":["U8",[1],[0,1]]}"#,
        false,
        true,
        "the format wants an object; the other crate takes a list of its fields",
    ),
    (
        r#"{"a":{"dtype":{"U8":null},"shape":[1],"data_offsets":[0,1]}}"#,
        false,
        true,
        "the format wants a string; the other crate takes any spelling of a Rust enumeration",
    ),
    (
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1e999}}"#,
        true,
        false,
        "nobody reads the field; the other crate wants its number to fit",
    ),
    (
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":"\ud800"}}"#,
        true,
        false,
        "nobody reads the field; the other crate wants its text to be Unicode",
    ),
    (
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1],"\u0064type":"U8"}}"#,
        false,
        false,
        "no difference: an escaped field name is the same field",
    ),
    (
        r#"{"__metadata__":null,"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
        true,
        true,
        "no difference: null stands for no metadata",
    ),
    (
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}   \n",
        true,
        true,
        "no difference: white space after the object is padding",
    ),
];

#[test]
fn the_differences_are_these() {
    for (json, we_accept, they_accept, why) in DIFFERENCES {
        let file = zeros(json, 1);
        let (ours, theirs) = (ours(&file), theirs(&file));
        assert_eq!(ours.is_ok(), we_accept, "{why}: {ours:?}");
        assert_eq!(theirs.is_ok(), they_accept, "{why}: {theirs:?}");
        // and the generated tests below know about them
        assert_same_verdict(&file);
    }
}

/// Every header of the hostile table that fits into memory; an index is no header.
#[test]
fn both_judge_the_hostile_table_alike() {
    let mut judged = 0;
    for case in weightkin_hostile::cases() {
        let Some(file) = case.held().filter(|_| case.ending == ".safetensors") else { continue };
        assert_same_verdict(&file);
        assert_eq!(ours(&file).is_ok(), case.code.is_none(), "{}", case.name);
        judged += 1;
    }
    assert!(judged > 200, "{judged}");
}

#[test]
fn deeply_nested_fields_that_nobody_reads() {
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let json = format!(r#"{{"a":{{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":{nested}}}}}"#);
    assert!(ours(&zeros(&json, 1)).is_ok());
    // where a value is wanted, depth is refused before it can do harm
    for json in [nested.clone(), format!("{{\"a\":{nested}}}"), "{\"a\":".repeat(100_000)] {
        assert!(ours(&zeros(&json, 1)).is_err());
    }
}

#[test]
fn both_judge_hand_made_files_alike() {
    let cases = [
        String::from("{}"),
        String::new(),
        "[]".into(),
        one("w", "F32", &[2, 3], 0, 24),
        one("w", "F32", &[2, 3], 0, 25),
        one("w", "F32", &[2, 3], 1, 25),
        one("w", "F32", &[2, 3], 24, 0),
        one("w", "F32", &[6, u64::MAX], 0, 24),
        one("w", "F32", &[0, u64::MAX, u64::MAX], 0, 0),
        one("w", "F32", &[u64::MAX, u64::MAX, 0], 0, 0),
        one("w", "U8", &[1 << 61], 0, 1 << 61),
        one("w", "U8", &[1 << 63], 0, 1 << 63),
        one("w", "F4", &[48], 0, 24),
        one("w", "F4", &[47], 0, 24),
        one("w", "F6_E2M3", &[32], 0, 24),
        one("w", "F6_E3M2", &[31], 0, 24),
        one("w", "F99", &[6], 0, 24),
        one("__metadata__", "F32", &[6], 0, 24),
        object(&[entry("a", "U8", &[12], 0, 12), entry("b", "U8", &[12], 12, 24)]),
        object(&[entry("a", "U8", &[12], 12, 24), entry("b", "U8", &[12], 0, 12)]),
        object(&[entry("a", "U8", &[13], 0, 13), entry("b", "U8", &[12], 12, 24)]),
        object(&[entry("a", "U8", &[11], 0, 11), entry("b", "U8", &[12], 12, 24)]),
        object(&[entry("a", "U8", &[24], 0, 24), entry("b", "U8", &[0], 24, 24)]),
        object(&[entry("a", "U8", &[24], 0, 24), entry("b", "U8", &[0], 12, 12)]),
        object(&[entry("a", "U8", &[24], 0, 24), entry("b", "U8", &[0], 0, 0)]),
        object(&[entry("a", "U8", &[24], 0, 24), entry("b", "U8", &[24], 0, 24)]),
    ];
    for json in cases {
        for data_bytes in [0, 23, 24, 25] {
            assert_same_verdict(&zeros(&json, data_bytes));
        }
    }
}

#[test]
fn both_judge_every_prefix_of_a_file_alike() {
    let json = object(&[
        "\"__metadata__\":{\"format\":\"pt\"}".to_owned(),
        entry("a", "F16", &[2, 2], 0, 8),
        entry("b", "BF16", &[], 8, 10),
    ]);
    let file = zeros(&json, 10);
    for len in 0..=file.len() {
        assert_same_verdict(&file[..len]);
        assert_eq!(ours(&file[..len]).is_ok(), len == file.len());
    }
}

/// A header and the bytes of its data section.
#[derive(Debug, Clone)]
struct Generated {
    json: String,
    data_bytes: usize,
}

fn generated() -> impl Strategy<Value = Generated> {
    let dtypes = [
        ("BOOL", 8),
        ("F4", 4),
        ("F6_E2M3", 6),
        ("U8", 8),
        ("F8_E4M3", 8),
        ("F8_E8M0", 8),
        ("F16", 16),
        ("BF16", 16),
        ("I32", 32),
        ("F32", 32),
        ("C64", 64),
        ("F64", 64),
    ];
    let tensor = (prop::sample::select(dtypes.to_vec()), vec(0_u64..5, 0..4));
    let metadata = prop::option::of(btree_map(".{0,6}", ".{0,6}", 0..4));
    let padding = prop::sample::select(vec!["", " ", "   \n"]);
    (btree_map(".{0,12}", tensor, 0..8), metadata, any::<u64>(), padding).prop_map(
        |(tensors, metadata, shuffle, padding)| {
            let mut entries = Vec::new();
            let mut end = 0;
            for (name, ((dtype, bits), mut shape)) in tensors {
                if bits < 8 {
                    shape.push(4); // four elements of any dtype are whole bytes
                }
                let start = end;
                end += shape.iter().product::<u64>() * bits / 8;
                entries.push(entry(&name, dtype, &shape, start, end));
            }
            if let Some(metadata) = metadata {
                let text = serde_json::to_string(&metadata).unwrap();
                entries.push(format!("\"__metadata__\":{text}"));
            }
            let shift = shuffle as usize % entries.len().max(1);
            entries.rotate_left(shift);
            Generated { json: object(&entries) + padding, data_bytes: end as usize }
        },
    )
}

/// A change to the bytes of a file.
#[derive(Debug, Clone)]
enum Change {
    Set { at: usize, to: u8 },
    Insert { at: usize, byte: u8 },
    Remove { at: usize },
    Number { at: usize, by: i64 },
    CutTo { len: usize },
    Length { to: u64 },
}

fn change() -> impl Strategy<Value = Change> {
    let byte = prop_oneof![
        any::<u8>(),
        prop::sample::select(b"{}[]\":,0123456789 -.eE\\untrfals".to_vec()),
    ];
    prop_oneof![
        2 => (any::<usize>(), byte.clone()).prop_map(|(at, to)| Change::Set { at, to }),
        2 => (any::<usize>(), byte).prop_map(|(at, byte)| Change::Insert { at, byte }),
        2 => any::<usize>().prop_map(|at| Change::Remove { at }),
        6 => (any::<usize>(), -3_i64..=3).prop_map(|(at, by)| Change::Number { at, by }),
        1 => any::<usize>().prop_map(|len| Change::CutTo { len }),
        1 => prop_oneof![any::<u64>(), 0_u64..400].prop_map(|to| Change::Length { to }),
    ]
}

impl Change {
    /// Applies the change behind the length field, which goes on telling the length of the text,
    /// unless it is what changes.
    fn apply(&self, file: &mut Vec<u8>, json_bytes: &mut usize) {
        let text = |at: usize, len: usize| 8 + at % len.max(1);
        match *self {
            Self::Set { at, to } if *json_bytes > 0 => file[text(at, *json_bytes)] = to,
            Self::Insert { at, byte } => {
                file.insert(text(at, *json_bytes + 1), byte);
                *json_bytes += 1;
            }
            Self::Remove { at } if *json_bytes > 0 => {
                file.remove(text(at, *json_bytes));
                *json_bytes -= 1;
            }
            Self::Number { at, by } => {
                let numbers: Vec<usize> =
                    (8..8 + *json_bytes).filter(|&i| file[i].is_ascii_digit()).collect();
                if let Some(&i) = numbers.get(at % numbers.len().max(1)) {
                    file[i] = b'0' + (i64::from(file[i] - b'0') + by).rem_euclid(10) as u8;
                }
            }
            Self::CutTo { len } => {
                let len = len % (file.len() + 1);
                file.truncate(len.max(8 + *json_bytes));
            }
            _ => {}
        }
        let length = if let Self::Length { to } = self { *to } else { *json_bytes as u64 };
        file[..8].copy_from_slice(&length.to_le_bytes());
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn both_accept_every_valid_file(valid in generated()) {
        let file = zeros(&valid.json, valid.data_bytes);
        let (ours, theirs) = (ours(&file).unwrap(), theirs(&file).unwrap());
        assert_same_meaning(&file, &ours, &theirs);
    }
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn both_judge_damaged_files_alike(valid in generated(), changes in vec(change(), 1..4)) {
        let mut file = zeros(&valid.json, valid.data_bytes);
        let mut json_bytes = valid.json.len();
        for change in &changes {
            change.apply(&mut file, &mut json_bytes);
        }
        assert_same_verdict(&file);
    }

    #[test]
    fn noise_never_panics(json in vec(any::<u8>(), 0..200), file_bytes: u64) {
        let json = String::from_utf8_lossy(&json).into_owned();
        let _ = read_file(&head(&json), file_bytes);
        let _ = Header::parse(json.as_bytes(), file_bytes);
    }
}
