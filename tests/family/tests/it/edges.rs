//! Edge cases befall the tensors that `Expected` names, and no others.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Read, read, small};
use weightkin_family::{Dtype, EdgeNote, Error, Family, Manifest};

struct Made {
    plain: BTreeMap<String, Read>,
    odd: BTreeMap<String, Read>,
    notes: Vec<EdgeNote>,
}

/// A file with an edge case beside the same file without.
fn made(family: Family, plain: &str, odd: &str) -> Made {
    let family = family.files(&[plain, odd]);
    let files = family.to_memory().unwrap();
    let notes = family.expected().unwrap().file(odd).unwrap().edges.clone();
    Made { plain: read(&files[0].1), odd: read(&files[1].1), notes }
}

impl Made {
    fn noted(&self) -> BTreeSet<&String> {
        self.notes.iter().flat_map(|note| &note.tensors).collect()
    }

    /// Tensors that are not the same in both, NaN being itself.
    fn differing(&self) -> BTreeSet<&String> {
        let same = |a: &Read, b: &Read| {
            let bits = |read: &Read| read.2.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            (a.0, &a.1, bits(a)) == (b.0, &b.1, bits(b))
        };
        let names: BTreeSet<&String> = self.plain.keys().chain(self.odd.keys()).collect();
        let differs = |name: &&String| match (self.plain.get(*name), self.odd.get(*name)) {
            (Some(a), Some(b)) => !same(a, b),
            _ => true,
        };
        names.into_iter().filter(differs).collect()
    }

    fn values(&self, note: usize) -> (&Read, &Read) {
        let name = &self.notes[note].tensors[0];
        (&self.plain[name], &self.odd[name])
    }
}

fn columns(read: &Read) -> usize {
    read.1.iter().skip(1).product()
}

#[test]
fn nan_and_infinity_lie_where_noted() {
    for (odd, value) in [("edge_nan", f64::NAN), ("edge_inf", f64::INFINITY)] {
        let made = made(small(), "mix_5050", odd);
        assert_eq!(made.differing(), made.noted());
        let places = |note: usize| -> Vec<usize> {
            let values = made.values(note).1.2.iter().enumerate();
            values.filter(|(_, x)| !x.is_finite()).map(|(place, _)| place).collect()
        };
        let (rows, width) = (made.values(0).1.1[0], columns(made.values(0).1));
        assert_eq!(places(0), [rows / 2 * width]);
        let width = columns(made.values(1).1);
        let second_column: Vec<usize> = (1..made.values(1).1.2.len()).step_by(width).collect();
        assert_eq!(places(1), second_column);
        assert_eq!(places(2).len(), made.values(2).1.2.len());
        assert_eq!((places(3), made.values(3).1.1.len()), (vec![0], 4));
        assert_eq!((places(4), made.values(4).1.1.len()), (vec![0], 1));
        if value.is_infinite() {
            assert_eq!(made.values(3).1.2[0], -value);
        }
    }
}

#[test]
fn zero_columns_are_zero() {
    let made = made(small(), "mix_5050", "edge_zerocol");
    assert_eq!(made.differing(), made.noted());
    let outer = made.values(0).1;
    let width = columns(outer);
    for row in outer.2.chunks(width) {
        assert_eq!((row[0].to_bits(), row[width - 1].to_bits()), (0, (-0.0_f64).to_bits()));
        assert!(row[1..width - 1].iter().any(|x| *x != 0.0));
    }
    assert!(made.values(1).1.2.iter().all(|x| *x == 0.0));
    let subnormal = made.values(2).1;
    assert_eq!(subnormal.2[0], 2_f64.powi(-24));
    assert!(made.values(3).1.2.iter().all(|x| *x == 0.0));
}

#[test]
fn tiny_columns_are_scaled() {
    let made = made(small(), "dt_f32", "edge_tiny");
    assert_eq!(made.differing(), made.noted());
    for (note, factor) in [1e-13, 1e-25, 1e25, 1e-40].into_iter().enumerate() {
        let (plain, odd) = made.values(note);
        let width = columns(plain);
        for (place, (plain, odd)) in plain.2.iter().zip(&odd.2).enumerate() {
            let factor = if place % width == 0 { factor } else { 1.0 };
            assert_eq!(f64::from((plain * factor) as f32), *odd);
        }
    }
}

#[test]
fn missing_tensors_are_noted() {
    let made = made(Family::new(Manifest::Sdxl).scale(256), "mix_5050", "edge_missing");
    assert_eq!(made.differing(), made.noted());
    assert_eq!(made.odd.len() + made.noted().len(), 2515);
    assert!(made.odd.keys().all(|name| !name.ends_with("position_ids")));
    assert!(made.odd.keys().all(|name| !name.contains("output_blocks.8.")));
}

#[test]
fn shapes_change_as_noted() {
    let made = made(Family::new(Manifest::Sdxl).scale(64), "mix_5050", "edge_shape");
    assert_eq!(made.differing(), made.noted());
    let [tokens, conv, turned, ones, narrow, one, scalar, row] =
        [0, 1, 2, 3, 4, 5, 6, 7].map(|note| made.values(note));
    assert_eq!((&conv.0.1[..], &conv.1.1[..]), (&[5, 4, 3, 3][..], &[5, 9, 3, 3][..]));
    assert_eq!(conv.1.2[..36], conv.0.2[..36]);
    assert!(conv.1.2[36..81].iter().all(|x| *x == 0.0));
    assert_eq!(tokens.1.1[0], tokens.0.1[0] + 1);
    assert_eq!(tokens.1.2[tokens.0.2.len()..], tokens.0.2[..columns(tokens.0)]);
    assert_eq!((turned.1.1[0], turned.1.1[1]), (turned.0.1[1], turned.0.1[0]));
    assert_eq!(turned.1.2[1], turned.0.2[columns(turned.0)]);
    assert_eq!((&ones.1.1[2..], &ones.1.2), (&[1, 1][..], &ones.0.2));
    assert_eq!((narrow.1.1[0], narrow.1.1[1]), (narrow.0.1[0], 1));
    assert_eq!(narrow.1.2[1], narrow.0.2[columns(narrow.0)]);
    assert_eq!((&one.1.1[..], one.1.2[0]), (&[1][..], one.0.2[0]));
    assert_eq!((scalar.1.1.len(), scalar.1.2[0]), (0, scalar.0.2[0]));
    assert_eq!((row.1.1[0], &row.1.2), (1, &row.0.2));
}

#[test]
fn ema_copies_are_nearly_the_weights() {
    let made = made(Family::new(Manifest::Sdxl).scale(256), "mix_5050", "edge_ema");
    assert_eq!(made.differing(), made.noted());
    assert_eq!(made.noted().len(), 32);
    let by_path: BTreeMap<String, &Read> = made
        .plain
        .iter()
        .filter_map(|(name, read)| Some((name.strip_prefix("model.")?.replace('.', ""), read)))
        .collect();
    for name in made.noted().iter().filter(|name| name.contains("diffusion")) {
        let (weights, copy) = (by_path[&name["model_ema.".len()..]], &made.odd[*name]);
        assert_eq!(weights.1, copy.1);
        for (weight, copy) in weights.2.iter().zip(&copy.2) {
            assert!((weight * 0.999 - copy).abs() <= weight.abs() / 1000.0 + 1e-7, "{name}");
        }
    }
}

#[test]
fn odd_tensors_have_rare_dtypes_and_shapes() {
    let first = made(small(), "mix_5050", "edge_odd");
    assert_eq!(first.differing(), first.noted());
    let dtypes: BTreeSet<String> =
        first.noted().iter().map(|name| format!("{:?}", first.odd[*name].0)).collect();
    assert_eq!(
        dtypes.iter().collect::<Vec<_>>(),
        ["BOOL", "F16", "F32", "F64", "I32", "I64", "U8"]
    );
    assert_eq!(first.odd["odd.empty_cols"].1, [4, 0]);
    assert_eq!(first.odd["odd.high_rank"].1, [2, 2, 1, 3, 1, 2]);
    let second = made(small(), "mix_5050", "edge_odd2");
    assert_eq!(first.odd["odd.scalar_neg"].2, [-1.5]);
    assert_eq!(second.odd["odd.scalar_neg"].2, [2.5]);
    assert_ne!(first.odd["odd.f64"], second.odd["odd.f64"]);
}

#[test]
fn position_ids_can_be_floats() {
    let made = made(small(), "mix_5050", "edge_posids");
    assert_eq!(made.differing(), made.noted());
    let (ids, floats) = made.values(0);
    assert_eq!((ids.0, floats.0), (Dtype::I64, Dtype::F16));
    assert_eq!(ids.2, floats.2);
    assert_eq!(ids.2[..3], [0.0, 1.0, 2.0]);
}

#[test]
fn metadata_is_kept() {
    let files = small().files(&["edge_meta"]).to_memory().unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&files[0].1).unwrap();
    let metadata = header.metadata().as_ref().unwrap();
    assert_eq!(metadata["modelspec.title"], "mix 日本語 \"quoted\" \\ end");
    assert_eq!(metadata["thumb"].len(), 20_000);
}

#[test]
fn an_edge_case_needs_tensors_to_befall() {
    let list = [("a.weight".to_owned(), (Dtype::F32, vec![4, 4]))].into();
    let error = Family::new(Manifest::Custom(list)).files(&["edge_nan"]).expected().unwrap_err();
    assert!(matches!(error, Error::TooFewTensors { edge: "nan", .. }), "{error}");
}
