//! Layouts that differ cost no reading.

use weightkin::matching::Options;
use weightkin::native::open_model;
use weightkin_family::{Family, Manifest, Projection};

use crate::kin::{Written, compare};
use crate::support::comparison::{plan, report, run};
use crate::support::double::{Content, Double};

#[test]
fn every_byte_is_read_once_in_any_mix_of_layouts() {
    let family = || Family::new(Manifest::Sdxl).scale(16).files(&["base_a", "base_nai", "root"]);
    let layouts = [
        Written::new(&family()),
        Written::new(&family().diffusers(Projection::Convolution)),
        Written::new(&family().shards(3)),
    ];
    let names = ["base_a", "base_nai", "root"];
    let paths: Vec<_> = layouts.iter().zip(names).map(|(layout, name)| layout.path(name)).collect();
    let open: Vec<_> = paths.iter().map(|path| open_model(path).unwrap()).collect();
    let files = open.iter().flat_map(|(_, paths)| paths);
    let contents = files.map(|path| Content::Held(std::fs::read(path).unwrap().into()));
    let source = Double::new(contents.collect());
    let models: Vec<_> = open.iter().map(|(model, _)| model.clone()).collect();

    let plan = plan(&models);
    let tally = run(&plan, &source);
    let log = source.log();
    let opened: u64 = log.opened.iter().map(|read| read.end - read.start).sum();
    let fetched: u64 = log.fetched.iter().map(|read| read.end - read.start).sum();
    assert_eq!(fetched, plan.bytes(), "each compared byte is fetched once");
    assert!(opened as f64 <= 1.02 * plan.bytes() as f64, "{opened} of {}", plan.bytes());

    // all of the statistics come from that one pass, and so do those of another ancestor
    let before = source.log().opened.len();
    let once = report(&models, &plan, &tally).seen_from(Some(2));
    assert_eq!(source.log().opened.len(), before);
    let options = Options { ancestor: Some(2), ..Options::default() };
    assert_eq!(once.to_json(), compare(&paths, &options).to_json());
    assert!(once.pairs[0].ancestor_cosine.is_some());
    assert!(!once.recipes.is_empty() && !once.tree.is_empty());
}
