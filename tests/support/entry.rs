//! Entries of a header.

use std::fmt::Write as _;

/// `"name":{"dtype":…,"shape":…,"data_offsets":…}`
pub fn entry(name: &str, dtype: &str, shape: &[u64], start: u64, end: u64) -> String {
    format!(
        r#"{}:{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{start},{end}]}}"#,
        serde_json::to_string(name).expect("strings are JSON"),
    )
}

/// A header of `entries`.
pub fn object(entries: &[String]) -> String {
    format!("{{{}}}", entries.join(","))
}

/// A header of one tensor.
pub fn one(name: &str, dtype: &str, shape: &[u64], start: u64, end: u64) -> String {
    object(&[entry(name, dtype, shape, start, end)])
}

/// A header of `count` tensors of one byte each.
pub fn many(count: u64) -> String {
    let mut json = String::from("{");
    for index in 0..count {
        let comma = if index == 0 { "" } else { "," };
        let end = index + 1;
        let _ = write!(
            json,
            r#"{comma}"layers.{index}.weight":{{"dtype":"U8","shape":[1],"data_offsets":[{index},{end}]}}"#
        );
    }
    json.push('}');
    json
}
