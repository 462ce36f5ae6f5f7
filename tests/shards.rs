//! Models in several files: shards, their index, folders.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::model::stored;
use weightkin::dtype::Dtype;
use weightkin::format::safetensors::HeaderError;
use weightkin::matching::Options;
use weightkin::model::{Model, OpenError};
use weightkin::native::{self, find, open, open_model};
use weightkin_family::{Family, Manifest};

/// A file with one tensor for each name.
fn file_of(names: &[&str]) -> Vec<u8> {
    let tensors: Vec<_> =
        names.iter().map(|name| (*name, Dtype::F32, &[2][..], &[1.0, 2.0][..])).collect();
    stored(&tensors)
}

fn index_of(map: &[(&str, &str)]) -> Vec<u8> {
    let weight_map: serde_json::Map<String, serde_json::Value> =
        map.iter().map(|(tensor, shard)| ((*tensor).to_owned(), (*shard).into())).collect();
    serde_json::json!({ "metadata": { "total_size": 16 }, "weight_map": weight_map })
        .to_string()
        .into_bytes()
}

const FIRST: &str = "model-00001-of-00002.safetensors";
const SECOND: &str = "model-00002-of-00002.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// A folder `name` with these files.
fn folder(root: &Path, name: &str, files: &[(&str, Vec<u8>)]) -> PathBuf {
    let folder = root.join(name);
    fs::create_dir_all(&folder).unwrap();
    for (file, content) in files {
        fs::write(folder.join(file), content).unwrap();
    }
    folder
}

/// A complete model of two shards.
fn complete(root: &Path) -> PathBuf {
    folder(
        root,
        "tiny",
        &[
            (FIRST, file_of(&["a", "b"])),
            (SECOND, file_of(&["c"])),
            (INDEX, index_of(&[("a", FIRST), ("b", FIRST), ("c", SECOND)])),
            ("config.json", b"{}".to_vec()),
            ("README.md", b"hello".to_vec()),
        ],
    )
}

fn file_names(model: &Model) -> Vec<&str> {
    model.files.iter().map(|file| file.name.as_str()).collect()
}

#[test]
fn shards_index_and_folder_all_stand_for_the_model() {
    let root = tempfile::tempdir().unwrap();
    let folder = complete(root.path());
    for argument in [folder.clone(), folder.join(FIRST), folder.join(SECOND), folder.join(INDEX)] {
        let (model, paths) = open_model(&argument).unwrap();
        assert_eq!(model.name, "tiny", "{argument:?}");
        assert_eq!(file_names(&model), [FIRST, SECOND]);
        assert_eq!(paths, [folder.join(FIRST), folder.join(SECOND)]);
        let tensors: Vec<_> =
            model.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor.file)).collect();
        assert_eq!(tensors, [("a", 0), ("b", 0), ("c", 1)]);
    }
    assert_eq!(find(&folder, None).unwrap().paths.len(), 3, "the index belongs to it");
}

#[test]
fn shards_without_an_index() {
    let root = tempfile::tempdir().unwrap();
    let folder = folder(
        root.path(),
        "shards",
        &[
            ("m-00001-of-00002.safetensors", file_of(&["a"])),
            ("m-00002-of-00002.safetensors", file_of(&["b"])),
        ],
    );
    let (model, _) = open_model(&folder.join("m-00002-of-00002.safetensors")).unwrap();
    assert_eq!(model.name, "m");
    assert_eq!(model.tensors.len(), 2);
}

#[test]
fn a_missing_shard_is_named() {
    let root = tempfile::tempdir().unwrap();
    let folder = complete(root.path());
    let missing = |shard: &str| OpenError::MissingShard {
        model: "tiny".to_owned(),
        shard: shard.to_owned(),
        count: 1,
    };
    fs::remove_file(folder.join(SECOND)).unwrap();
    let error = open_model(&folder).unwrap_err();
    assert_eq!(error, missing(SECOND));
    assert_eq!(
        error.to_string(),
        format!("tiny: shard {SECOND:?} is missing; put it beside the others")
    );
    assert_eq!((error.code(), error.file()), ("missing_shard", Some(SECOND)));
    fs::remove_file(folder.join(INDEX)).unwrap();
    assert_eq!(open_model(&folder).unwrap_err(), missing(SECOND), "the numbers tell it too");

    fs::write(folder.join(SECOND), file_of(&["c"])).unwrap();
    fs::remove_file(folder.join(FIRST)).unwrap();
    assert_eq!(open_model(&folder).unwrap_err(), missing(FIRST));
}

#[test]
fn a_shard_that_only_the_index_knows() {
    let root = tempfile::tempdir().unwrap();
    let index = index_of(&[("a", FIRST), ("c", SECOND), ("d", "extra.safetensors")]);
    let folder = complete(root.path());
    fs::write(folder.join(INDEX), index).unwrap();
    let (model, shard) = ("tiny".to_owned(), "extra.safetensors".to_owned());
    assert_eq!(
        open_model(&folder).unwrap_err(),
        OpenError::MissingShard { model, shard, count: 1 }
    );
}

#[test]
fn shards_of_two_models_do_not_mix() {
    let root = tempfile::tempdir().unwrap();
    let folder = folder(
        root.path(),
        "two",
        &[
            ("m-00001-of-00002.safetensors", file_of(&["a"])),
            ("m-00002-of-00003.safetensors", file_of(&["b"])),
        ],
    );
    let error = open_model(&folder.join("m-00001-of-00002.safetensors")).unwrap_err();
    assert_eq!(error.code(), "missing_shard", "{error}");
}

#[test]
fn a_tensor_in_two_shards() {
    let root = tempfile::tempdir().unwrap();
    let folder = complete(root.path());
    fs::write(folder.join(SECOND), file_of(&["b", "c"])).unwrap();
    let error = open_model(&folder).unwrap_err();
    let (first, second) = (FIRST.to_owned(), SECOND.to_owned());
    assert_eq!(error, OpenError::TensorInTwoFiles { first, second, tensor: "b".to_owned() });
    let message = format!("{SECOND}: tensor \"b\" is already in {FIRST}; these are two versions");
    assert!(error.to_string().starts_with(&message), "{error}");
    assert_eq!(error.code(), "tensor_in_two_files");
}

#[test]
fn a_tensor_that_is_not_in_its_shard() {
    let root = tempfile::tempdir().unwrap();
    let folder = complete(root.path());
    let missing = |tensor: &str, shard: &str| OpenError::MissingTensor {
        model: "tiny".to_owned(),
        tensor: tensor.to_owned(),
        shard: shard.to_owned(),
    };
    // nowhere
    let index = index_of(&[("a", FIRST), ("c", SECOND), ("d", SECOND)]);
    fs::write(folder.join(INDEX), index).unwrap();
    let error = open_model(&folder).unwrap_err();
    assert_eq!(error, missing("d", SECOND));
    let message = format!("tiny: the index puts tensor \"d\" into {SECOND:?}, but it is not there");
    assert_eq!(error.to_string(), message);
    // in the other
    fs::write(folder.join(INDEX), index_of(&[("a", SECOND), ("c", SECOND)])).unwrap();
    assert_eq!(open_model(&folder).unwrap_err(), missing("a", SECOND));
}

#[test]
fn an_index_that_is_none() {
    let root = tempfile::tempdir().unwrap();
    let folder = complete(root.path());
    for bad in ["", "[]", "{}", "{\"weight_map\":[]}", "{\"weight_map\":{\"a\":1}}", "\u{1}"] {
        fs::write(folder.join(INDEX), bad).unwrap();
        let error = open_model(&folder).unwrap_err();
        assert_eq!((error.code(), error.file()), ("bad_index", Some(INDEX)), "{bad}");
        assert!(error.to_string().starts_with("model.safetensors.index.json: "), "{error}");
    }
}

#[test]
fn a_shard_that_is_damaged() {
    let root = tempfile::tempdir().unwrap();
    let folder = complete(root.path());
    let shard = file_of(&["c"]);
    fs::write(folder.join(SECOND), &shard[..shard.len() - 1]).unwrap();
    let error = open_model(&folder).unwrap_err();
    let needed_bytes = shard.len() as u64;
    let source = HeaderError::Truncated { file_bytes: needed_bytes - 1, needed_bytes };
    assert_eq!(error, OpenError::Header { file: SECOND.to_owned(), source });
}

#[test]
fn folders_with_none_or_several_models() {
    let root = tempfile::tempdir().unwrap();
    let empty = folder(root.path(), "empty", &[("notes.txt", b"x".to_vec())]);
    let error = open_model(&empty).unwrap_err();
    assert_eq!(error.code(), "no_files");
    assert!(error.to_string().contains("no .safetensors or .gguf file"), "{error}");

    let several = folder(
        root.path(),
        "several",
        &[("one.safetensors", file_of(&["a"])), ("two.safetensors", file_of(&["a"]))],
    );
    let spaced = folder(
        root.path(),
        "several versions",
        &[("one.safetensors", file_of(&["a"])), ("two.safetensors", file_of(&["a"]))],
    );
    let command = format!("`weightkin compare \"{}\" …`", spaced.join("one.safetensors").display());
    assert!(open_model(&spaced).unwrap_err().to_string().contains(&command));
    let error = open_model(&several).unwrap_err();
    let models =
        ["one", "two"].map(|name| several.join(name).display().to_string() + ".safetensors");
    let folder = several.display().to_string();
    let want = format!(
        "{folder}: the folder holds 2 models; name one of them, for example `weightkin compare \
         {one} …`: {one}, {two}",
        one = models[0],
        two = models[1]
    );
    assert_eq!(error.to_string(), want);
    assert_eq!(error, OpenError::SeveralModels { folder, models: models.into() });
    assert_eq!(open_model(&several.join("one.safetensors")).unwrap().0.name, "one");
}

#[test]
fn a_name_with_of_in_its_path_is_no_shard() {
    let root = tempfile::tempdir().unwrap();
    for name in ["best-of-2024", "best-of-", "a-of-00001"] {
        let folder = folder(
            root.path(),
            name,
            &[("best-of.safetensors", file_of(&["a"])), ("b.safetensors", file_of(&["a"]))],
        );
        let (model, _) = open_model(&folder.join("best-of.safetensors")).unwrap();
        assert_eq!(file_names(&model), ["best-of.safetensors"]);
    }
}

#[test]
fn metadata_of_the_first_shard_wins() {
    let root = tempfile::tempdir().unwrap();
    let with = |metadata: &str| {
        let json = format!("{{\"__metadata__\":{metadata}}}");
        support::file::head(&json)
    };
    let folder = folder(
        root.path(),
        "meta",
        &[(FIRST, with(r#"{"k":"first"}"#)), (SECOND, with(r#"{"k":"second","l":"more"}"#))],
    );
    let metadata = open_model(&folder).unwrap().0.metadata;
    assert_eq!(metadata.get("k").unwrap(), "first");
    assert_eq!(metadata.get("l").unwrap(), "more");
}

/// How a model is cut into files changes nothing but the list of files.
#[test]
fn shards_do_not_show_in_the_figures() {
    let root = tempfile::tempdir().unwrap();
    let family = Family::new(Manifest::Qwen2).scale(32).files(&["base_a", "base_b"]);
    family.write_to(root.path().join("single")).unwrap();
    family.clone().shards(3).write_to(root.path().join("sharded")).unwrap();
    let compare = |a: PathBuf, b: PathBuf| {
        let models = [open(&a).unwrap(), open(&b).unwrap()];
        native::compare(&models, &Options::default(), false, |_| {}, |_| {}).unwrap()
    };
    let single = |name: &str| root.path().join("single").join(format!("{name}.safetensors"));
    let sharded = |name: &str| root.path().join("sharded").join(name);
    let want = compare(single("base_a"), single("base_b"));
    for (a, b) in [
        (sharded("base_a"), sharded("base_b")),
        (single("base_a"), sharded("base_b")),
        (sharded("base_a"), single("base_b")),
    ] {
        let got = compare(a, b);
        assert_eq!(got.tensors, want.tensors);
        assert_eq!(got.pairs, want.pairs);
    }
    let got = compare(sharded("base_a"), sharded("base_b"));
    assert_eq!(got.models[0].files.len(), 3);
    assert_eq!(got.models[0].name, "base_a");
}
