//! The header's text: UTF-8, JSON, and JSON of the right shape.

use crate::case::{Case, entry, head, one};

const JSON: &str = "header_not_json";
const OBJECT: &str = "header_not_an_object";
const UTF8: &str = "header_not_utf8";

/// What is no number of bytes or elements.
const NO_NUMBERS: [(&str, &str); 16] = [
    ("minus 1", "-1"),
    ("minus 0", "-0"),
    ("a fraction", "1.5"),
    ("a whole fraction", "24.0"),
    ("an exponent", "24e0"),
    ("2^64", "18446744073709551616"),
    ("10^400", "1e400"),
    ("a leading zero", "024"),
    ("a plus", "+24"),
    ("hexadecimal", "0x18"),
    ("NaN", "NaN"),
    ("null", "null"),
    ("true", "true"),
    ("a string", "\"24\""),
    ("a list", "[24]"),
    ("an object", "{}"),
];

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    whole_texts(&mut cases);
    bytes(&mut cases);
    fields(&mut cases);
    metadata(&mut cases);
    depth(&mut cases);
    cases
}

fn whole_texts(cases: &mut Vec<Case>) {
    let good = one("[24]", 0, 24);
    for (name, text, code) in [
        ("a list", "[]".to_owned(), OBJECT),
        ("a string", "\"{}\"".into(), OBJECT),
        ("a number", "24".into(), OBJECT),
        ("null", "null".into(), OBJECT),
        ("true", "true".into(), OBJECT),
        ("a space before", format!(" {good}"), OBJECT),
        ("a line end before", format!("\n{good}"), OBJECT),
        ("a byte order mark before", format!("\u{feff}{good}"), OBJECT),
        ("a zero before", format!("\0{good}"), OBJECT),
        ("no end", good[..good.len() - 1].into(), JSON),
        ("two ends", format!("{good}}}"), JSON),
        ("two objects", format!("{good}{good}"), JSON),
        ("a comma at the end", format!("{},}}", &good[..good.len() - 1]), JSON),
        ("a comma at the start", format!("{{,{}", &good[1..]), JSON),
        ("a word after", format!("{good} x"), JSON),
        ("a zero after", format!("{good}\0"), JSON),
        ("a comment", format!("{good}// x"), JSON),
        ("single quotes", good.replace('"', "'"), JSON),
        ("names without quotes", good.replace("\"w\"", "w"), JSON),
        ("a line end in a name", good.replace('w', "\n"), JSON),
        ("an unknown escape", good.replace('w', "\\q"), JSON),
        ("half an escape", good.replace('w', "\\u12"), JSON),
        ("a lone surrogate in a name", good.replace('w', "\\ud800"), JSON),
        ("a number for a name", good.replace("\"w\"", "1"), JSON),
        ("no colon", good.replacen(':', " ", 1), JSON),
        ("nothing but a brace", "{".into(), JSON),
    ] {
        cases.push(Case::of(format!("text with {name}"), text, 24, code));
    }
    for (name, text) in [
        ("spaces after", format!("{good}    ")),
        ("all kinds of white space", good.replace(',', " ,\t\r\n").replace(':', " : ")),
        ("a pair of surrogates in a name", good.replace('w', "\\ud83c\\udf38")),
        ("an escaped name of a field", good.replace("dtype", "\\u0064type")),
        ("a field nobody knows", good.replace("\"shape\"", "\"x\":[1,{\"y\":null}],\"shape\"")),
    ] {
        cases.push(Case::of(format!("valid text with {name}"), text, 24, None));
    }
    cases.push(Case::of("valid text without tensors", "{}", 0, None));
}

fn bytes(cases: &mut Vec<Case>) {
    for (name, bytes) in [
        ("0xff", &b"{\"\xff\":1}"[..]),
        ("a byte that only goes on", b"{\"\x80\":1}"),
        ("an overlong zero", b"{\"\xc0\x80\":1}"),
        ("a surrogate", b"{\"\xed\xa0\x80\":1}"),
        ("a character past the last", b"{\"\xf4\x90\x80\x80\":1}"),
        ("half a character at the end", b"{}\xe3\x81"),
    ] {
        cases.push(Case::of(format!("not UTF-8 for {name}"), bytes, 0, UTF8));
    }
    let mut utf16: Vec<u8> = one("[24]", 0, 24).encode_utf16().flat_map(u16::to_le_bytes).collect();
    cases.push(Case::of("UTF-16", &utf16, 24, JSON));
    utf16.splice(0..0, [0xff, 0xfe]);
    cases.push(Case::of("UTF-16 with its mark", &utf16, 24, UTF8));
}

fn fields(cases: &mut Vec<Case>) {
    let good = one("[24]", 0, 24);
    for (name, value) in NO_NUMBERS {
        let shape = one(&format!("[{value}]"), 0, 24);
        cases.push(Case::of(format!("dimension is {name}"), shape, 24, JSON));
        let start = good.replace("[0,24]", &format!("[{value},24]"));
        cases.push(Case::of(format!("start is {name}"), start, 24, JSON));
        let end = good.replace("[0,24]", &format!("[0,{value}]"));
        cases.push(Case::of(format!("end is {name}"), end, 24, JSON));
    }
    for (field, value) in [("dtype", "\"U8\""), ("shape", "[24]"), ("data_offsets", "[0,24]")] {
        let pair = format!("\"{field}\":{value}");
        let without = good.replace(&pair, "\"x\":0");
        cases.push(Case::of(format!("no {field}"), without, 24, JSON));
        let twice = good.replace(&pair, &format!("{pair},{pair}"));
        cases.push(Case::of(format!("{field} twice"), twice, 24, JSON));
        for (name, other) in [("null", "null"), ("a number", "24"), ("an object", "{}")] {
            let wrong = good.replace(&pair, &format!("\"{field}\":{other}"));
            cases.push(Case::of(format!("{field} is {name}"), wrong, 24, JSON));
        }
    }
    for (name, offsets) in [("no", "[]"), ("one", "[0]"), ("three", "[0,24,24]")] {
        let wrong = good.replace("[0,24]", offsets);
        cases.push(Case::of(format!("{name} offsets"), wrong, 24, JSON));
    }
    for (name, tensor) in [
        ("null", "null"),
        ("a number", "1"),
        ("a string", "\"U8\""),
        ("a list", "[\"U8\",[24],[0,24]]"),
    ] {
        cases.push(Case::of(format!("tensor is {name}"), format!("{{\"w\":{tensor}}}"), 24, JSON));
    }
}

fn metadata(cases: &mut Vec<Case>) {
    let tensor = entry("w", "U8", "[24]", 0, 24);
    let with = |metadata: &str| format!("{{\"__metadata__\":{metadata},{tensor}}}");
    for (name, metadata) in [
        ("a list", "[]"),
        ("a string", "\"\""),
        ("a number", "1"),
        ("of a number", "{\"k\":1}"),
        ("of a null", "{\"k\":null}"),
        ("of an object", "{\"k\":{}}"),
        ("of a list", "{\"k\":[\"\"]}"),
        ("that is a tensor", "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}"),
    ] {
        cases.push(Case::of(format!("metadata {name}"), with(metadata), 24, JSON));
    }
    let twice = format!("{{\"__metadata__\":{{}},\"__metadata__\":{{}},{tensor}}}");
    cases.push(Case::of("metadata twice", twice, 24, JSON));
    cases.push(Case::of(
        "metadata of one key twice",
        with("{\"k\":\"\",\"k\":\"\"}"),
        24,
        "duplicate_name",
    ));
    let long = format!("{{\"{0}\":\"{0}\"}}", "k".repeat(1 << 16));
    for (name, metadata) in [
        ("null", "null"),
        ("empty", "{}"),
        (
            "of keys that JavaScript knows",
            "{\"__proto__\":\"x\",\"constructor\":\"y\",\"toString\":\"z\"}",
        ),
        ("of markup", "{\"modelspec.title\":\"<img src=x onerror=alert(1)>\"}"),
        ("of 64 kB", &long),
    ] {
        cases.push(Case::of(format!("valid metadata {name}"), with(metadata), 24, None));
    }
}

fn depth(cases: &mut Vec<Case>) {
    let deep = |open: &str, close: &str, times| open.repeat(times) + &close.repeat(times);
    for times in [127, 128, 129, 10_000, 100_000] {
        let list = deep("[", "]", times);
        cases.push(Case::of(
            format!("lists {times} deep for a tensor"),
            format!("{{\"w\":{list}}}"),
            0,
            JSON,
        ));
        let objects = deep("{\"w\":", "}", times);
        cases.push(Case::of(format!("objects {times} deep"), objects, 0, JSON));
        let shape = one(&list, 0, 24);
        cases.push(Case::of(format!("lists {times} deep for a shape"), shape, 24, JSON));
    }
    let unclosed = format!("{{\"w\":{}", "[".repeat(1 << 19));
    cases.push(Case::whole("half a million brackets", head(unclosed.as_bytes()), JSON));
}
