//! Tensors that are cut into windows have the figures of whole ones.

use std::ops::Range;

use weightkin::decode::widen;
use weightkin::dtype::Dtype;
use weightkin::gram::{Accumulator, ColumnSums, GramRecord, Tile};
use weightkin::model::{FileFacts, Model};

use crate::support::comparison::{plan, report, run};
use crate::support::double::{Content, Double};
use crate::support::file::read_file;
use crate::support::model::{Spec, model, stored};

/// Two models with one tensor.
fn two(dtype: Dtype, shape: &[u64]) -> [Model; 2] {
    let specs = [Spec::new("w", dtype, shape)];
    [model("a", &specs), model("b", &specs)]
}

/// The record in `f64`, with the bytes read anew.
fn oracle(models: &[Model; 2], double: &Double, rows: u64, cols: u64) -> GramRecord {
    let mut sums = ColumnSums::zero(2, cols as usize);
    let step = (1_000_000 / cols).max(1);
    for top in (0..rows).step_by(step as usize) {
        let some_rows = step.min(rows - top);
        let [a, b] = [0, 1].map(|file| {
            let tensor = &models[file].tensors.get("w").unwrap();
            let row_bytes = tensor.bytes() / rows;
            let mut stored = vec![0; (some_rows * row_bytes) as usize];
            double.file(file).copy(tensor.start + top * row_bytes, &mut stored);
            let mut values = vec![0_f32; (some_rows * cols) as usize];
            widen(tensor.dtype, &stored, &mut values);
            values
        });
        for (position, (x, y)) in [(&a, &a), (&a, &b), (&b, &b)].into_iter().enumerate() {
            let sums = sums.of_pair_mut(position);
            for (x, y) in x.chunks(cols as usize).zip(y.chunks(cols as usize)) {
                for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
                    *sum += f64::from(*x) * f64::from(*y);
                }
            }
        }
    }
    GramRecord::of(&sums)
}

#[test]
fn windows_add_up_to_whole_tensors() {
    for (dtype, rows, cols, windows) in [
        (Dtype::F16, 100, 70_000, 2),       // wide
        (Dtype::F8_E4M3, 7, 200_000, 4),    // wide, less than a block high
        (Dtype::I8, 1, 300_000, 5),         // one row, which only whole numbers keep
        (Dtype::F8_E5M2, 34_000_000, 1, 2), // tall
        (Dtype::F8_E4M3, 5_000_000, 7, 2),  // tall, a few columns
        (Dtype::F8_E4M3, 520, 66_000, 4),   // both
    ] {
        let models = two(dtype, &[rows, cols]);
        let plan = plan(&models);
        assert_eq!(plan.tensors[0].grid().windows().count(), windows, "{rows} × {cols}");
        let double = Double::made(&models);
        let tally = run(&plan, &double);
        let got = tally.records().next().unwrap().unwrap();
        let want = oracle(&models, &double, rows, cols);

        assert_eq!(got.columns, cols);
        assert_eq!(got.left_out_columns, want.left_out_columns);
        assert_eq!(got.finite_columns, want.finite_columns);
        let error = (got.cosine_sums[0] - want.cosine_sums[0]).abs() / cols as f64;
        assert!(error < 1e-6, "{rows} × {cols}: {error:e}");
        for (got, want) in got.gram.iter().zip(&want.gram) {
            let size = (want.abs()).max(got.abs());
            assert!((got - want).abs() <= size * 1e-4, "{rows} × {cols}: {got} is not {want}");
        }
    }
}

/// A model in one file with these tensors, and its bytes.
fn held(name: &str, tensors: &[(&str, Dtype, &[u64], &[f32])]) -> (Model, Content) {
    let bytes = stored(tensors);
    let header = read_file(&bytes, bytes.len() as u64).unwrap();
    let file = FileFacts { name: format!("{name}.safetensors"), bytes: bytes.len() as u64 };
    let model = Model::assemble(name.to_owned(), vec![(file, header)], &[]).unwrap();
    (model, Content::Held(bytes.into()))
}

/// A text encoder as diffusers stores it, with its projection turned, and one as in a single file.
fn turned(rows: u64, cols: u64) -> ([Model; 2], Double) {
    let values: Vec<f32> = (0..rows * cols).map(|i| ((i * 7919) % 1009) as f32 - 500.0).collect();
    let at = |row: u64, col: u64| values[(row * cols + col) as usize];
    let other: Vec<f32> =
        (0..cols).flat_map(|col| (0..rows).map(move |row| at(row, col))).collect();
    let norm = [1.0; 4];
    let (a, content_a) = held(
        "a",
        &[
            ("text_model.encoder.layers.24.layer_norm1.weight", Dtype::F32, &[4], &norm),
            ("text_projection.weight", Dtype::F32, &[rows, cols], &values),
        ],
    );
    let prefix = "conditioner.embedders.1.model.";
    let (b, content_b) = held(
        "b",
        &[
            (&format!("{prefix}transformer.resblocks.24.ln_1.weight"), Dtype::F32, &[4], &norm),
            (&format!("{prefix}text_projection"), Dtype::F32, &[cols, rows], &other),
        ],
    );
    ([a, b], Double::new(vec![content_a, content_b]))
}

#[test]
fn turned_matrices_meet_upright_ones() {
    for (rows, cols) in [(1, 1), (5, 3), (100, 64), (65, 2000), (1280, 1280), (65_536, 3)] {
        let (models, double) = turned(rows, cols);
        let plan = plan(&models);
        assert_eq!(plan.tensors.len(), 2, "{rows} × {cols}: {:?}", plan.left_out);
        let tally = run(&plan, &double);
        let report = report(&models, &plan, &tally);
        assert_eq!(report.pairs[0].identical_tensors, 2, "{rows} × {cols}");
        assert_eq!(report.tensors[0].shape, [cols, rows]);
    }
}

/// Transposed, it would be wider than a window.
#[test]
fn a_matrix_too_wide_to_be_turned_is_left_out() {
    let (models, double) = turned(65_537, 3);
    let plan = plan(&models);
    assert_eq!((plan.tensors.len(), plan.left_out.len()), (1, 2));
    run(&plan, &double);
}

/// Sums of windows cut by hand and added up by hand: bands downwards, stripes to the right.
fn by_hand(
    models: &[Model; 2],
    double: &Double,
    cols: usize,
    bands: &[Range<usize>],
    stripes: &[Range<usize>],
) -> GramRecord {
    let rows = bands.last().unwrap().end;
    let stored = [0, 1].map(|file| {
        let mut bytes = vec![0; rows * cols];
        double.file(file).copy(models[file].tensors.get("w").unwrap().start, &mut bytes);
        bytes
    });
    let mut accumulator = Accumulator::new(2);
    let mut window = |band: &Range<usize>, stripe: &Range<usize>| {
        let cut = stored.each_ref().map(|bytes| -> Vec<u8> {
            let band = &bytes[band.start * cols..band.end * cols];
            band.chunks(cols).flat_map(|row| &row[stripe.clone()]).copied().collect()
        });
        let tile = |bytes| Tile { bytes, dtype: Dtype::F8_E4M3, scales: &[] };
        let mut sums = ColumnSums::zero(2, stripe.len());
        accumulator.add(&[tile(&cut[0]), tile(&cut[1])], band.len(), &mut sums);
        sums
    };
    let mut record = GramRecord::zero(2);
    for stripe in stripes {
        let mut sums = window(&bands[0], stripe);
        for band in &bands[1..] {
            sums.add_below(&window(band, stripe));
        }
        record.add(&GramRecord::of(&sums));
    }
    record
}

/// The ranges from each edge to the next.
fn between(edges: &[usize]) -> Vec<Range<usize>> {
    edges.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

/// The cut and the order of adding up are part of the figures.
#[test]
fn bands_add_up_downwards_and_stripes_to_the_right() {
    let cases: [(u64, u64, &[usize], &[usize]); 3] = [
        (33, 140_000, &[0, 33], &[0, 46_720, 93_440, 140_000]),
        (520, 66_000, &[0, 512, 520], &[0, 33_024, 66_000]),
        (1040, 65_536, &[0, 512, 1024, 1040], &[0, 65_536]),
    ];
    for (rows, cols, bands, stripes) in cases {
        let models = two(Dtype::F8_E4M3, &[rows, cols]);
        let double = Double::made(&models);
        let tally = run(&plan(&models), &double);
        let want = by_hand(&models, &double, cols as usize, &between(bands), &between(stripes));
        let got = tally.records().next().unwrap().unwrap();
        // what is counted by elements is cut otherwise
        assert_eq!(GramRecord { elements: None, ..got.clone() }, want, "{rows} × {cols}");
    }
}
