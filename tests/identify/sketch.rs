//! Properties of sketches and of rankings by them.

use std::sync::Arc;

use proptest::prelude::*;
use weightkin::fingerprint::Fingerprint;
use weightkin::identify::{CELLS, ROWS, Search, SearchError, Sketch, rank};
use weightkin::sample::Density;

use crate::cases::cases;
use crate::made::{Shape, TENSORS, fingerprint, index, noise, relative};

fn sketch(fingerprint: &Fingerprint) -> Sketch {
    Sketch::of(&fingerprint.sample)
}

#[test]
fn a_model_is_its_own_nearest_relative() {
    let models: Vec<Fingerprint> = (0..8).map(|seed| relative(seed, 0.6)).collect();
    let (index, _) = index(&models);
    for (position, model) in models.iter().enumerate() {
        let ranking = rank(&sketch(model), &index);
        let first = ranking.candidates[0];
        assert_eq!(first.model, position);
        assert!((first.similarity.column_cosine - 1.0).abs() < 1e-12);
        assert!(first.similarity.half_width < 1e-9);
        assert!(first.contends && !ranking.candidates[1].contends);
    }
}

#[test]
fn all_copies_of_the_nearest_contend() {
    let model = relative(1, 0.6);
    let others = [2, 3].map(|seed| relative(seed, 0.1));
    let [far, farther] = others;
    let (index, _) = index(&[far, model.clone(), model.clone(), model.clone(), farther]);
    let candidates = rank(&sketch(&model), &index).candidates;
    let contending: Vec<usize> =
        candidates.iter().filter(|one| one.contends).map(|one| one.model).collect();
    assert_eq!(contending, [1, 2, 3]);
}

#[test]
fn all_that_chance_could_put_first_contend() {
    let models: Vec<Fingerprint> = (0..8).map(|seed| relative(seed, 0.5)).collect();
    let (index, _) = index(&models);
    let candidates = rank(&sketch(&relative(99, 0.5)), &index).candidates;
    let contending = candidates.iter().filter(|one| one.contends).count();
    assert!(contending > 3, "{contending}");
}

#[test]
fn scale_and_number_format_of_a_model_do_not_matter() {
    let weight = |name: &str, element: u64| noise(name.len() as u64, element);
    let one = fingerprint("one", &TENSORS, Density::DEFAULT, weight);
    let half = fingerprint("half", &TENSORS, Density::DEFAULT, |name, at| weight(name, at) / 2.0);
    assert_eq!(sketch(&one), sketch(&half));
}

#[test]
fn thinner_fingerprints_rank_among_the_others() {
    let weight = |name: &str, element: u64| noise(name.len() as u64, element);
    let thick = fingerprint("thick", &TENSORS, Density::DEFAULT, weight);
    for density in [Density { rows: 3, columns: 48 }, Density { rows: 28, columns: 5 }] {
        let thin = fingerprint("thin", &TENSORS, density, weight);
        let (index, _) = index(&[relative(1, 0.9), thin]);
        let ranking = rank(&sketch(&thick), &index);
        assert_eq!(ranking.candidates[0].model, 1, "{density:?}");
        assert!((ranking.candidates[0].similarity.column_cosine - 1.0).abs() < 1e-3);
    }
}

#[test]
fn other_kinds_stand_apart() {
    const OTHER: [Shape; 2] = [("blocks.0.weight", &[96, 200]), ("layers.0.bias", &[96])];
    const MORE: [Shape; 7] = [
        TENSORS[0],
        TENSORS[1],
        TENSORS[2],
        TENSORS[3],
        TENSORS[4],
        TENSORS[5],
        ("layers.2.extra.weight", &[64, 20]),
    ];
    let weight = |name: &str, element: u64| noise(name.len() as u64, element);
    let other = fingerprint("other", &OTHER, Density::DEFAULT, weight);
    let more = fingerprint("more", &MORE, Density::DEFAULT, weight);
    let (index, _) = index(&[other, more]);
    let ranking = rank(&sketch(&relative(1, 1.0)), &index);
    assert_eq!(ranking.apart, [0]);
    assert_eq!(ranking.candidates.len(), 1);
    assert!(ranking.candidates[0].similarity.column_cosine > 0.999);
}

#[test]
fn columns_that_are_not_finite_say_nothing() {
    let weight = |name: &str, element: u64| noise(name.len() as u64, element);
    let whole = fingerprint("whole", &TENSORS, Density::DEFAULT, weight);
    let broken = fingerprint("broken", &TENSORS, Density::DEFAULT, |name, element| {
        if element % 3 == 0 { f32::NAN } else { weight(name, element) }
    });
    let (index, _) = index(&[broken]);
    let ranking = rank(&sketch(&whole), &index);
    for candidate in ranking.candidates {
        assert!(candidate.similarity.column_cosine.is_finite());
    }
}

#[test]
fn a_search_refines_what_it_wants() {
    let models: Vec<Fingerprint> = (0..6).map(|seed| relative(seed, 0.5)).collect();
    let (index, files) = index(&models);
    let probe = relative(9, 0.9);
    let mut search = Search::new(Arc::new(probe), &index);
    let wanted = search.wanted(2);
    assert!(wanted.len() >= 2);
    for &model in &wanted {
        search.refine(model, &files[model]).unwrap();
    }
    let changed = search.refine(wanted[0], &files[wanted[1]]).unwrap_err();
    assert!(matches!(changed, SearchError::Changed { .. }), "{changed}");
    let found = search.finish();
    let refined = found.relatives.iter().take_while(|relative| relative.refined.is_some());
    assert_eq!(refined.count(), wanted.len());
    let nearness: Vec<f64> = found.relatives[..wanted.len()]
        .iter()
        .map(|relative| relative.similarity().column_cosine)
        .collect();
    assert!(nearness.is_sorted_by(|a, b| a >= b), "{nearness:?}");
    let margin = found.margin.unwrap();
    assert!((margin.column_cosine - (nearness[0] - nearness[1])).abs() < 1e-12);
    let json: serde_json::Value = serde_json::from_str(&found.to_json()).unwrap();
    assert_eq!(json["format"], "weightkin-identification");
    assert_eq!(json["relatives"].as_array().unwrap().len(), 6);
}

/// A thin fingerprint of a model with tensors of these shapes and one twice as dense; asserts that
/// the first one's sketch is a part of the other's.
fn thin_and_thick(shapes: Vec<Vec<u64>>, density: Density) -> [Fingerprint; 2] {
    const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let leaked: Vec<Shape> =
        NAMES.into_iter().zip(shapes).map(|(name, shape)| (name, &*shape.leak())).collect();
    let weight = |name: &str, element: u64| noise(u64::from(name.as_bytes()[0]), element);
    let Density { rows, columns } = density;
    let twice = Density { rows: rows * 2, columns: columns * 2 };
    let thin = fingerprint("thin", &leaked, density, weight);
    let thick = fingerprint("thick", &leaked, twice, weight);
    let (of_thin, of_thick) = (sketch(&thin), sketch(&thick));
    assert!(of_thin.cells.len() as u64 <= CELLS);
    assert_eq!(of_thin.cells.len(), of_thin.layout.cells());
    assert!(of_thin.layout.parts.iter().all(|part| usize::from(part.rows) <= ROWS));
    // the thinner one's columns start with the same rows and are the first of the other's
    let mut start_thin = 0;
    let mut start_thick = 0;
    assert_eq!(of_thin.layout.parts.len(), of_thick.layout.parts.len());
    for (a, b) in of_thin.layout.parts.iter().zip(&of_thick.layout.parts) {
        assert_eq!(a.key, b.key);
        assert!(a.rows <= b.rows && a.columns <= b.columns);
        if a.rows == b.rows {
            let cells = a.cells();
            assert_eq!(
                &of_thin.cells[start_thin..start_thin + cells],
                &of_thick.cells[start_thick..start_thick + cells]
            );
        }
        start_thin += a.cells();
        start_thick += b.cells();
    }
    [thin, thick]
}

#[test]
fn a_density_that_takes_every_row_changes_no_column() {
    // 16,416 elements, a few too many for the rule; twice this density takes them all the same
    thin_and_thick(vec![vec![152, 108]], Density { rows: 26, columns: 54 });
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn any_shapes_give_a_sketch_of_limited_size(
        shapes in prop::collection::vec(
            prop::collection::vec(prop_oneof![0..4_u64, 1..400_u64], 0..4),
            0..12,
        ),
        rows in 1..40_u32,
        columns in 1..64_u32,
    ) {
        let shapes: Vec<Vec<u64>> = shapes
            .into_iter()
            .map(|shape| if shape.iter().product::<u64>() > 200_000 { shape[..1].to_vec() } else { shape })
            .collect();
        let both = thin_and_thick(shapes, Density { rows, columns });
        let (index, _) = index(&both);
        let again = weightkin::identify::Index::from_bytes(&index.to_bytes()).unwrap();
        prop_assert_eq!(again, index);
    }
}
