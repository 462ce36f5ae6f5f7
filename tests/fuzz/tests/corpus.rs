//! Every committed input, without a fuzzer.

use std::fs;
use std::path::Path;

/// Runs `target` over its inputs; there are some.
fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut inputs = 0;
    for entry in fs::read_dir(folder).unwrap() {
        target(&fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs > 0);
    // and what any corpus begins with
    target(b"");
    target(&[0; 4096]);
    target(&[0xff; 4096]);
}

macro_rules! replays {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name), weightkin_fuzz::$name);
        })*
    };
}

replays!(header, gguf, index, fingerprint, relatives, planner, decode, report, names, adapter);
