//! Indices as files, whole and damaged.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hasher as _;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use twox_hash::XxHash64;
use weightkin::identify::{Index, IndexError, KEY};

use crate::made::{index, relative};

/// A change to an index.
type Edit = dyn Fn(Parts) -> Parts;

/// An index taken apart.
struct Parts {
    text: String,
    tensors: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
}

fn parts() -> Parts {
    let bytes = index(&[relative(1, 0.5), relative(2, 0.5)]).0.to_bytes();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let text = metadata.metadata().as_ref().unwrap()[KEY].clone();
    let stored = |view: TensorView| (view.dtype(), view.shape().to_vec(), view.data().to_vec());
    let tensors = file.tensors().into_iter().map(|(name, view)| (name, stored(view))).collect();
    Parts { text, tensors }
}

impl Parts {
    fn edit(mut self, from: &str, to: &str) -> Self {
        assert!(self.text.contains(from), "{from} is not in {}", self.text);
        self.text = self.text.replacen(from, to, 1);
        self
    }

    fn tensor(mut self, name: &str, edit: impl Fn(&mut (Dtype, Vec<usize>, Vec<u8>))) -> Self {
        edit(self.tensors.get_mut(name).unwrap());
        self
    }

    /// The file, with the checksum that the document asks for.
    fn sealed(mut self) -> Vec<u8> {
        let start = self.text.len() - 18;
        let mut hash = XxHash64::with_seed(0);
        hash.write(&self.text.as_bytes()[..start]);
        for (name, (dtype, shape, bytes)) in &self.tensors {
            hash.write(name.as_bytes());
            hash.write(&[0]);
            hash.write(dtype.to_string().as_bytes());
            hash.write(&[0]);
            hash.write(&(shape.len() as u64).to_le_bytes());
            for size in shape {
                hash.write(&(*size as u64).to_le_bytes());
            }
            hash.write(bytes);
        }
        self.text.replace_range(start.., &format!("{:016x}\"}}", hash.finish()));
        self.bytes()
    }

    fn bytes(&self) -> Vec<u8> {
        let views = self.tensors.iter().map(|(name, (dtype, shape, bytes))| {
            (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        let metadata = HashMap::from([(KEY.to_owned(), self.text.clone())]);
        serialize(views, Some(metadata)).unwrap()
    }
}

fn refused(bytes: &[u8]) -> IndexError {
    let error = Index::from_bytes(bytes).unwrap_err();
    let message = error.to_string();
    assert!(message.len() < 1000 && !message.contains(char::is_control), "{message}");
    error
}

#[test]
fn the_checksum_is_the_documented_one() {
    let sealed = parts().sealed();
    assert_eq!(sealed, parts().bytes());
    assert_eq!(Index::from_bytes(&sealed).unwrap().models.len(), 2);
}

#[test]
fn newer_versions_are_named() {
    let error = refused(&parts().edit("\"version\":1", "\"version\":2").sealed());
    assert_eq!(error, IndexError::Version { found: 2 });
    let error = refused(&parts().edit("\"sketch\":1", "\"sketch\":7").sealed());
    assert_eq!(error, IndexError::Sketch { found: 7 });
    assert_eq!(error.code(), "index_too_new");
}

#[test]
fn other_files_are_no_index() {
    assert_eq!(refused(&relative(1, 0.5).to_bytes()), IndexError::NotOne);
    assert!(matches!(refused(b"{}"), IndexError::Header(_)));
}

#[test]
fn paths_stay_in_the_folder() {
    let name = "\"file\":\"model 1.kin.safetensors\"";
    for outside in
        ["../x", "a/../x", "/etc/x", "a//x", "./x", "..", "", "C:x", "https://x/y", "a\\\\b", "a/"]
    {
        let error = refused(&parts().edit(name, &format!("\"file\":\"{outside}\"")).sealed());
        assert!(matches!(error, IndexError::Outside { .. }), "{outside}: {error}");
    }
    for inside in ["x", "a/b/x", "a b/ü%2e.kin.safetensors", "..x", "a/b:c"] {
        let bytes = parts().edit(name, &format!("\"file\":\"{inside}\"")).sealed();
        assert_eq!(Index::from_bytes(&bytes).unwrap().models[0].facts.file, inside);
    }
}

#[test]
fn every_changed_byte_is_found() {
    let bytes = parts().bytes();
    for at in (0..bytes.len()).step_by(97) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x41;
        if let Ok(read) = Index::from_bytes(&changed) {
            // the order and the spacing of the header do not count
            assert_eq!(read, Index::from_bytes(&bytes).unwrap(), "byte {at}");
        }
    }
    for end in (0..bytes.len()).step_by(501) {
        refused(&bytes[..end]);
    }
    let mut wrong = parts();
    let start = wrong.text.len() - 18;
    wrong.text.replace_range(start..start + 4, "zzzz");
    assert!(matches!(refused(&wrong.bytes()), IndexError::Checksum { .. }));
}

#[test]
fn tensors_fit_each_other() {
    let cases: [(&str, Box<Edit>); 7] = [
        ("no rows", Box::new(|parts| parts.tensor("layout.0.rows", |tensor| tensor.2[0] = 0))),
        ("rows", Box::new(|parts| parts.tensor("layout.0.rows", |tensor| tensor.2[0] = 17))),
        (
            "columns",
            Box::new(|parts| parts.tensor("layout.0.columns", |tensor| tensor.2[3] = 0xFF)),
        ),
        (
            "dtype",
            Box::new(|parts| parts.tensor("layout.0.sketches", |tensor| tensor.0 = Dtype::U8)),
        ),
        (
            "models",
            Box::new(|parts| {
                parts.tensor("layout.0.sketches", |tensor| {
                    tensor.1 = vec![1, tensor.2.len()];
                })
            }),
        ),
        (
            "missing",
            Box::new(|mut parts| {
                parts.tensors.remove("layout.0.keys");
                parts.tensors.insert("x".to_owned(), (Dtype::U8, vec![0], Vec::new()));
                parts
            }),
        ),
        (
            "shorter",
            Box::new(|parts| {
                parts.tensor("layout.0.keys", |tensor| {
                    tensor.2.truncate(8);
                    tensor.1 = vec![1];
                })
            }),
        ),
    ];
    for (what, edit) in cases {
        let error = refused(&edit(parts()).sealed());
        assert!(matches!(error, IndexError::Tensor { .. }), "{what}: {error}");
        assert_eq!(error.code(), "index_damaged");
    }
}

#[test]
fn descriptions_are_of_the_format() {
    for (from, to) in [
        ("\"layout\":0", "\"layout\":1"),
        ("\"layout\":0", "\"layout\":18446744073709551615"),
        ("\"layout\":0", "\"layout\":-1"),
        ("\"bytes\":", "\"octets\":"),
        ("\"models\":[", "\"models\":{},\"x\":["),
        ("{\"version\"", "[\"version\""),
    ] {
        let error = refused(&parts().edit(from, to).sealed());
        let is_typed = matches!(error, IndexError::Description { .. } | IndexError::Tensor { .. });
        assert!(is_typed, "{from} → {to}: {error}");
    }
}
