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
fn what_a_pattern_chose_is_read_back_and_seen_from_elsewhere() {
    let family = written();
    let names = ["base_a", "mix_anti", "ft_nai", "root"];
    for ancestor in [None, Some("root")] {
        let mut report = family.compare(&names, ancestor);
        for pattern in ["attn2", "to_k"] {
            let scope = report.scope(pattern, |name| name.contains(pattern));
            let members = scope.members.as_ref().unwrap();
            assert!(members.iter().all(|at| report.tensors[*at].name.contains(pattern)));
            assert_eq!(members.len() as u64, scope.tensors);
            assert!((1..report.tensors.len()).contains(&members.len()));
            report.scopes.push(scope);
        }
        let json = report.to_json();
        assert_eq!(Report::from_json(&json).unwrap().to_json(), json);
        // the figures are derived from the records, whatever the text claims
        let cosine = report.scopes.last().unwrap().pairs[0].figures.column_cosine.unwrap();
        let claimed = json.replace(&format!("{cosine}"), "0.5");
        assert!(claimed.len() < json.len());
        assert_eq!(Report::from_json(&claimed).unwrap().to_json(), json);
        assert_eq!(report.clone().seen_from(None).seen_from(report.ancestor), report);
    }
}

#[test]
fn patterns_that_chose_what_is_not_there_are_refused() {
    let report = written().compare(&["root", "base_a"], None);
    let refused = |members: &[usize], times: usize| {
        let mut spoilt = report.clone();
        for _ in 0..times {
            let mut scope = spoilt.scope("any", |_| false);
            scope.members = Some(members.to_vec());
            spoilt.scopes.push(scope);
        }
        let error = Report::from_json(&spoilt.to_json()).err()?;
        assert_eq!(error.code(), "report_inconsistent");
        Some(error.to_string())
    };
    let tensors = report.tensors.len();
    assert_eq!(refused(&[0, tensors - 1], 16), None);
    for members in [&[tensors][..], &[usize::MAX], &[1, 0], &[1, 1]] {
        let error = refused(members, 1).unwrap();
        assert!(error.ends_with("a pattern chose tensors that are not there"), "{error}");
    }
    let error = refused(&[0], 17).unwrap();
    assert!(error.ends_with("more than 16 patterns chose tensors"), "{error}");
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
