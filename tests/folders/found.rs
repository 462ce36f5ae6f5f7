//! What a path on disk stands for.

use std::fs;
use std::path::Path;

use tempfile::tempdir;
use weightkin::model::{NotReadReason, OpenError};
use weightkin::native::{find, find_all, open_model, open_variant};

use crate::{index, weights, write, write_weights};

/// Names of the files that are read of what `path` stands for.
fn read(path: &Path) -> Vec<String> {
    let found = find(path, None).unwrap_or_else(|error| panic!("{error}"));
    found.group.files
}

/// What is not read of it, and why.
fn beside(path: &Path) -> Vec<(String, NotReadReason)> {
    let not_read = find(path, None).unwrap().group.not_read;
    not_read.into_iter().map(|entry| (entry.file, entry.reason)).collect()
}

fn pair(file: &str, reason: NotReadReason) -> (String, NotReadReason) {
    (file.to_owned(), reason)
}

#[test]
fn parts_of_a_diffusers_model_may_be_called_anything() {
    let root = tempdir().unwrap();
    let parts = [
        "controlnet/diffusion_pytorch_model.safetensors",
        "decoder/diffusion_pytorch_model.safetensors",
        "prior/diffusion_pytorch_model.safetensors",
        "text_encoder_4/model-00001-of-00002.safetensors",
        "text_encoder_4/model-00002-of-00002.safetensors",
        "transformer_2/diffusion_pytorch_model.safetensors",
        "vae_1_0/diffusion_pytorch_model.safetensors",
        "what comes next/model.safetensors",
    ];
    write_weights(&root.path().join("by-names"), &parts);
    write(
        &root.path().join("by-names"),
        &[("text_encoder_4/model-00001-of-00002.safetensors", weights(&["v"]))],
    );
    assert_eq!(read(&root.path().join("by-names")), parts);
    let (model, _) = open_model(&root.path().join("by-names")).unwrap();
    assert!(model.tensors.contains_key("what comes next/w"));
    assert!(model.tensors.contains_key("text_encoder_4/v"));

    // with the list of its parts, their files may have any name as well
    let listed = root.path().join("listed");
    write_weights(
        &listed,
        &["new/any.safetensors", "other/flux.fp8.safetensors", "loose.safetensors"],
    );
    write(
        &listed,
        &[("model_index.json", b"{}".to_vec()), ("scheduler/config.json", b"{}".to_vec())],
    );
    let list = ["new/any.safetensors", "other/flux.fp8.safetensors", "model_index.json"];
    assert_eq!(read(&listed), list);
    let want = [
        pair("loose.safetensors", NotReadReason::OtherModel),
        pair("scheduler/", NotReadReason::NoWeights),
    ];
    assert_eq!(beside(&listed), want);
}

#[test]
fn a_folder_called_like_a_part_makes_none() {
    let root = tempdir().unwrap();
    let models = write_weights(
        &root.path().join("models"),
        &["unet/one.safetensors", "unet/two.safetensors", "vae/three.safetensors"],
    );
    let found = find_all(&models, None).unwrap().models;
    let names: Vec<&str> = found.iter().map(|found| found.group.name.as_str()).collect();
    assert_eq!(names, ["one", "two", "three"]);
    let (model, _) = open_model(&models.join("unet/one.safetensors")).unwrap();
    assert_eq!((model.name.as_str(), model.tensors.contains_key("w")), ("one", true));
    // models of a library's name side by side, each in a folder of its own
    let nets = write_weights(
        &root.path().join("nets"),
        &["canny/diffusion_pytorch_model.safetensors", "depth/diffusion_pytorch_model.safetensors"],
    );
    let found = find_all(&nets, None).unwrap().models;
    let names: Vec<&str> = found.iter().map(|found| found.group.name.as_str()).collect();
    assert_eq!(names, ["canny", "depth"]);
}

#[test]
fn of_variants_the_plain_or_the_most_precise_or_the_one_asked_for() {
    let root = tempdir().unwrap();
    let folder = write_weights(
        &root.path().join("sd"),
        &[
            "unet/diffusion_pytorch_model.safetensors",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "unet/diffusion_pytorch_model.non_ema.safetensors",
            "vae/diffusion_pytorch_model.bf16-00001-of-00002.safetensors",
            "vae/diffusion_pytorch_model.fp16.safetensors",
        ],
    );
    write(
        &folder,
        &[("vae/diffusion_pytorch_model.bf16-00002-of-00002.safetensors", weights(&["v"]))],
    );
    let files = |variant| {
        let open = open_variant(&folder, variant).unwrap_or_else(|error| panic!("{error}"));
        let name =
            |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        open.paths.iter().map(name).collect::<Vec<_>>()
    };
    let (plain, half) =
        ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors");
    assert_eq!(files(None), [plain, half]);
    assert_eq!(files(Some("fp16")), [half, half]);
    let brain = [1, 2]
        .map(|shard| format!("diffusion_pytorch_model.bf16-0000{shard}-of-00002.safetensors"));
    assert_eq!(files(Some("bf16")), [plain, &brain[0], &brain[1]]);
    assert_eq!(find(&folder, None).unwrap().group.variant.as_deref(), Some("fp16"));
    assert_eq!(find(&folder, Some("fp16")).unwrap().group.variant.as_deref(), Some("fp16"));
    let error = find(&folder, Some("fp8")).unwrap_err().to_string();
    assert_eq!(error, "sd: there is no variant \"fp8\", only bf16, fp16, non_ema");
    // a file that is named is read, whatever it is
    let named = folder.join("unet").join("diffusion_pytorch_model.non_ema.safetensors");
    assert_eq!(read(&named), ["unet/diffusion_pytorch_model.non_ema.safetensors"]);
    // outside of parts, only names of libraries have variants
    let loose =
        write_weights(&root.path().join("loose"), &["v1.fp16.safetensors", "v1.safetensors"]);
    assert_eq!(find_all(&loose, None).unwrap().models.len(), 2);
    let library = write_weights(
        &root.path().join("library"),
        &["model.fp16.safetensors", "model.safetensors"],
    );
    assert_eq!(beside(&library), [pair("model.fp16.safetensors", NotReadReason::Variant)]);
}

#[test]
fn what_the_index_names_is_the_model() {
    let root = tempdir().unwrap();
    let folder = root.path().join("m");
    write_weights(
        &folder,
        &[
            "model.safetensors",
            "consolidated.safetensors",
            "model-1-of-9.safetensors",
            "lora.safetensors",
        ],
    );
    write(
        &folder,
        &[
            ("part_a.safetensors", weights(&["a"])),
            ("deep/part_b.safetensors", weights(&["b"])),
            ("original/model.safetensors", weights(&["a", "b"])),
            (
                "model.safetensors.index.json",
                index(&[("a", "part_a.safetensors"), ("b", "./deep/part_b.safetensors")]),
            ),
            ("old.safetensors.index.json", index(&[("x", "gone.safetensors")])),
            ("README.md", Vec::new()),
            ("docs/more/picture.png", Vec::new()),
            ("pytorch_model.bin", Vec::new()),
        ],
    );
    let want = ["deep/part_b.safetensors", "part_a.safetensors", "model.safetensors.index.json"];
    for path in
        ["", "part_a.safetensors", "deep/part_b.safetensors", "model.safetensors.index.json"]
    {
        if path != "deep/part_b.safetensors" {
            assert_eq!(read(&folder.join(path)), want, "{path:?}");
        }
    }
    let (model, _) = open_model(&folder).unwrap();
    let names: Vec<&str> = model.tensors.keys().map(String::as_str).collect();
    assert_eq!(names, ["a", "b"]);
    let want = [
        pair("README.md", NotReadReason::NoWeights),
        pair("consolidated.safetensors", NotReadReason::NotInIndex),
        pair("docs/", NotReadReason::NoWeights),
        pair("lora.safetensors", NotReadReason::NotInIndex),
        pair("model-1-of-9.safetensors", NotReadReason::NotInIndex),
        pair("model.safetensors", NotReadReason::NotInIndex),
        pair("old.safetensors.index.json", NotReadReason::StaleIndex),
        pair("original/model.safetensors", NotReadReason::OtherModel),
        pair("pytorch_model.bin", NotReadReason::OtherFormat),
    ];
    assert_eq!(beside(&folder), want);

    // one file of several that are there
    fs::remove_file(folder.join("part_a.safetensors")).unwrap();
    let error = open_model(&folder).unwrap_err();
    let shard = "part_a.safetensors".to_owned();
    assert_eq!(error, OpenError::MissingShard { model: "m".to_owned(), shard, count: 1 });
    // nothing but the index
    let bare = root.path().join("bare");
    write(
        &bare,
        &[(
            "model.safetensors.index.json",
            index(&[("a", "a.safetensors"), ("b", "b.safetensors")]),
        )],
    );
    for path in [bare.clone(), bare.join("model.safetensors.index.json")] {
        let error = open_model(&path).unwrap_err().to_string();
        let want = "bare: 2 shards are missing, \"a.safetensors\" is the first; put them beside the others";
        assert_eq!(error, want);
    }
}

#[test]
fn shards_of_any_numbering_stand_for_the_whole() {
    let root = tempdir().unwrap();
    for (at, shards) in [
        ["model-00001-of-000002.safetensors", "model-00002-of-000002.safetensors"],
        ["model-1-of-2.safetensors", "model-2-of-2.safetensors"],
        ["model-00000-of-00002.safetensors", "model-00001-of-00002.safetensors"],
        [
            "model.safetensors-00001-of-00002.safetensors",
            "model.safetensors-00002-of-00002.safetensors",
        ],
        ["model.safetensors-00001-of-00002", "model.safetensors-00002-of-00002"],
        ["model-00001-of-00002.fp16.safetensors", "model-00002-of-00002.fp16.safetensors"],
    ]
    .into_iter()
    .enumerate()
    {
        let folder = root.path().join(format!("m{at}"));
        write(&folder, &[(shards[0], weights(&["a"])), (shards[1], weights(&["b"]))]);
        // a former sharding left its index
        write(
            &folder,
            &[("model.safetensors.index.json", index(&[("a", "model-1-of-7.safetensors")]))],
        );
        for path in [folder.clone(), folder.join(shards[0]), folder.join(shards[1])] {
            assert_eq!(read(&path), shards, "{path:?}");
        }
        fs::remove_file(folder.join(shards[0])).unwrap();
        let error = open_model(&folder.join(shards[1])).unwrap_err();
        // what is counted from 0 looks like the other half without its beginning
        let want = if at == 2 { "model-00002-of-00002.safetensors" } else { shards[0] };
        assert_eq!(error.file(), Some(want));
    }
}

#[test]
fn several_indices_and_several_sets_are_several_models() {
    let root = tempdir().unwrap();
    let folder = root.path().join("m");
    write(
        &folder,
        &[
            ("a-1-of-1.safetensors", weights(&["a"])),
            ("b-1-of-1.safetensors", weights(&["b"])),
            ("a.safetensors.index.json", index(&[("a", "a-1-of-1.safetensors")])),
            ("b.safetensors.index.json", index(&[("b", "b-1-of-1.safetensors")])),
        ],
    );
    let error = find(&folder, None).unwrap_err();
    let OpenError::SeveralModels { models, .. } = &error else { panic!("{error}") };
    let indices = ["a", "b"].map(|name| folder.join(format!("{name}.safetensors.index.json")));
    assert_eq!(models[..], indices.each_ref().map(|path| path.display().to_string()));
    assert!(error.to_string().contains("weightkin compare "), "{error}");
    for path in indices {
        assert_eq!(read(&path).len(), 2);
    }
    // two indices of the same files: the one that is named has them
    let both = root.path().join("both");
    write(
        &both,
        &[
            ("x.safetensors", weights(&["a"])),
            ("y.safetensors", weights(&["b"])),
            (
                "model.safetensors.index.json",
                index(&[("a", "x.safetensors"), ("b", "y.safetensors")]),
            ),
            ("other.safetensors.index.json", index(&[("a", "x.safetensors")])),
        ],
    );
    assert_eq!(read(&both).len(), 3);
    assert_eq!(
        read(&both.join("other.safetensors.index.json")),
        ["x.safetensors", "other.safetensors.index.json"]
    );
}
