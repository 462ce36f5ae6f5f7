//! A family in a folder is written once.

use std::fs;
use std::path::PathBuf;

use crate::support::small;
use weightkin_family::{Error, Expected};

/// A folder that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("family-{name}-{}", std::process::id()));
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the folder was made");
    }
}

#[test]
fn the_files_are_those_in_memory() {
    let folder = Folder::new("same");
    let family = small().files(&["base_a", "mix_block"]).shards(2);
    let expected = family.write_to(&folder.0).unwrap();
    for (path, bytes) in family.to_memory().unwrap() {
        assert!(fs::read(folder.0.join(&path)).unwrap() == bytes, "{path}");
    }
    let stamp = fs::read(folder.0.join("expected.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Expected>(&stamp).unwrap(), expected);
    assert_eq!(expected.files[1].paths(&folder.0).len(), 2);
}

#[test]
fn a_whole_family_is_left_alone_and_a_broken_one_made_anew() {
    let folder = Folder::new("stamp");
    let family = small().files(&["base_a"]);
    let path = family.write_to(&folder.0).unwrap().files[0].paths(&folder.0).remove(0);
    let good = fs::read(&path).unwrap();

    // same size: taken for whole
    let mut touched = good.clone();
    *touched.last_mut().unwrap() ^= 1;
    fs::write(&path, &touched).unwrap();
    family.write_to(&folder.0).unwrap();
    assert!(fs::read(&path).unwrap() == touched);

    // another size, or no file
    fs::write(&path, &good[1..]).unwrap();
    family.write_to(&folder.0).unwrap();
    assert!(fs::read(&path).unwrap() == good);
    fs::remove_file(&path).unwrap();
    family.write_to(&folder.0).unwrap();
    assert!(fs::read(&path).unwrap() == good);

    // other options
    family.clone().seed(1).write_to(&folder.0).unwrap();
    assert!(fs::read(&path).unwrap() != good);
    family.write_to(&folder.0).unwrap();
    assert!(fs::read(&path).unwrap() == good);
}

#[test]
fn calls_at_once_wait_for_each_other() {
    let folder = Folder::new("lock");
    let family = small().files(&["base_a"]);
    let wanted = family.to_memory().unwrap().remove(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                family.write_to(&folder.0).unwrap();
                assert!(fs::read(folder.0.join(&wanted.0)).unwrap() == wanted.1);
            });
        }
    });
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new("file");
    fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("taken");
    fs::write(&file, "x").unwrap();
    let error = small().files(&["base_a"]).write_to(&file).unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if *path == file), "{error}");
}
