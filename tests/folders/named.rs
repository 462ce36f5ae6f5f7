//! What models are called.

use std::fs;

use tempfile::tempdir;
use weightkin::native::{find, find_all, open, tell_apart};

use crate::{weights, write, write_weights};

#[test]
fn a_cache_of_the_hub_is_named_after_its_repositories() {
    let root = tempdir().unwrap();
    let hub = root.path().join("hub");
    for (repository, hash) in [("models--org--base", "1f0e"), ("models--other--base", "9c3d")] {
        let folder = hub.join(repository);
        write(
            &folder,
            &[
                ("blobs/abc", weights(&["w"])),
                ("refs/main", hash.as_bytes().to_vec()),
                ("snapshots/old/model.safetensors", weights(&["w"])),
                (&format!("snapshots/{hash}/README.md"), Vec::new()),
            ],
        );
        let link = folder.join("snapshots").join(hash).join("model.safetensors");
        #[cfg(unix)]
        std::os::unix::fs::symlink("../../blobs/abc", link).unwrap();
        #[cfg(not(unix))]
        fs::copy(folder.join("blobs/abc"), link).unwrap();
    }
    let first = hub.join("models--org--base");
    let snapshot = first.join("snapshots").join("1f0e");
    for path in [first.clone(), snapshot.clone(), snapshot.join("model.safetensors")] {
        let found = find(&path, None).unwrap();
        assert_eq!((found.group.name.as_str(), found.paths.len()), ("base", 1), "{path:?}");
    }
    assert_eq!(find(&first, None).unwrap().path, snapshot.join("model.safetensors"));
    let mut models = [open(&first).unwrap(), open(&hub.join("models--other--base")).unwrap()];
    tell_apart(&mut models);
    assert_eq!(
        models.each_ref().map(|open| open.input.name().to_owned()),
        ["org/base", "other/base"]
    );
    // without a branch, and more than one snapshot
    fs::remove_file(first.join("refs/main")).unwrap();
    assert!(find(&first, None).unwrap_err().to_string().contains("holds 2 models"));
}

#[test]
fn models_of_one_name_are_told_apart_and_links_do_not_lead_round() {
    let root = tempdir().unwrap();
    let folder =
        write_weights(root.path(), &["a/x.safetensors", "b/x.safetensors", "b/y.safetensors"]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", folder.join("b/up")).unwrap();
    let found = find_all(&folder, None).unwrap();
    let mut models: Vec<_> = found.models.iter().map(|found| open(&found.path).unwrap()).collect();
    tell_apart(&mut models);
    let names: Vec<&str> = models.iter().map(|open| open.input.name()).collect();
    assert_eq!(names, ["a/x", "b/x", "y"]);
    // the same file twice has one name
    let mut twice = [models[0].clone(), models[0].clone()];
    tell_apart(&mut twice);
    assert_eq!(twice[0].input.name(), twice[1].input.name());
}
