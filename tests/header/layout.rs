//! Dtypes, shapes, offsets and the size of the file.

use weightkin::dtype::Dtype;
use weightkin::format::safetensors::{HeaderError, TensorInfo};

use crate::support::entry::{entry, object, one};
use crate::support::file::read;

/// A file with the tensor `t`: `F32`, shape `[2, 3]`.
fn ordinary() -> String {
    one("t", "F32", &[2, 3], 0, 24)
}

#[test]
fn an_ordinary_file() {
    let json = ordinary();
    let start = 8 + json.len() as u64;
    let info =
        TensorInfo { dtype: Dtype::F32, blocks: None, shape: vec![2, 3], start, end: start + 24 };
    let header = read(&json, 24).unwrap();
    assert_eq!(header.tensors.into_tuple_vec(), [("t".to_owned(), info)]);
    assert!(header.metadata.is_empty());
}

#[test]
fn no_tensors_at_all() {
    assert!(read("{}", 0).unwrap().tensors.is_empty());
    let needed_bytes = 10;
    let trailing = HeaderError::TrailingBytes { file_bytes: 11, needed_bytes };
    assert_eq!(read("{}", 1).unwrap_err(), trailing);
}

#[test]
fn unknown_dtypes() {
    for dtype in ["F128", "f32", "", "float16", "F8", "I4", "F32 "] {
        let error = read(&one("w", dtype, &[1], 0, 4), 4).unwrap_err();
        let want = HeaderError::UnknownDtype { tensor: "w".to_owned(), dtype: dtype.to_owned() };
        assert_eq!(error, want);
    }
    let error = HeaderError::UnknownDtype { tensor: "w\n".to_owned(), dtype: "F128".to_owned() };
    assert_eq!(error.to_string(), r#"tensor "w\n" has unknown dtype "F128""#);
}

/// All names the format knows, with the bytes of eight elements.
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

#[test]
fn every_dtype_has_its_size() {
    for (dtype, bytes) in DTYPES {
        let json = one("w", dtype, &[2, 4], 0, bytes);
        let tensors = read(&json, bytes).unwrap().tensors;
        assert_eq!(tensors.get("w").unwrap().dtype.to_string(), dtype);

        let json = one("w", dtype, &[2, 4], 0, bytes + 1);
        let (stored_bytes, needed_bytes) = (bytes + 1, bytes);
        let tensor = "w".to_owned();
        let want = HeaderError::SizeMismatch { tensor, stored_bytes, needed_bytes };
        assert_eq!(read(&json, bytes + 1), Err(want));
    }
}

#[test]
fn elements_that_do_not_fill_bytes() {
    for (dtype, elements, bits) in [
        ("F4", 1, 4),
        ("F4", 3, 12),
        ("F6_E2M3", 1, 6),
        ("F6_E2M3", 2, 12),
        ("F6_E3M2", 3, 18),
        ("F6_E3M2", 5, 30),
    ] {
        let error = read(&one("w", dtype, &[elements], 0, bits / 8), bits / 8).unwrap_err();
        assert_eq!(error, HeaderError::Misaligned { tensor: "w".to_owned(), bits });
    }
    let error = HeaderError::Misaligned { tensor: "w".to_owned(), bits: 12 };
    assert_eq!(error.to_string(), "tensor \"w\" has 12 bits, not a whole number of bytes");
    assert!(read(&one("w", "F4", &[2], 0, 1), 1).is_ok());
    assert!(read(&one("w", "F6_E2M3", &[4], 0, 3), 3).is_ok());
}

#[test]
fn sizes_that_do_not_match() {
    for (shape, end, needed_bytes) in
        [(&[2_u64, 3][..], 23, 24), (&[2, 3], 25, 24), (&[], 3, 4), (&[0], 4, 0), (&[5, 0], 1, 0)]
    {
        let error = read(&one("w", "F32", shape, 0, end), end).unwrap_err();
        let tensor = "w".to_owned();
        assert_eq!(error, HeaderError::SizeMismatch { tensor, stored_bytes: end, needed_bytes });
    }
    // of a tensor that does not start at 0
    let json = object(&[entry("a", "U8", &[5], 0, 5), entry("w", "U8", &[4], 5, 8)]);
    let want = HeaderError::SizeMismatch { tensor: "w".into(), stored_bytes: 3, needed_bytes: 4 };
    assert_eq!(read(&json, 8), Err(want));
    let error = read(&one("w", "F32", &[2, 3], 0, 23), 23).unwrap_err();
    assert_eq!(error.to_string(), "tensor \"w\" has 23 bytes, but its shape and dtype need 24");
}

#[test]
fn scalars_and_empty_tensors() {
    let json = object(&[
        entry("scalar", "F32", &[], 0, 4),
        entry("empty", "F32", &[0], 4, 4),
        entry("no columns", "F64", &[1 << 40, 0], 4, 4),
        entry("no rows", "F64", &[0, 1 << 40, 1 << 40], 4, 4),
        entry("last", "U8", &[1, 1, 1, 1, 1, 1, 1, 1, 1], 4, 5),
    ]);
    let header = read(&json, 5).unwrap();
    assert_eq!(header.tensors.len(), 5);
    assert_eq!(header.tensors.get("scalar").unwrap().shape, [] as [u64; 0]);
    assert_eq!(
        header.tensors.get("empty").unwrap().start,
        header.tensors.get("empty").unwrap().end
    );
}

#[test]
fn offsets_backwards() {
    let error = read(&one("w", "U8", &[1], 3, 2), 3).unwrap_err();
    assert_eq!(error, HeaderError::Backwards { tensor: "w".to_owned(), start: 3, end: 2 });
    let error = read(&one("w", "U8", &[1], u64::MAX, 0), 3).unwrap_err();
    let message = "tensor \"w\" ends at 0 before it starts at 18446744073709551615";
    assert_eq!(error.to_string(), message);
}

#[test]
fn overlaps() {
    let overlap = |start, previous_end| HeaderError::Overlap {
        tensor: "second".to_owned(),
        start,
        previous_end,
    };
    for (start, end) in [(3, 7), (1, 5), (0, 8), (0, 4)] {
        let second = entry("second", "U8", &[end - start], start, end);
        let json = object(&[second, entry("first", "U8", &[4], 0, 4)]);
        let error = read(&json, end.max(4)).unwrap_err();
        assert_eq!(error, overlap(start, 4), "{start}..{end}");
    }
    let message = "tensor \"second\" starts at 3, inside the tensor that ends at 4";
    assert_eq!(overlap(3, 4).to_string(), message);
}

#[test]
fn gaps() {
    let gap = |tensor: &str, start, previous_end| HeaderError::Gap {
        tensor: tensor.to_owned(),
        start,
        previous_end,
    };
    assert_eq!(read(&one("w", "U8", &[1], 1, 2), 2), Err(gap("w", 1, 0)));
    let json = object(&[entry("b", "U8", &[2], 7, 9), entry("a", "U8", &[4], 0, 4)]);
    assert_eq!(read(&json, 9), Err(gap("b", 7, 4)));
    let message = "3 bytes before tensor \"b\" (offsets 4 to 7) belong to no tensor";
    assert_eq!(gap("b", 7, 4).to_string(), message);
    let empty = object(&[entry("a", "U8", &[4], 0, 4), entry("hole", "U8", &[0], 5, 5)]);
    assert_eq!(read(&empty, 5), Err(gap("hole", 5, 4)));
}

#[test]
fn files_cut_short() {
    let json = ordinary();
    let needed_bytes = 8 + json.len() as u64 + 24;
    for missing in 1..=24 {
        let file_bytes = needed_bytes - missing;
        let want = HeaderError::Truncated { file_bytes, needed_bytes };
        assert_eq!(read(&json, 24 - missing), Err(want));
    }
    let error = HeaderError::Truncated { file_bytes: 30, needed_bytes: 100 };
    assert_eq!(error.to_string(), "file is cut short: 30 bytes of 100; 70 missing");
}

#[test]
fn files_with_trailing_bytes() {
    let json = ordinary();
    let needed_bytes = 8 + json.len() as u64 + 24;
    for extra in [1, 8, 1 << 40] {
        let file_bytes = needed_bytes + extra;
        let want = HeaderError::TrailingBytes { file_bytes, needed_bytes };
        assert_eq!(read(&json, 24 + extra), Err(want));
    }
    let error = HeaderError::TrailingBytes { file_bytes: 107, needed_bytes: 100 };
    let message = "file has 7 bytes after its last tensor (107 bytes, 100 expected)";
    assert_eq!(error.to_string(), message);
}

#[test]
fn order_in_the_text_is_free() {
    let (a, b, c) = (
        entry("a", "U8", &[4], 4, 8),
        entry("b", "F16", &[2], 0, 4),
        entry("c", "F32", &[1], 8, 12),
    );
    let want = read(&object(&[b.clone(), a.clone(), c.clone()]), 12).unwrap();
    assert_eq!(read(&object(&[c, b, a]), 12).unwrap().tensors, want.tensors);
}

#[test]
fn offsets_beyond_four_gibibytes() {
    for bytes in [
        u64::from(u32::MAX),
        1 << 32,
        (1 << 32) + 1,
        (1 << 53) - 1,
        1 << 53,
        (1 << 53) + 1,
        (1 << 61) - 1,
    ] {
        let json = object(&[
            entry("large", "U8", &[bytes], 0, bytes),
            entry("after", "F64", &[3], bytes, bytes + 24),
        ]);
        let start = 8 + json.len() as u64;
        let header = read(&json, bytes + 24).unwrap();
        assert_eq!(header.tensors.get("large").unwrap().end, start + bytes);
        assert_eq!(header.tensors.get("after").unwrap().start, start + bytes);
        assert_eq!(header.tensors.get("after").unwrap().end, start + bytes + 24);
        let short = read(&json, bytes + 23).unwrap_err();
        assert!(matches!(short, HeaderError::Truncated { .. }), "{short}");
    }
}

#[test]
fn shapes_that_overflow() {
    for (dtype, shape) in [
        ("U8", &[1_u64 << 61][..]), // 2⁶⁴ bits
        ("F64", &[1 << 58]),
        ("U8", &[1 << 32, 1 << 32]),
        ("U8", &[1 << 63, 2]),
        ("U8", &[u64::MAX]),
        ("F4", &[u64::MAX, u64::MAX]),
        ("F4", &[1 << 62]),
        // the format's own library multiplies from the left too
        ("U8", &[1 << 40, 1 << 40, 0]),
    ] {
        let error = read(&one("w", dtype, shape, 0, 8), 8).unwrap_err();
        let (tensor, shape) = ("w".to_owned(), shape.to_vec());
        assert_eq!(error, HeaderError::Overflow { tensor, shape });
    }
    let error = HeaderError::Overflow { tensor: "w".to_owned(), shape: vec![1 << 63, 2] };
    let message = "tensor \"w\" of shape [9223372036854775808, 2] overflows 64 bits";
    assert_eq!(error.to_string(), message);
}

/// Every tensor fits, their sum does not.
#[test]
fn data_that_overflows_the_file() {
    let step = (1 << 61) - 1;
    let mut entries: Vec<String> =
        (0..8).map(|i| entry(&format!("t{i}"), "U8", &[step], i * step, (i + 1) * step)).collect();
    entries.push(entry("rest", "U8", &[7], 8 * step, 8 * step + 7));
    let json = object(&entries);
    assert_eq!(8 * step + 7, u64::MAX, "the last offset of all");
    let file_bytes = 8 + json.len() as u64;
    let want = HeaderError::Truncated { file_bytes, needed_bytes: u64::MAX };
    assert_eq!(read(&json, 0), Err(want));
}

#[test]
fn offsets_at_the_edge_of_u64() {
    for (start, end) in [(0, u64::MAX), (0, 1 << 63), (u64::MAX, u64::MAX), (1 << 63, u64::MAX)] {
        let error = read(&one("w", "U8", &[1], start, end), 1).unwrap_err();
        let (tensor, previous_end) = ("w".to_owned(), 0);
        let want = if start == 0 {
            HeaderError::SizeMismatch { tensor, stored_bytes: end, needed_bytes: 1 }
        } else {
            HeaderError::Gap { tensor, start, previous_end }
        };
        assert_eq!(error, want);
    }
}
