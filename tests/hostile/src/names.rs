//! Names of tensors: any text is one, none comes twice, and none may spoil a message.

use crate::case::{Case, entry, one};

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let long = "n".repeat(1 << 16);
    let escapes = "\u{1b}]0;".repeat(1 << 12);
    for (what, name) in [
        ("that is empty", ""),
        ("of 64 kB", &long),
        ("of terminal commands", &escapes),
        ("with line ends", "a\nb\r\nc"),
        ("with a zero", "a\0b"),
        ("that turns the text", "\u{202e}thgiew\u{2066}"),
        ("that cannot be seen", "\u{200b}\u{feff}\u{2060}"),
        ("with markup", "<script>alert(1)</script>"),
        ("with a template", "${alert(1)}{{x}}"),
        ("that is a path", "../../../etc/passwd"),
        ("that JavaScript knows", "__proto__"),
        ("of quotation marks", "\"\\\"'`"),
        ("of a formula", "=HYPERLINK(\"x\")"),
        ("of dots", "..............."),
        ("of a large number", "layers.99999999999999999999999.w"),
        ("past the last plane", "\u{10ffff}"),
    ] {
        let tensor = |dtype: &str, shape: &str, start, end| {
            format!("{{{}}}", entry(name, dtype, shape, start, end))
        };
        cases.push(Case::of(format!("valid name {what}"), tensor("F32", "[6]", 0, 24), 24, None));
        for (fault, json, code) in [
            ("unknown dtype", tensor("F99", "[6]", 0, 24), "unknown_dtype"),
            ("wrong size", tensor("F32", "[7]", 0, 24), "size_mismatch"),
            ("overflow", tensor("F32", "[18446744073709551615]", 0, 24), "overflow"),
            ("bits", tensor("F4", "[5]", 0, 24), "misaligned"),
            ("gap", tensor("F32", "[5]", 4, 24), "gap"),
            ("backwards", tensor("F32", "[6]", 24, 0), "backwards_offsets"),
            ("not a number", tensor("F32", "[\"x\"]", 0, 24), "header_not_json"),
        ] {
            cases.push(Case::of(format!("name {what}, {fault}"), json, 24, code));
        }
        let twice = format!("{{{0},{0}}}", entry(name, "U8", "[0]", 0, 0));
        cases.push(Case::of(format!("name {what}, twice"), twice, 0, "duplicate_name"));
    }
    let escaped = format!(
        "{{{},{}}}",
        entry("w", "U8", "[0]", 0, 0),
        entry("w", "U8", "[0]", 0, 0).replacen('w', "\\u0077", 1)
    );
    cases.push(Case::of("the same name in two spellings", escaped, 0, "duplicate_name"));
    let metadata = one("[24]", 0, 24).replace("\"w\"", "\"__metadata__\"");
    cases.push(Case::of("a tensor called as the metadata", metadata, 24, "header_not_json"));
    cases
}
