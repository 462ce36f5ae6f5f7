//! Headers as text, and the first bytes of the files that have them: valid ones, and others.

use safetensors::Dtype;

/// `"name":{…}`, with a shape that may be no shape.
pub fn entry_as_written(name: &str, dtype: &str, shape: &str, start: u64, end: u64) -> String {
    let name = serde_json::to_string(name).expect("strings are JSON");
    format!(r#"{name}:{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{start},{end}]}}"#)
}

/// `"name":{"dtype":…,"shape":…,"data_offsets":…}`
pub fn entry(name: &str, dtype: &str, shape: &[u64], start: u64, end: u64) -> String {
    let dimensions: Vec<String> = shape.iter().map(u64::to_string).collect();
    entry_as_written(name, dtype, &format!("[{}]", dimensions.join(",")), start, end)
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
    let tensor = |at: u64| entry(&format!("layers.{at}.weight"), "U8", &[1], at, at + 1);
    object(&(0..count).map(tensor).collect::<Vec<_>>())
}

/// A header of tensors one after the other, and the bytes of all of them.
pub fn consecutive<'a>(
    tensors: impl IntoIterator<Item = (&'a str, Dtype, &'a [u64])>,
) -> (String, u64) {
    let mut end = 0;
    let entries = tensors.into_iter().map(|(name, dtype, shape)| {
        let start = end;
        let elements = shape.iter().copied().fold(1, u64::saturating_mul);
        end += if shape.contains(&0) { 0 } else { elements * dtype.bitsize() as u64 / 8 };
        entry(name, &dtype.to_string(), shape, start, end)
    });
    let json = object(&entries.collect::<Vec<_>>());
    (json, end)
}

/// The length field and the header's text.
pub fn head(json: impl AsRef<[u8]>) -> Vec<u8> {
    let json = json.as_ref();
    [&(json.len() as u64).to_le_bytes(), json].concat()
}

/// A whole file whose data section is `data_bytes` zeros.
pub fn zeros(json: &str, data_bytes: usize) -> Vec<u8> {
    let mut file = head(json);
    file.resize(file.len() + data_bytes, 0);
    file
}
