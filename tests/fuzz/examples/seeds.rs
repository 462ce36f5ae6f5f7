//! Writes inputs to begin with to the corpora `fingerprint` and `relatives`: fingerprints of
//! several densities, formats and shapes, and indices of them; of each also some that are damaged,
//! of a later version, or with a checksum that is wrong and nothing else.
//!
//! `cargo run -p weightkin-fuzz --example seeds`, then `cargo xtask fuzz --keep`.

use std::fs;
use std::path::Path;

use weightkin::dtype::Dtype;
use weightkin::fingerprint::{Fingerprint, SourceFacts};
use weightkin::identify::{Index, Indexed};
use weightkin::sample::{Density, Pick, Sample, SampledTensor};

/// Small models: names and dimensions.
const MODELS: [&[(&str, &[u64])]; 5] = [
    &[("w", &[130, 128]), ("b", &[4])],
    &[("model.layers.0.self_attn.q_proj.weight", &[160, 128]), ("model.norm.weight", &[16])],
    &[("model.diffusion_model.out.2.weight", &[4, 8, 3, 3]), ("first_stage_model.w", &[3])],
    &[("empty", &[0, 1 << 40]), ("scalar", &[]), ("ids", &[1, 7])],
    &[("lm_head.weight", &[3000, 8]), ("tall", &[20_000])],
];

const DENSITIES: [Density; 4] = [
    Density { rows: 1, columns: 1 },
    Density { rows: 2, columns: 5 },
    Density { rows: 8, columns: 16 },
    Density { rows: 24, columns: 63 },
];

const DTYPES: [Dtype; 5] = [Dtype::F16, Dtype::F32, Dtype::BF16, Dtype::F8_E4M3, Dtype::I64];

/// Longest input that is fuzzed.
const MOST_BYTES: usize = 4096;

fn main() {
    let mut made = Vec::new();
    for (number, tensors) in MODELS.iter().enumerate() {
        for (density, dtype) in DENSITIES.into_iter().zip([number, number + 1, number + 2, 0]) {
            made.push(fingerprint(number, tensors, density, DTYPES[dtype % DTYPES.len()]));
        }
    }
    let mut files: Vec<Vec<u8>> = made.iter().map(Fingerprint::to_bytes).collect();
    files.retain(|file| file.len() <= MOST_BYTES);
    write("fingerprint", &files);

    let mut indices = vec![Index::default()];
    for some in made.chunks(4) {
        let mut index = Index::default();
        for (number, fingerprint) in some.iter().enumerate() {
            let file = format!("bases/{number}.kin.safetensors");
            index.push(Indexed::new(file, &fingerprint.to_bytes(), fingerprint));
            indices.push(index.clone());
        }
    }
    let mut files: Vec<Vec<u8>> = indices.iter().map(Index::to_bytes).collect();
    files.retain(|file| file.len() <= MOST_BYTES);
    write("relatives", &files);
}

fn fingerprint(
    number: usize,
    tensors: &[(&str, &[u64])],
    density: Density,
    dtype: Dtype,
) -> Fingerprint {
    let keep = |(name, shape): &(&str, &[u64])| {
        let (rows, cols) = Pick::size(name, shape, density);
        let bytes = (rows * cols) as usize * dtype.bitsize() / 8;
        // half-precision numbers of either sign between an eighth and four
        let bytes: Vec<u8> =
            (0..bytes).map(|at| [at as u8, 0x30 + (at * 7) as u8 % 16][at % 2]).collect();
        SampledTensor {
            name: (*name).to_owned(),
            shape: shape.to_vec(),
            dtype,
            bytes: bytes.into(),
        }
    };
    let source = SourceFacts {
        name: format!("model {number}"),
        files: Vec::new(),
        tensors: tensors.len() as u64,
        parameters: 20_000,
        dtypes: Vec::new(),
        tensor_list: "0".repeat(16),
        sha256: number.is_multiple_of(2).then(|| "a".repeat(64)),
        title: number.is_multiple_of(3).then(|| "A title".to_owned()),
    };
    let mut tensors: Vec<SampledTensor> = tensors.iter().map(keep).collect();
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Fingerprint { source, sample: Sample { density, tensors } }
}

/// Writes `files`, and three of each four as something else.
fn write(target: &str, files: &[Vec<u8>]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).expect("the folder can be made");
    for (number, file) in files.iter().enumerate() {
        let edited = |from: &str, to: &str| replaced(file, from.as_bytes(), to.as_bytes());
        let other = match number % 4 {
            0 => file[..file.len() * 2 / 3].to_vec(),
            1 => edited(r#"\"version\":1"#, r#"\"version\":2"#),
            2 => edited(r#"\"rows\":"#, r#"\"rowz\":"#),
            _ => edited(r#"\"checksum\":\""#, r#"\"checksum\":\"0"#),
        };
        for (what, bytes) in [("whole", file), ("other", &other)] {
            fs::write(folder.join(format!("{what}-{number}")), bytes).expect("it can be written");
        }
    }
}

/// `file` with the first `from` replaced by `to`.
fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut edited = file.to_vec();
    if let Some(at) = file.windows(from.len()).position(|window| window == from) {
        edited.splice(at..at + from.len(), to.iter().copied());
    }
    edited
}
