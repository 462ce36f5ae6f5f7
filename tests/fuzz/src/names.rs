//! Names of files and tensors, and patterns that users type.

use weightkin::architecture::classify;
use weightkin::escape::{Escaped, EscapedQuoted};
use weightkin::model::{Foreign, group, stem};
use weightkin::report::pattern_regex;

use crate::assert_fit;

/// The lines of `data` are names.
pub fn names(data: &[u8]) {
    let _ = Foreign::sniff(data);
    let text = String::from_utf8_lossy(data);
    let names: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let groups = group(&names);
    let mut members: Vec<usize> = groups.iter().flat_map(|g| g.members.clone()).collect();
    members.sort_unstable();
    let count = members.len();
    members.dedup();
    assert_eq!(members.len(), count, "a file in two models");
    assert!(members.iter().all(|&member| member < names.len()));
    for group in &groups {
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
