//! The same weights in two layouts are the same.

mod dialects;
mod diffusers;
mod language;
mod names;
mod reads;
mod vae;

#[path = "../kin/mod.rs"]
mod kin;
#[path = "../support/mod.rs"]
mod support;

use weightkin::report::Report;

/// Asserts that every tensor is equal in all models, and that nothing is left out but what `may`
/// accepts.
fn assert_equal(report: &Report, may: impl Fn(&str) -> bool) {
    let mut zero_columns = 0;
    for tensor in &report.tensors {
        // the first position is 0, and a column of zeros scores 0 even against itself
        let zeros = u64::from(tensor.name.ends_with("position_ids"));
        zero_columns += zeros;
        let columns = tensor.record.columns;
        let equal = (columns - zeros) as f64 / columns as f64;
        for pair in &tensor.pairs {
            assert_eq!(pair.figures.column_cosine, Some(equal), "{}", tensor.name);
            assert!(pair.identical, "{}", tensor.name);
        }
    }
    let columns = report.compared.columns;
    let equal = (columns - zero_columns) as f64 / columns as f64;
    for pair in &report.pairs {
        assert_eq!(pair.figures.column_cosine, Some(equal));
        assert_eq!(pair.figures.flat_cosine, Some(1.0));
        assert_eq!(pair.figures.relative_distance, Some(0.0));
        assert_eq!(pair.identical_tensors, report.compared.tensors);
    }
    for left_out in &report.compared.left_out {
        assert!(may(&left_out.name), "{left_out:?}");
    }
}

/// Asserts that `report` has, for each of its tensors, the very record that `reference` has.
fn assert_same_records(report: &Report, reference: &Report) {
    let mut known = reference.tensors.iter();
    for tensor in &report.tensors {
        let same = known.find(|one| one.name == tensor.name).expect("the reference has it");
        assert_eq!(tensor.record, same.record, "{}", tensor.name);
        assert_eq!((&tensor.shape, &tensor.role), (&same.shape, &same.role), "{}", tensor.name);
    }
}
