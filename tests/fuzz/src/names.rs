//! Names of files and tensors, and patterns that users type.

use weightkin::architecture::classify;
use weightkin::escape::{Escaped, EscapedQuoted};
use weightkin::model::{Foreign, group, read_indices, stem};
use weightkin::report::pattern_regex;

use crate::assert_fit;

/// The lines of `data` are names.
pub fn names(data: &[u8]) {
    let _ = Foreign::sniff(data);
    let text = String::from_utf8_lossy(data);
    let names: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let grouping = group(&names, &read_indices(Vec::new()), None);
    let groups = &grouping.models;
    let listed = groups.iter().flat_map(|group| group.members.iter().chain(&group.beside));
    let mut listed: Vec<usize> = listed.chain(&grouping.beside).copied().collect();
    listed.sort_unstable();
    assert!(listed.into_iter().eq(0..names.len()), "every file is in one place");
    for group in groups {
        assert_eq!(group.files.len(), group.members.len());
    }
    for name in &names {
        for shape in [&[][..], &[3], &[3, 3], &[3, 3, 1, 1], &[0, u64::MAX, u64::MAX]] {
            let _ = classify(name, shape);
        }
        let _ = (stem(name), pattern_regex(name));
        assert_fit(&Escaped(name).to_string());
        assert_fit(&EscapedQuoted(name).to_string());
    }
}
