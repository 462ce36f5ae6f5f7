//! Adapters against checkpoints: strengths, shares and previews, against the definitions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use half::f16;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use weightkin::dtype::Dtype;
use weightkin::matching::Options;
use weightkin::native::{self, NativeError};
use weightkin::report::{Pair, Report};

use super::support::{Entry, committed, entry, noise, write};

const ATTENTION: &str = "input_blocks.4.1.transformer_blocks.0.attn1.to_q";
const FEED: &str = "middle_block.1.transformer_blocks.0.ff.net.2";
const CONVOLUTION: &str = "input_blocks.4.0.in_layers.2";
const OUT: &str = "output_blocks.3.1.proj_in";
const NORM: &str = "out.0";
const RANK: usize = 4;

/// Layers of a small model: names and dimensions.
fn layers() -> Vec<(&'static str, Vec<usize>)> {
    vec![
        (ATTENTION, vec![96, 64]),
        (FEED, vec![64, 160]),
        (CONVOLUTION, vec![40, 24, 3, 3]),
        (OUT, vec![64, 64]),
        (NORM, vec![64]),
    ]
}

/// A checkpoint: `common` numbers that all have, and `share` of its own.
fn checkpoint(own: u64, share: f32) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, (layer, shape)) in layers().into_iter().enumerate() {
        let count = shape.iter().product();
        let (common, mine) = (noise(count, 900 + index as u64), noise(count, own + index as u64));
        let values = common.iter().zip(&mine).map(|(common, own)| common + share * own);
        entries.push(entry(&name(layer), &shape, values.collect()));
    }
    entries
}

fn name(layer: &str) -> String {
    format!("model.diffusion_model.{layer}.weight")
}

/// An adapter of the first three layers whose changes are about `size` times the weights.
fn adapter(seed: u64, size: f32) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, (layer, shape)) in layers().into_iter().take(3).enumerate() {
        let cols = shape[1..].iter().product::<usize>();
        let flat = format!("lora_unet_{}", layer.replace('.', "_"));
        let up = noise(shape[0] * RANK, seed + index as u64);
        let down = noise(RANK * cols, seed + 50 + index as u64);
        let up = up.iter().map(|value| value * size).collect();
        let mut up_shape = vec![shape[0], RANK];
        let mut down_shape = shape.clone();
        down_shape[0] = RANK;
        up_shape.extend(shape.iter().skip(2).map(|_| 1));
        entries.push(entry(&format!("{flat}.lora_up.weight"), &up_shape, up));
        entries.push(entry(&format!("{flat}.lora_down.weight"), &down_shape, down));
        entries.push(entry(&format!("{flat}.alpha"), &[], vec![2.0]));
    }
    entries
}

/// The changes of an adapter of [`adapter`], by the tensor that they change.
fn changes(adapter: &[Entry]) -> BTreeMap<String, Vec<f64>> {
    let mut changes = BTreeMap::new();
    for (layer, shape) in layers().into_iter().take(3) {
        let flat = format!("lora_unet_{}", layer.replace('.', "_"));
        let values = |end: &str| {
            &adapter.iter().find(|(name, ..)| *name == format!("{flat}{end}")).unwrap().2
        };
        let (up, down) = (values(".lora_up.weight"), values(".lora_down.weight"));
        let cols = down.len() / RANK;
        let scale = f64::from(values(".alpha")[0]) / RANK as f64;
        let mut change = vec![0.0; shape[0] * cols];
        for row in 0..shape[0] {
            for col in 0..cols {
                change[row * cols + col] = scale
                    * (0..RANK)
                        .map(|k| f64::from(up[row * RANK + k]) * f64::from(down[k * cols + col]))
                        .sum::<f64>();
            }
        }
        changes.insert(name(layer), change);
    }
    changes
}

/// `checkpoint` with the changes of adapters added at strengths.
fn applied(checkpoint: &[Entry], adapters: &[(&[Entry], f64)]) -> Vec<Entry> {
    let mut applied = checkpoint.to_vec();
    for (name, _, values) in &mut applied {
        let mut wide: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
        for (adapter, strength) in adapters {
            if let Some(change) = changes(adapter).get(name) {
                for (value, change) in wide.iter_mut().zip(change) {
                    *value += strength * change;
                }
            }
        }
        *values = wide.into_iter().map(|value| value as f32).collect();
    }
    applied
}

/// What is left of `entries` once they are stored in F16.
fn rounded(entries: &[Entry]) -> Vec<Entry> {
    let stored = |values: &[f32]| values.iter().map(|v| f16::from_f32(*v).to_f32()).collect();
    let each = |(name, shape, values): &Entry| (name.clone(), shape.clone(), stored(values));
    entries.iter().map(each).collect()
}

/// The strength of `adapter` that explains best how `model` differs from `base`, and the share that
/// it explains, by their definitions.
fn explained(model: &[Entry], base: &[Entry], adapter: &[Entry]) -> (f64, f64) {
    let changes = changes(adapter);
    let mut rows: Vec<(f64, f64)> = Vec::new();
    for ((name, _, model), (_, _, base)) in model.iter().zip(base) {
        let none = vec![0.0; model.len()];
        let change = changes.get(name).unwrap_or(&none);
        let apart = model.iter().zip(base).map(|(a, b)| f64::from(*a) - f64::from(*b));
        rows.extend(apart.zip(change.iter().copied()));
    }
    let sum = |of: &dyn Fn(f64, f64) -> f64| rows.iter().map(|(w, d)| of(*w, *d)).sum::<f64>();
    let strength = sum(&|w, d| w * d) / sum(&|_, d| d * d);
    (strength, 1.0 - sum(&|w, d| (w - strength * d).powi(2)) / sum(&|w, _| w * w))
}

fn in_f16(path: &Path, entries: &[Entry]) -> PathBuf {
    let bytes: Vec<Vec<u8>> = entries
        .iter()
        .map(|(.., values)| values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect())
        .collect();
    let views = entries.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (name.clone(), TensorView::new(Dtype::F16, shape.clone(), bytes).unwrap())
    });
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
    path.to_owned()
}

fn compared(paths: &[PathBuf]) -> Result<Report, NativeError> {
    let opened: Vec<_> = paths.iter().map(|path| native::open(path).unwrap()).collect();
    native::compare(&opened, &Options::default(), false, |_| {}, |_| {})
}

/// All figures of a pair, and that they are nearly those of another one.
fn assert_near(found: &Pair, want: &Pair, tolerance: f64, what: &str) {
    for (found, want) in [
        (found.figures.column_cosine, want.figures.column_cosine),
        (found.figures.flat_cosine, want.figures.flat_cosine),
        (found.figures.relative_distance, want.figures.relative_distance),
    ] {
        let (found, want) = (found.unwrap(), want.unwrap());
        assert!((found - want).abs() <= tolerance, "{what}: {found} instead of {want}");
    }
}

#[test]
fn the_strength_of_a_merged_adapter_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (style, other) = (adapter(1, 0.05), adapter(2, 0.05));
    let base = checkpoint(10, 0.3);
    let base_path = in_f16(&path("base.safetensors"), &base);
    let base = rounded(&base);
    let merged = applied(&base, &[(&style, 0.8)]);
    let merged_path = in_f16(&path("merged.safetensors"), &merged);
    let unrelated = write(folder.path(), "unrelated.safetensors", &checkpoint(70, 0.3));
    let style_path = write(folder.path(), "style.safetensors", &style);
    let other_path = write(folder.path(), "other.safetensors", &other);

    // the adapter may stand anywhere
    let report =
        compared(&[style_path.clone(), merged_path, base_path.clone(), unrelated]).unwrap();
    assert_eq!((report.models.len(), report.target()), (3, Some(0)));
    assert_eq!((report.adapters[0].placed, report.adapters[0].ignored.len()), (3, 0));
    let [to_base, to_unrelated] = &report.adaptations[..] else { panic!() };
    let found = to_base.alone[0].unwrap();
    assert!((found.strength - 0.8).abs() < 1e-3, "{found:?}");
    let want = explained(&rounded(&merged), &base, &style);
    assert!((found.strength - want.0).abs() < 1e-6, "{found:?} {want:?}");
    assert!((found.r2 - want.1).abs() < 1e-6, "{found:?} {want:?}");
    assert!(to_base.elsewhere.unwrap() < 1e-6);
    assert!(to_unrelated.alone[0].unwrap().r2 < 0.1);
    // in each block that it changes, and in no other
    for scope in &report.scopes {
        let alone = scope.adaptations.first().and_then(|adaptation| adaptation.alone[0]);
        match scope.name.as_str() {
            "IN04" | "MID" => assert!((alone.unwrap().strength - 0.8).abs() < 1e-3),
            "OUT03" => assert_eq!(alone, None),
            _ => {}
        }
    }

    let both = applied(&base, &[(&style, 0.7), (&other, -0.3)]);
    let both = in_f16(&path("both.safetensors"), &both);
    let report = compared(&[both, base_path, style_path, other_path]).unwrap();
    let mixture = report.adaptations[0].together.as_ref().unwrap();
    for (found, want) in mixture.strengths.iter().zip([0.7, -0.3]) {
        assert!((found - want).abs() < 2e-3, "{mixture:?}");
    }
    assert!(mixture.r2 > 0.999 && mixture.non_negative_r2 < mixture.r2, "{mixture:?}");
    assert!((mixture.non_negative[1]).abs() < 1e-12 && mixture.non_negative[0] > 0.6);
    // the report can be read again
    let json = report.to_json();
    assert_eq!(Report::from_json(&json).unwrap().to_json(), json);
}

#[test]
fn a_preview_is_what_comparing_the_merged_file_gives() {
    // changes from small ones to those that are larger than the weights
    for size in [0.02, 0.3, 2.0] {
        let folder = tempfile::tempdir().unwrap();
        let (style, mine) = (adapter(1, size), checkpoint(10, 0.3));
        let write = |name: &str, entries: &[Entry]| write(folder.path(), name, entries);
        let others = [("a.safetensors", 20), ("b.safetensors", 30)]
            .map(|(name, own)| write(name, &checkpoint(own, 0.3)));
        let [a, b] = others;
        let style_path = write("style.safetensors", &style);
        let report =
            compared(&[write("mine.safetensors", &mine), a.clone(), b.clone(), style_path]);
        let report = Report::from_json(&report.unwrap().to_json()).unwrap();
        assert_eq!(report.rough_columns(), 0);
        for step in 0..21 {
            let strength = -2.0 + 0.2 * f64::from(step);
            let merged = write("merged.safetensors", &applied(&mine, &[(&style, strength)]));
            let want = compared(&[merged, a.clone(), b.clone()]).unwrap();
            let found = report.at_strength(0, strength).unwrap();
            let what = |scope: &str| format!("{size} at {strength}, {scope}");
            for (found, want) in found.pairs.iter().zip(&want.pairs) {
                assert_near(found, want, 1e-6, &what("all"));
            }
            assert_eq!(found.scopes.len(), want.scopes.len());
            for (found, want) in found.scopes.iter().zip(&want.scopes) {
                for (found_pair, want) in found.pairs.iter().zip(&want.pairs) {
                    assert_near(found_pair, want, 1e-6, &what(&found.name));
                }
            }
        }
        assert_eq!(report.at_strength(0, 0.0).unwrap().pairs, report.pairs);
        assert_eq!(report.at_strength(0, 2.1), None);
        assert_eq!(report.at_strength(1, 1.0), None);
    }
}

/// A column that adapters make out of nothing, and more steep columns than are kept.
#[test]
fn previews_hold_where_columns_turn_fast() {
    let folder = tempfile::tempdir().unwrap();
    let layer = "middle_block.1.proj_in";
    let (rows, cols) = (24, 700);
    let mut mine = noise(rows * cols, 1);
    for row in mine.chunks_exact_mut(cols) {
        row[3] = 0.0;
    }
    let write = |name: &str, entries: &[Entry]| write(folder.path(), name, entries);
    let weights = |values: Vec<f32>| vec![entry(&name(layer), &[rows, cols], values)];
    let diff: Vec<f32> = noise(rows * cols, 2).iter().map(|value| value * 0.5).collect();
    let other = write("other.safetensors", &weights(noise(rows * cols, 3)));
    let adapter = entry("lora_unet_middle_block_1_proj_in.diff", &[rows, cols], diff.clone());
    let adapter = write("diff.safetensors", &[adapter]);
    let mine_path = write("mine.safetensors", &weights(mine.clone()));
    let report = compared(&[mine_path, other.clone(), adapter]).unwrap();
    assert!(report.rough_columns() > 100);
    for strength in [-2.0, -0.7, 0.3, 1.0, 1.9] {
        let merged = mine.iter().zip(&diff).map(|(w, d)| w + strength * d).collect();
        let merged = write("merged.safetensors", &weights(merged));
        let want = compared(&[merged, other.clone()]).unwrap();
        let found = report.at_strength(0, f64::from(strength)).unwrap();
        assert_near(&found.pairs[0], &want.pairs[0], 1e-5, "rough");
        assert_eq!(found.pairs[0].figures.zero_columns, want.pairs[0].figures.zero_columns);
    }
}

/// Sums of every form's change, against changes that were worked out elsewhere.
#[test]
fn every_form_takes_part() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(committed("model.safetensors")).unwrap();
    let model = SafeTensors::deserialize(&bytes).unwrap();
    let values = |bytes: &[u8]| -> Vec<f32> {
        bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    let other: Vec<Entry> = model
        .tensors()
        .into_iter()
        .enumerate()
        .map(|(index, (name, view))| {
            let own = values(view.data());
            let mine = noise(own.len(), 5 + index as u64);
            let mixed = own.iter().zip(mine).map(|(own, mine)| own + mine).collect();
            entry(&name, view.shape(), mixed)
        })
        .collect();
    let paths = [
        committed("model.safetensors"),
        write(folder.path(), "other.safetensors", &other),
        committed("adapter.safetensors"),
    ];
    let report = compared(&paths).unwrap();
    let adapter = &report.adapters[0];
    let [replaced] = &adapter.ignored[..] else { panic!("{adapter:?}") };
    assert!(replaced.reason.starts_with("it replaces"), "{replaced:?}");
    assert_eq!(adapter.placed + 1, adapter.modules);
    assert!(adapter.of_target > 5);
    let bytes = std::fs::read(committed("changes.safetensors")).unwrap();
    let changes = SafeTensors::deserialize(&bytes).unwrap();
    let mut seen = 0;
    for tensor in &report.tensors {
        let Some(change) = &tensor.change else { continue };
        seen += 1;
        let delta = changes.tensor(&tensor.name).unwrap();
        let delta = delta.data().as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
        let delta: Vec<f64> = delta.collect();
        let square: f64 = delta.iter().map(|value| value * value).sum();
        let near = |found: f64, want: f64, size: f64| {
            assert!((found - want).abs() <= 2e-6 * size, "{}: {found} {want}", tensor.name);
        };
        near(change.gram[0], square, square);
        let other = &other.iter().find(|(name, ..)| *name == tensor.name).unwrap().2;
        let own = values(model.tensor(&tensor.name).unwrap().data());
        for (model, weights) in [own, other.clone()].iter().enumerate() {
            let pairs = weights.iter().zip(&delta);
            let product: f64 = pairs.map(|(weight, delta)| f64::from(*weight) * delta).sum();
            let size: f64 = weights.iter().map(|weight| f64::from(*weight).powi(2)).sum();
            near(change.with_models[model], product, (size * square).sqrt());
        }
    }
    assert_eq!(seen, report.tensors.len() - 1);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let base = write(folder.path(), "base.safetensors", &checkpoint(10, 0.3));
    let other = write(folder.path(), "other.safetensors", &checkpoint(20, 0.3));
    let mut broken = adapter(1, 0.1);
    broken[0].2[3] = f32::NAN;
    let broken = write(folder.path(), "broken.safetensors", &broken);
    let good = write(folder.path(), "good.safetensors", &adapter(1, 0.1));
    let error = compared(&[base.clone(), other.clone(), broken]).unwrap_err().to_string();
    assert!(error.contains("numbers that are not finite"), "{error}");
    let error = compared(&[base.clone(), good.clone()]).unwrap_err().to_string();
    assert_eq!(error, "1 model given, at least two are needed");
    let opened: Vec<_> =
        [base, other, good].iter().map(|path| native::open(path).unwrap()).collect();
    let error = native::compare(&opened, &Options::default(), true, |_| {}, |_| {}).unwrap_err();
    assert!(error.to_string().starts_with("good is an adapter"), "{error}");
}
