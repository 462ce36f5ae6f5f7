//! Reports read back, and the same comparison seen from elsewhere.

use weightkin::report::Report;
use weightkin_family::{Edge, Family, Manifest};

use crate::kin::Written;

fn written() -> Written {
    let family = Family::new(Manifest::Sdxl).scale(64).files(&["root", "base_a", "mix_anti"]);
    Written::new(&family.files(&["ft_nai"]).file_edges("base_a", &[Edge::Nan, Edge::Ema]))
}

#[test]
fn json_read_back_is_the_same_json() {
    let family = written();
    for (names, ancestor) in
        [(&["root", "base_a"][..], None), (&["base_a", "mix_anti", "ft_nai", "root"], Some("root"))]
    {
        let report = family.compare(names, ancestor);
        let json = report.to_json();
        assert_eq!(Report::from_json(&json).unwrap().to_json(), json);
    }
}

#[test]
fn any_ancestor_can_be_named_afterwards() {
    let family = written();
    let names = ["base_a", "root", "mix_anti", "ft_nai"];
    let plain = family.compare(&names, None);
    for ancestor in names {
        let position = names.iter().position(|name| *name == ancestor);
        let started = family.compare(&names, Some(ancestor));
        let seen = plain.clone().seen_from(position);
        assert_eq!(seen.to_json(), started.to_json());
        assert_eq!(seen.seen_from(None).to_json(), plain.to_json());
    }
}
