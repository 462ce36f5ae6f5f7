//! The eight bytes that give the header's length.

use crate::case::{CAP_BYTES, Case, NUMBERS, one};

pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = NUMBERS
        .iter()
        .map(|&(name, length)| {
            let code = match length {
                2 => None,
                0 | 1 => Some("header_not_json"),
                3..=CAP_BYTES => Some("header_beyond_file"),
                _ => Some("header_too_large"),
            };
            // as long as it says it is, where it says nothing impossible
            let text = &b"{}"[..(length as usize).min(2)];
            Case::whole(format!("length {name}"), [&length.to_le_bytes(), text].concat(), code)
        })
        .collect();
    for bytes in 1..8 {
        cases.push(Case::whole(
            format!("only {bytes} bytes of the length"),
            vec![9; bytes],
            "header_too_small",
        ));
    }
    let json = one("[24]", 0, 24);
    for (name, length, code) in [
        ("one short", json.len() - 1, "header_not_json"),
        ("into the data", json.len() + 1, "header_not_json"),
        ("to the end of the file", json.len() + 24, "header_not_json"),
        ("one past the end of the file", json.len() + 25, "header_beyond_file"),
    ] {
        let mut file = [&(length as u64).to_le_bytes(), json.as_bytes()].concat();
        file.resize(file.len() + 24, 0);
        cases.push(Case::whole(format!("length {name}"), file, code));
    }
    let mut big_endian = [&(json.len() as u64).to_be_bytes(), json.as_bytes()].concat();
    big_endian.resize(big_endian.len() + 24, 0);
    cases.push(Case::whole("length the wrong way round", big_endian, "header_too_large"));
    // a file of the size its length needs, and nothing in it
    for (name, length, code) in [
        ("the cap, of zeros", CAP_BYTES, "header_not_an_object"),
        ("one over the cap, of zeros", CAP_BYTES + 1, "header_too_large"),
    ] {
        let case = Case::whole(format!("header of {name}"), length.to_le_bytes().to_vec(), code);
        cases.push(Case { bytes: 8 + length, ..case });
    }
    cases
}
