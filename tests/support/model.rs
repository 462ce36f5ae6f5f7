//! Models from lists of tensors: headers without data.

use weightkin::dtype::Dtype;
use weightkin::model::{FileFacts, Model};

use super::entry::consecutive;
use super::file::read;

/// A tensor to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<u64>,
}

impl Spec {
    pub fn new(name: impl Into<String>, dtype: Dtype, shape: &[u64]) -> Self {
        Self { name: name.into(), dtype, shape: shape.to_vec() }
    }

    /// The same tensor in another format.
    #[must_use]
    pub fn stored_as(&self, dtype: Dtype) -> Self {
        Self { dtype, ..self.clone() }
    }
}

/// The header's text of a file that holds `tensors` one after the other, and their bytes.
pub fn header(tensors: &[Spec]) -> (String, u64) {
    consecutive(tensors.iter().map(|spec| (spec.name.as_str(), spec.dtype, spec.shape.as_slice())))
}

/// A model stored in one file.
pub fn model(name: &str, tensors: &[Spec]) -> Model {
    sharded(name, &[tensors])
}

/// A model stored in as many files as there are lists.
pub fn sharded(name: &str, files: &[&[Spec]]) -> Model {
    let parts = files.iter().enumerate().map(|(index, tensors)| {
        let (json, data_bytes) = header(tensors);
        let name = match files.len() {
            1 => format!("{name}.safetensors"),
            count => format!("{name}-{:05}-of-{count:05}.safetensors", index + 1),
        };
        let header = read(&json, data_bytes).expect("the header is valid");
        (FileFacts { name, bytes: 8 + json.len() as u64 + data_bytes }, header)
    });
    Model::assemble(name.to_owned(), parts.collect(), &[]).expect("the shards are complete")
}

/// A whole file: `tensors` with their values, rounded to the format asked for.
pub fn stored(tensors: &[(&str, Dtype, &[u64], &[f32])]) -> Vec<u8> {
    let specs: Vec<Spec> =
        tensors.iter().map(|(name, dtype, shape, _)| Spec::new(*name, *dtype, shape)).collect();
    let (json, data_bytes) = header(&specs);
    let mut file = super::file::head(&json);
    for (name, dtype, _, values) in tensors {
        match dtype {
            Dtype::F16 => {
                file.extend(values.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()));
            }
            Dtype::F32 => file.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            Dtype::BF16 => {
                file.extend(values.iter().flat_map(|v| half::bf16::from_f32(*v).to_le_bytes()));
            }
            Dtype::F64 => file.extend(values.iter().flat_map(|v| f64::from(*v).to_le_bytes())),
            Dtype::I32 => file.extend(values.iter().flat_map(|v| (*v as i32).to_le_bytes())),
            Dtype::I64 => file.extend(values.iter().flat_map(|v| (*v as i64).to_le_bytes())),
            Dtype::U8 | Dtype::F4 => file.extend(values.iter().map(|v| *v as u8)),
            Dtype::I8 => file.extend(values.iter().map(|v| (*v as i8).cast_unsigned())),
            other => panic!("{name}: {other} is not written here"),
        }
    }
    assert_eq!(file.len() as u64, 8 + json.len() as u64 + data_bytes);
    file
}
