//! Extra tensors such as no model should have, and some do.

use half::f16;
use safetensors::Dtype;

use crate::entry::{Content, Entry};
use crate::random::Source;

/// Tensors of rare dtypes, ranks and names; the numbers depend on `source`.
pub(crate) fn odd_entries(source: Source, scalar: f32) -> Vec<Entry> {
    let numbers = |name: &'static str, count: u64| {
        let source = source.of(name);
        (0..count).map(move |index| source.normal(index))
    };
    let whole = |name: &'static str, count: u64, bound: u64| {
        let source = source.of(name);
        (0..count).map(move |index| source.below(index, bound))
    };
    let halves = numbers("odd.high_rank", 24).flat_map(|x| f16::from_f32(x).to_le_bytes());
    let singles = numbers("unicode", 3).flat_map(f32::to_le_bytes);
    let doubles = numbers("odd.f64", 8).flat_map(|x| (f64::from(x) * 0.1).to_le_bytes());
    let ints = whole("odd.i32", 5, 18).flat_map(|n| (n as i32 - 9).to_le_bytes());
    let entry = |name: &str, dtype, shape: &[u64], bytes: Vec<u8>| Entry {
        name: name.to_owned(),
        dtype,
        shape: shape.to_vec(),
        content: Content::Bytes(bytes),
    };
    vec![
        entry(
            "odd.bool",
            Dtype::BOOL,
            &[4, 3],
            whole("odd.bool", 12, 2).map(|n| n as u8).collect(),
        ),
        entry("odd.i32", Dtype::I32, &[5], ints.collect()),
        entry("odd.u8", Dtype::U8, &[3, 3], whole("odd.u8", 9, 255).map(|n| n as u8).collect()),
        entry("odd.f64", Dtype::F64, &[4, 2], doubles.collect()),
        entry("odd.empty_cols", Dtype::F16, &[4, 0], Vec::new()),
        entry("odd.empty_rows", Dtype::F16, &[0, 8], Vec::new()),
        entry("odd.empty_1d", Dtype::F32, &[0], Vec::new()),
        Entry::scalar("odd.scalar_neg", Dtype::F32, &scalar.to_le_bytes()),
        Entry::scalar("odd.scalar_zero", Dtype::F32, &0_f32.to_le_bytes()),
        Entry::scalar("odd.scalar_i64", Dtype::I64, &7_i64.to_le_bytes()),
        entry("odd.high_rank", Dtype::F16, &[2, 2, 1, 3, 1, 2], halves.collect()),
        entry("odd.unicode ☃ \"q\" \\ \t", Dtype::F32, &[3], singles.collect()),
    ]
}
