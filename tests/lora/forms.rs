//! The change of every form.

use safetensors::SafeTensors;
use weightkin::canonical::CanonicalModel;
use weightkin::delta::Form;
use weightkin::lora::{Placement, Rectangle, load};
use weightkin::native::{MappedFiles, open_adapter, open_model};

use super::support::committed;

fn values(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[test]
fn every_form_changes_what_an_independent_calculation_says() {
    let opened = open_adapter(&committed("adapter.safetensors")).unwrap();
    let adapter = &opened.adapter;
    assert_eq!(adapter.skipped, []);
    let (model, _) = open_model(&committed("model.safetensors")).unwrap();
    let canonical = CanonicalModel::from_model(&model);
    let placement = Placement::new(adapter, &canonical);
    assert_eq!(placement.unplaced, []);
    assert_eq!(placement.tensors.len(), canonical.tensors.len());

    let model_bytes = std::fs::read(committed("model.safetensors")).unwrap();
    let weights = SafeTensors::deserialize(&model_bytes).unwrap();
    let changes_bytes = std::fs::read(committed("changes.safetensors")).unwrap();
    let changes = SafeTensors::deserialize(&changes_bytes).unwrap();
    let (path, bytes) = &opened.files[0];
    let source = MappedFiles::new([(path.as_path(), *bytes)]).unwrap();
    let mut forms: Vec<(Form, bool)> = Vec::new();
    for (name, placed) in &placement.tensors {
        let weights = values(weights.tensor(name).unwrap().data());
        let want: Vec<f64> = changes
            .tensor(name)
            .unwrap()
            .data()
            .as_chunks::<8>()
            .0
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect();
        let cols = canonical.tensors[name].source.cols() as usize;
        let mut found = vec![0.0; weights.len()];
        for placed in placed {
            let module = &adapter.modules[placed.module];
            forms.push((module.form, module.is_decomposed));
            let rows = placed.rows as usize;
            let part = placed.first_row as usize * cols..(placed.first_row as usize + rows) * cols;
            let delta = load(&source, 0, module, (placed.rows, cols as u64));
            let delta = pollster::block_on(delta).unwrap();
            assert_eq!(delta.needs_model(), module.needs_model(), "{name}");
            let delta = delta.for_model(&weights[part.clone()], rows, cols);
            delta.fill(
                Rectangle { first_row: 0, rows, first_col: 0, cols },
                &mut found[part.clone()],
            );
            // a part of it is the same elements
            let (first_col, few) = (cols / 3, cols - cols / 3);
            let mut few_values = vec![0.0; few];
            let corner = Rectangle { first_row: rows - 1, rows: 1, first_col, cols: few };
            delta.fill(corner, &mut few_values);
            assert_eq!(few_values, found[part][(rows - 1) * cols + first_col..][..few], "{name}");
        }
        let apart: f64 = found.iter().zip(&want).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum();
        let whole: f64 = want.iter().map(|value| value * value).sum();
        let relative = (apart / whole).sqrt();
        assert!(relative <= 2e-6, "{name}: {relative:e}");
    }
    forms.sort();
    forms.dedup();
    // all of them, and LoRA decomposed too
    assert_eq!(forms.len(), 10, "{forms:?}");
}
