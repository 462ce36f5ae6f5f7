//! GGUF files are read wherever a checkpoint is: split or not, with megabytes of metadata, and
//! compared with the original.

mod kin;

use std::fs;

use kin::{File, compare, f32s, noise, write};
use peak_alloc::PeakAlloc;
use tempfile::TempDir;
use weightkin::matching::Options;
use weightkin::native::open_model;
use weightkin::report::Report;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const TEXT: u32 = 8;
const LIST: u32 = 9;
const U32: u32 = 4;
const F32: u32 = 0;
const Q8_0: u32 = 8;

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

fn entry(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    [&text(key)[..], &kind.to_le_bytes(), value].concat()
}

/// A file of `entries` and of tensors: name, shape outermost first, type, bytes.
fn gguf(entries: &[Vec<u8>], tensors: &[(&str, &[u64], u32, Vec<u8>)]) -> Vec<u8> {
    let mut file = b"GGUF\x03\0\0\0".to_vec();
    file.extend((tensors.len() as u64).to_le_bytes());
    file.extend((entries.len() as u64).to_le_bytes());
    file.extend(entries.concat());
    let mut offset = 0_u64;
    for (name, shape, kind, bytes) in tensors {
        file.extend(text(name));
        file.extend((shape.len() as u32).to_le_bytes());
        file.extend(shape.iter().rev().flat_map(|size| size.to_le_bytes()));
        file.extend(kind.to_le_bytes());
        file.extend(offset.to_le_bytes());
        offset = (offset + bytes.len() as u64).next_multiple_of(32);
    }
    for (.., bytes) in tensors {
        file.resize(file.len().next_multiple_of(32), 0);
        file.extend(bytes);
    }
    file
}

/// Metadata of a small model whose queries have two heads.
fn entries(architecture: &str) -> Vec<Vec<u8>> {
    vec![
        entry("general.architecture", TEXT, &text(architecture)),
        entry(&format!("{architecture}.attention.head_count"), U32, &2_u32.to_le_bytes()),
        entry(&format!("{architecture}.attention.head_count_kv"), U32, &1_u32.to_le_bytes()),
    ]
}

const ROWS: usize = 16;
const COLS: usize = 64;
const QUERY: &str = "model.layers.0.self_attn.q_proj.weight";
const VALUE: &str = "model.layers.0.self_attn.v_proj.weight";

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// `values` with the rows of both heads as llama.cpp's converter puts them.
fn paired(values: &[f32]) -> Vec<f32> {
    let head = ROWS / 2;
    let mut to = vec![0.0; values.len()];
    for (row, from) in values.chunks(COLS).enumerate() {
        let (first, within) = (row / head * head, row % head);
        let row = first + within % (head / 2) * 2 + within / (head / 2);
        to[row * COLS..][..COLS].copy_from_slice(from);
    }
    to
}

/// Blocks of eight bits that stand for about the same numbers.
fn q8_0(values: &[f32]) -> Vec<u8> {
    let blocks = values.chunks(32).flat_map(|block| {
        let scale = block.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / 127.0;
        let scale = half::f16::from_f32(scale);
        let codes = block.iter().map(move |value| (value / scale.to_f32()).round() as i8);
        scale.to_le_bytes().into_iter().chain(codes.map(i8::cast_unsigned))
    });
    blocks.collect()
}

struct Models {
    folder: TempDir,
    query: Vec<f32>,
    value: Vec<f32>,
}

impl Models {
    fn new() -> Self {
        let (query, value) = (noise(1, ROWS * COLS), noise(2, ROWS * COLS));
        let folder = tempfile::tempdir().unwrap();
        let of = |values| f32s(&[ROWS, COLS], values);
        let file: File = [(QUERY.to_owned(), of(&query)), (VALUE.to_owned(), of(&value))].into();
        write(&folder.path().join("original.safetensors"), &file);
        Self { folder, query, value }
    }

    fn save(&self, name: &str, file: &[u8]) {
        fs::write(self.folder.path().join(name), file).unwrap();
    }

    fn compare(&self, name: &str) -> Report {
        let paths = ["original.safetensors", name].map(|name| self.folder.path().join(name));
        compare(&paths, &Options::default())
    }
}

/// Column cosines of both tensors, of queries first.
fn cosines(report: &Report) -> [f64; 2] {
    [QUERY, VALUE].map(|name| {
        let tensor = report.tensors.iter().find(|tensor| name.ends_with(&*tensor.name));
        let tensor = tensor.unwrap_or_else(|| panic!("no {name}: {:?}", report.compared.left_out));
        tensor.record.cosine_sums[0] / tensor.record.columns as f64
    })
}

#[test]
fn rows_of_queries_are_put_back_where_the_converter_paired_them() {
    let models = Models::new();
    let shape = [ROWS as u64, COLS as u64];
    for (architecture, query) in [("llama", paired(&models.query)), ("qwen2", models.query.clone())]
    {
        for (kind, stored) in [(F32, bytes as fn(&[f32]) -> Vec<u8>), (Q8_0, q8_0)] {
            let tensors = [
                ("blk.0.attn_q.weight", &shape[..], kind, stored(&query)),
                ("blk.0.attn_v.weight", &shape[..], kind, stored(&models.value)),
            ];
            models.save("model.gguf", &gguf(&entries(architecture), &tensors));
            for cosine in cosines(&models.compare("model.gguf")) {
                let exact = kind == F32;
                assert!(if exact { cosine > 1.0 - 1e-12 } else { cosine > 0.9995 }, "{cosine}");
            }
        }
    }
}

#[test]
fn a_split_model_is_one_and_its_metadata_is_in_the_first_file() {
    let models = Models::new();
    let shape = [ROWS as u64, COLS as u64];
    let first = [("blk.0.attn_v.weight", &shape[..], Q8_0, q8_0(&models.value))];
    let second = [("blk.0.attn_q.weight", &shape[..], Q8_0, q8_0(&paired(&models.query)))];
    models.save("big-00001-of-00002.gguf", &gguf(&entries("llama"), &first));
    let number = [entry("split.no", 2, &1_u16.to_le_bytes())];
    models.save("big-00002-of-00002.gguf", &gguf(&number, &second));
    let report = models.compare("big-00001-of-00002.gguf");
    assert!(cosines(&report).into_iter().all(|cosine| cosine > 0.9995));
    assert_eq!(report.models[1].files.len(), 2);
    fs::remove_file(models.folder.path().join("big-00002-of-00002.gguf")).unwrap();
    let missing = open_model(&models.folder.path().join("big-00001-of-00002.gguf"));
    assert_eq!(missing.unwrap_err().code(), "missing_shard");
}

#[test]
fn a_hundred_megabytes_of_metadata_are_not_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.gguf");
    {
        let (token, count) = (text(&"word".repeat(8)), 2_500_000_u64);
        let mut words = [&8_u32.to_le_bytes()[..], &count.to_le_bytes()].concat();
        for _ in 0..count {
            words.extend(&token);
        }
        let mut all = entries("llama");
        all.push(entry("tokenizer.ggml.tokens", LIST, &words));
        let tensors = [("output_norm.weight", &[8][..], F32, bytes(&[1.0; 8]))];
        let file = gguf(&all, &tensors);
        assert!(file.len() > 100_000_000);
        fs::write(&path, &file).unwrap();
    }
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let (model, _) = open_model(&path).unwrap();
    let taken = MEMORY.peak_usage() - before;
    assert!(taken < 4 << 20, "{taken} bytes");
    assert_eq!(model.tensors.get("output_norm.weight").unwrap().bytes(), 32);
}

#[test]
fn types_of_a_file_are_named() {
    let models = Models::new();
    let shape = [ROWS as u64, COLS as u64];
    let tensors = [
        ("blk.0.attn_q.weight", &shape[..], Q8_0, q8_0(&models.query)),
        ("blk.0.attn_v.weight", &shape[..], F32, bytes(&models.value)),
    ];
    models.save("model.gguf", &gguf(&entries("qwen2"), &tensors));
    let report = models.compare("model.gguf");
    let of = |name: &str| {
        let tensor = report.tensors.iter().find(|tensor| name.ends_with(&*tensor.name)).unwrap();
        tensor.dtypes[1].clone()
    };
    assert_eq!((of(QUERY), of(VALUE)), ("Q8_0".to_owned(), "F32".to_owned()));
    let shares: Vec<_> =
        report.models[1].dtypes.iter().map(|share| share.blocks.as_deref()).collect();
    assert!(shares.contains(&Some("Q8_0")), "{shares:?}");
}
