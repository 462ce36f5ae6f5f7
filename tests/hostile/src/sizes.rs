//! The size of the file against what its header needs.

use crate::case::{Case, NUMBERS, head, one};

pub fn cases() -> Vec<Case> {
    let file = head(one("[24]", 0, 24).as_bytes());
    let needed = file.len() as u64 + 24;
    let mut cases = vec![Case::whole("nothing at all", Vec::new(), "empty_file")];
    for (name, bytes, code) in [
        ("length alone", 8, "header_beyond_file"),
        ("one byte of header", 9, "header_beyond_file"),
        ("header without its last byte", needed - 25, "header_beyond_file"),
        ("header without data", needed - 24, "truncated"),
        ("first byte of data", needed - 23, "truncated"),
        ("all but the last byte", needed - 1, "truncated"),
    ] {
        let head = file[..file.len().min(bytes as usize)].to_vec();
        cases.push(Case { bytes, ..Case::whole(format!("cut to {name}"), head, code) });
    }
    cases.push(Case { bytes: needed, ..Case::whole("exactly as needed", file.clone(), None) });
    for (name, extra) in [
        ("1 byte", 1),
        ("8 bytes", 8),
        ("2^32 minus 1 bytes", (1 << 32) - 1),
        ("2^32 bytes", 1 << 32),
        ("2^32 plus 1 bytes", (1 << 32) + 1),
        ("100 GB", 100_000_000_000),
    ] {
        let case = Case::whole(format!("{name} too many"), file.clone(), "trailing_bytes");
        cases.push(Case { bytes: needed + extra, ..case });
    }
    // the header alone decides how large the file must be
    for (name, bytes) in NUMBERS {
        let code = match bytes {
            0..24 => "trailing_bytes",
            24..=0x1fff_ffff_ffff_ffff => "truncated",
            _ => "overflow",
        };
        let json = one(&format!("[{bytes}]"), 0, bytes);
        cases.push(Case::of(format!("24 bytes instead of {name}"), json, 24, code));
    }
    // and files that are as large as they say
    for (name, bytes) in [
        ("2^32 minus 1", (1_u64 << 32) - 1),
        ("2^32", 1 << 32),
        ("2^32 plus 1", (1 << 32) + 1),
        ("100 GB", 100_000_000_000),
    ] {
        let json = one(&format!("[{bytes}]"), 0, bytes);
        cases.push(Case::of(format!("a valid file of {name}"), json, bytes, None));
    }
    cases
}
