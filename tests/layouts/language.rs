//! Language models: tied, missing and real heads, vocabularies of different height.

use std::path::{Path, PathBuf};

use weightkin::matching::{Options, Reason};

use crate::assert_equal;
use crate::kin::{File, compare, f32s, noise, write};

const WIDTH: usize = 8;
const EMBEDDING: &str = "model.embed_tokens.weight";
const HEAD: &str = "lm_head.weight";

/// A model with `rows` tokens, the first of them the same for any number.
fn body(rows: usize) -> File {
    let tensors = [
        (EMBEDDING.to_owned(), f32s(&[rows, WIDTH], &noise(1, rows * WIDTH))),
        ("model.norm.weight".to_owned(), f32s(&[WIDTH], &noise(2, WIDTH))),
        (
            "model.layers.0.self_attn.q_proj.weight".to_owned(),
            f32s(&[WIDTH, WIDTH], &noise(3, WIDTH * WIDTH)),
        ),
    ];
    tensors.into()
}

fn with_head(mut file: File, seed: u64, rows: usize) -> File {
    file.insert(HEAD.to_owned(), f32s(&[rows, WIDTH], &noise(seed, rows * WIDTH)));
    file
}

fn saved(folder: &Path, name: &str, file: &File) -> PathBuf {
    let path = folder.join(format!("{name}.safetensors"));
    write(&path, file);
    path
}

#[test]
fn heads_may_be_tied() {
    let folder = tempfile::tempdir().unwrap();
    let tied = saved(folder.path(), "tied", &body(50));
    // the same numbers stored twice
    let stored = saved(folder.path(), "stored", &with_head(body(50), 1, 50));
    let other = saved(folder.path(), "other", &with_head(body(50), 7, 50));

    let report = compare(&[tied.clone(), stored], &Options::default());
    assert_equal(&report, |_| false);
    assert_eq!(report.compared.tensors, 4);

    let report = compare(&[tied.clone(), other], &Options::default());
    let head = report.tensors.iter().find(|tensor| tensor.name == HEAD).unwrap();
    assert!(head.pairs[0].figures.column_cosine.unwrap() < 0.5);
    assert_eq!(report.pairs[0].identical_tensors, 3);

    let report = compare(&[tied.clone(), tied], &Options::default());
    assert_eq!(report.compared.tensors, 3, "where nobody has a head there is none to compare");
}

#[test]
fn vocabularies_of_different_height() {
    let folder = tempfile::tempdir().unwrap();
    let short = saved(folder.path(), "short", &body(50));
    let tall = saved(folder.path(), "tall", &with_head(body(70), 1, 70));
    let taller = saved(folder.path(), "taller", &body(90));
    let report = compare(&[tall, short, taller], &Options::default());
    // the common rows are the same
    assert_equal(&report, |_| false);
    for tensor in &report.tensors {
        let is_vocabulary = tensor.name == EMBEDDING || tensor.name == HEAD;
        assert_eq!(tensor.heights, is_vocabulary.then(|| vec![70, 50, 90]), "{}", tensor.name);
        if is_vocabulary {
            assert_eq!(tensor.shape, [50, WIDTH as u64]);
            assert_eq!(tensor.record.columns, WIDTH as u64);
        }
    }
    let json = report.to_json();
    assert!(json.contains(r#""heights":[70,50,90]"#));
}

#[test]
fn rows_beyond_the_common_ones_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let cut = |rows: usize| {
        let mut file = body(50);
        let values = noise(9, 80 * WIDTH);
        file.insert(EMBEDDING.to_owned(), f32s(&[rows, WIDTH], &values[..rows * WIDTH]));
        file
    };
    let base = saved(folder.path(), "base", &body(50));
    let equal = saved(folder.path(), "equal", &cut(50));
    let taller = saved(folder.path(), "taller", &cut(80));
    let record = |path: PathBuf| {
        let report = compare(&[base.clone(), path], &Options::default());
        let tensor = report.tensors.into_iter().find(|tensor| tensor.name == EMBEDDING);
        tensor.unwrap().record
    };
    assert_eq!(record(equal), record(taller));
}

#[test]
fn only_vocabularies_may_differ_in_height() {
    let folder = tempfile::tempdir().unwrap();
    let mut taller = body(50);
    let projection = "model.layers.0.self_attn.q_proj.weight";
    taller.insert(projection.to_owned(), f32s(&[WIDTH + 4, WIDTH], &noise(3, (WIDTH + 4) * WIDTH)));
    let mut wider = body(50);
    wider.insert(EMBEDDING.to_owned(), f32s(&[50, WIDTH + 1], &noise(1, 50 * (WIDTH + 1))));
    let base = saved(folder.path(), "base", &body(50));
    for (name, file, tensor) in [("taller", taller, projection), ("wider", wider, EMBEDDING)] {
        let other = saved(folder.path(), name, &file);
        let report = compare(&[base.clone(), other], &Options::default());
        let left_out = &report.compared.left_out;
        assert_eq!(left_out.len(), 1);
        assert_eq!(left_out[0].name, tensor);
        assert!(matches!(left_out[0].reason, Reason::Shape { .. }));
    }
}

#[test]
fn a_body_without_its_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let bare: File =
        body(50).into_iter().map(|(name, tensor)| (name.replace("model.", ""), tensor)).collect();
    let base = saved(folder.path(), "base", &body(50));
    let bare = saved(folder.path(), "bare", &bare);
    let report = compare(&[base, bare], &Options::default());
    assert_equal(&report, |_| false);
    assert_eq!(report.compared.tensors, 3);
}
