//! Reports read back.

use weightkin::report::Report;

use crate::assert_fit;

/// `data` is a saved report.
pub fn report(data: &[u8]) {
    let Ok(json) = std::str::from_utf8(data) else { return };
    let report = match Report::from_json(json) {
        Ok(report) => report,
        Err(error) => return assert_fit(&error.to_string()),
    };
    let written = report.to_json();
    let again = Report::from_json(&written).expect("what we write we read");
    assert_eq!(again.to_json(), written);
    let models = report.models.len();
    let _ = (report.to_markdown(), report.to_csv());
    for model in 0..models {
        let _ = report.to_plain_text(model);
        let seen = report.clone().seen_from(Some(model));
        assert_eq!(seen.ancestor, Some(model));
    }
    let scope = report.scope("e", |name| name.contains('e'));
    assert!(scope.tensors <= report.tensors.len() as u64);
}
