//! The length field and the JSON text.

use weightkin::format::safetensors::{self, CAP_BYTES, Header, HeaderError};

use crate::support::entry::{entry, object, one};
use crate::support::file::{head, read, read_file};

fn json_error(result: Result<Header, HeaderError>) -> String {
    match result {
        Err(HeaderError::Json { message }) => message,
        other => panic!("{other:?} is no JSON error"),
    }
}

#[test]
fn files_too_small_for_a_length() {
    for file_bytes in 0..8 {
        let file = vec![b'{'; file_bytes];
        let error = read_file(&file, file_bytes as u64).unwrap_err();
        assert_eq!(error, HeaderError::TooSmall { file_bytes: file_bytes as u64 });
    }
    let error = HeaderError::TooSmall { file_bytes: 3 };
    assert_eq!(error.to_string(), "file has 3 bytes, too few for a safetensors header");
}

#[test]
fn header_lengths_at_every_boundary() {
    let too_large = |header_bytes| HeaderError::TooLarge { header_bytes, cap_bytes: CAP_BYTES };
    let beyond = |header_bytes, left_bytes| HeaderError::BeyondFile { header_bytes, left_bytes };
    for (header_bytes, file_bytes, want) in [
        (0, 8, Ok(0)),
        (1, 8, Err(beyond(1, 0))),
        (1, 9, Ok(1)),
        (2, 9, Err(beyond(2, 1))),
        (CAP_BYTES, CAP_BYTES + 8, Ok(CAP_BYTES)),
        (CAP_BYTES, CAP_BYTES + 7, Err(beyond(CAP_BYTES, CAP_BYTES - 1))),
        (CAP_BYTES + 1, u64::MAX, Err(too_large(CAP_BYTES + 1))),
        (u64::from(u32::MAX), u64::MAX, Err(too_large(u64::from(u32::MAX)))),
        (1 << 32, u64::MAX, Err(too_large(1 << 32))),
        ((1 << 32) + 1, 20, Err(too_large((1 << 32) + 1))),
        // the low half alone would be a fine length
        ((1 << 32) + 2, 20, Err(too_large((1 << 32) + 2))),
        ((1 << 53) - 1, 20, Err(too_large((1 << 53) - 1))),
        ((1 << 53) + 1, 20, Err(too_large((1 << 53) + 1))),
        (1 << 63, u64::MAX, Err(too_large(1 << 63))),
        (u64::MAX - 7, u64::MAX, Err(too_large(u64::MAX - 7))),
        (u64::MAX, u64::MAX, Err(too_large(u64::MAX))),
        (2, u64::MAX, Ok(2)),
    ] {
        let got = safetensors::json_bytes(&u64::to_le_bytes(header_bytes), file_bytes);
        assert_eq!(got, want, "{header_bytes} of {file_bytes}");
    }
}

#[test]
fn the_cap_is_that_of_the_format() {
    assert_eq!(CAP_BYTES, 100_000_000);
    assert_eq!(safetensors::PREFIX_BYTES, 8);
}

#[test]
fn bad_utf8() {
    for (bytes, offset) in [
        (&b"{\"\xff\":1}"[..], 2),
        (b"\xc3\x28", 0),
        (b"{}\xe2\x82", 2),               // cut inside a character
        (b"{\"\xed\xa0\x80\":1}", 2),     // a surrogate
        (b"{\"\xf4\x90\x80\x80\":1}", 2), // beyond Unicode
        (b"{\"\xc0\x80\":1}", 2),         // overlong
    ] {
        let error = Header::parse(bytes, 8 + bytes.len() as u64).unwrap_err();
        assert_eq!(error, HeaderError::Utf8 { offset });
    }
}

#[test]
fn texts_that_do_not_begin_with_a_brace() {
    for (json, found) in [
        (" {}", b' '),
        ("\n{}", b'\n'),
        ("[]", b'['),
        ("null", b'n'),
        ("\"{}\"", b'"'),
        ("\0{}", 0),
        ("\u{feff}{}", 0xef), // a byte order mark
    ] {
        assert_eq!(read(json, 0), Err(HeaderError::NotAnObject { found }));
    }
    assert_eq!(
        HeaderError::NotAnObject { found: b' ' }.to_string(),
        "header does not begin with '{' but with byte 0x20"
    );
}

#[test]
fn texts_that_are_not_json() {
    assert_eq!(json_error(read("", 0)), "it is empty");
    for json in [
        "{",
        "{}}",
        "{} x",
        "{\"a\"}",
        "{\"a\":}",
        "{,}",
        "{'a':1}",
        "{\"__metadata__\":{\"a\":\"b\",}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},}",
        "{\"\u{1}\":1}",
        "{\"\\ud800\":1}",
        "{}\0",
    ] {
        let message = json_error(read(json, 1));
        assert!(message.contains("line 1 column"), "{json}: {message}");
    }
}

#[test]
fn spaces_after_the_object_are_padding() {
    for padding in ["", " ", "\n\t\r ", &" ".repeat(4096)] {
        assert!(read(&(one("t", "F32", &[2, 3], 0, 24) + padding), 24).is_ok());
        assert!(read(&format!("{{}}{padding}"), 0).is_ok());
    }
}

#[test]
fn entries_of_the_wrong_shape_name_the_tensor() {
    for value in [
        "1",
        "null",
        "\"F32\"",
        "[]",
        "{}",
        r#"{"dtype":"U8","shape":[1]}"#,
        r#"{"dtype":"U8","data_offsets":[0,1]}"#,
        r#"{"shape":[1],"data_offsets":[0,1]}"#,
        r#"{"dtype":"U8","shape":1,"data_offsets":[0,1]}"#,
        r#"{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}"#,
        r#"{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}"#,
        r#"{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}"#,
        r#"{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}"#,
        r#"{"dtype":"U8","shape":[null],"data_offsets":[0,1]}"#,
        r#"{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]}"#,
        r#"{"dtype":"U8","shape":[1],"data_offsets":[1]}"#,
        r#"{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}"#,
        r#"{"dtype":"U8","shape":[1],"data_offsets":[-0,1]}"#,
        r#"{"dtype":"U8","shape":[1],"data_offsets":{"0":1}}"#,
        r#"{"dtype":8,"shape":[1],"data_offsets":[0,1]}"#,
        r#"{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}"#,
    ] {
        let message = json_error(read(&format!("{{\"some \\\"name\":{value}}}"), 1));
        assert!(message.starts_with(r#""some \"name": "#), "{value}: {message}");
        assert!(!message.contains('\n'));
    }
}

#[test]
fn duplicate_names() {
    let twice = |first: &str, second: &str| {
        let json = format!("{{{first},{second}}}");
        read(&json, 2).unwrap_err()
    };
    let duplicate = |name: &str| HeaderError::Duplicate { name: name.to_owned() };
    let (first, second) = (entry("a.b", "U8", &[1], 0, 1), entry("a.b", "U8", &[1], 1, 2));
    assert_eq!(twice(&first, &second), duplicate("a.b"));
    assert_eq!(twice(&first, &first), duplicate("a.b"));
    // the same name, written in another way
    let escaped = second.replace("a.b", "\\u0061.b");
    assert_eq!(twice(&first, &escaped), duplicate("a.b"));
    assert_eq!(duplicate("a.b").to_string(), "\"a.b\" appears twice in the header");
    // names that only look the same are two names
    let (composed, decomposed) = (entry("\u{e9}", "U8", &[1], 0, 1), "e\u{301}");
    assert!(read(&object(&[composed, entry(decomposed, "U8", &[1], 1, 2)]), 2).is_ok());
}

#[test]
fn duplicate_metadata() {
    let error = read(r#"{"__metadata__":{"a":"1","b":"2","a":"1"}}"#, 0).unwrap_err();
    assert_eq!(error, HeaderError::Duplicate { name: "a".to_owned() });
    let message = json_error(read(r#"{"__metadata__":{},"__metadata__":{}}"#, 0));
    assert!(message.contains(r#""__metadata__" appears twice"#), "{message}");
}

#[test]
fn metadata() {
    let json = r#"{"__metadata__":{"format":"pt","":"","ü\n":"\u2603"}}"#;
    let metadata = read(json, 0).unwrap().metadata;
    let expected = [("", ""), ("format", "pt"), ("ü\n", "☃")];
    assert_eq!(metadata.into_tuple_vec(), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    assert!(read(r#"{"__metadata__":null}"#, 0).unwrap().metadata.is_empty());
    for bad in ["1", "\"a\"", "[]", r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":{}}"#] {
        let message = json_error(read(&format!("{{\"__metadata__\":{bad}}}"), 0));
        assert!(message.starts_with("\"__metadata__\": "), "{bad}: {message}");
    }
}

#[test]
fn unknown_fields_are_passed_over() {
    for value in ["1", "null", "[[{}]]", "\"x\"", "-1.5e-3", "{\"shape\":7}"] {
        let json = format!(
            r#"{{"t":{{"note":{value},"dtype":"U8","shape":[1],"data_offsets":[0,1],"z":{value}}}}}"#
        );
        assert_eq!(read(&json, 1).unwrap().tensors.len(), 1);
    }
}

#[test]
fn names_of_every_kind() {
    let names = ["", " ", "__metadata_", "a\"b\\c", "\u{0}\t\n", "☃", "../../etc", "😀", "x y"];
    let entries: Vec<String> =
        (0..).zip(names).map(|(i, name)| entry(name, "U8", &[1], i, i + 1)).collect();
    let header = read(&object(&entries), names.len() as u64).unwrap();
    for name in names {
        assert!(header.tensors.contains_key(name), "{name:?}");
    }
}

#[test]
fn codes_are_stable_and_distinct() {
    let json = |message: &str| HeaderError::Json { message: message.to_owned() };
    let tensor = || "t".to_owned();
    let errors = [
        (HeaderError::TooSmall { file_bytes: 0 }, "header_too_small"),
        (HeaderError::TooLarge { header_bytes: 0, cap_bytes: 0 }, "header_too_large"),
        (HeaderError::BeyondFile { header_bytes: 0, left_bytes: 0 }, "header_beyond_file"),
        (HeaderError::Utf8 { offset: 0 }, "header_not_utf8"),
        (HeaderError::NotAnObject { found: 0 }, "header_not_an_object"),
        (json(""), "header_not_json"),
        (HeaderError::Duplicate { name: tensor() }, "duplicate_name"),
        (HeaderError::UnknownDtype { tensor: tensor(), dtype: tensor() }, "unknown_dtype"),
        (HeaderError::Overflow { tensor: tensor(), shape: vec![] }, "overflow"),
        (HeaderError::Misaligned { tensor: tensor(), bits: 1 }, "misaligned"),
        (HeaderError::Backwards { tensor: tensor(), start: 1, end: 0 }, "backwards_offsets"),
        (
            HeaderError::SizeMismatch { tensor: tensor(), stored_bytes: 0, needed_bytes: 1 },
            "size_mismatch",
        ),
        (HeaderError::Overlap { tensor: tensor(), start: 0, previous_end: 1 }, "overlap"),
        (HeaderError::Gap { tensor: tensor(), start: 1, previous_end: 0 }, "gap"),
        (HeaderError::Truncated { file_bytes: 0, needed_bytes: 1 }, "truncated"),
        (HeaderError::TrailingBytes { file_bytes: 1, needed_bytes: 0 }, "trailing_bytes"),
    ];
    for (error, code) in errors {
        assert_eq!(error.code(), code);
        let message = error.to_string();
        assert!(message.starts_with(|c: char| !c.is_uppercase()) && !message.ends_with('.'));
    }
}

#[test]
fn the_prefix_may_be_all_there_is() {
    let file = head("");
    assert_eq!(json_error(read_file(&file, 8)), "it is empty");
}
