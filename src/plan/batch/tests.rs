use super::*;
use crate::plan::PlannedTensor;
use crate::plan::fixture::tensor;

fn piece(start: u64, rows: u64) -> Piece {
    Piece { file: 0, start, rows }
}

/// Rows of 8 bytes, `row_bytes` of which are taken, in two pieces.
fn operand(row_bytes: u64) -> Operand {
    Operand {
        dtype: Dtype::F32,
        pieces: vec![piece(1000, 3), piece(5000, 4)],
        row_bytes,
        stride_bytes: 8,
        transposed: false,
        scale: None,
    }
}

#[test]
fn whole_rows_are_one_span_for_each_piece() {
    let spans = |first_row, rows| -> Vec<(u64, u64)> {
        operand(8).spans(first_row, rows).map(|span| (span.start, span.bytes)).collect()
    };
    assert_eq!(spans(0, 7), [(1000, 24), (5000, 32)]);
    assert_eq!(spans(0, 2), [(1000, 16)]);
    assert_eq!(spans(2, 3), [(1016, 8), (5000, 16)]);
    assert_eq!(spans(3, 4), [(5000, 32)]);
    assert_eq!(spans(4, 2), [(5008, 16)]);
    assert_eq!(spans(4, 0), []);
}

#[test]
fn parts_of_rows_are_a_span_for_each_row() {
    let spans: Vec<(u64, u64)> =
        operand(4).spans(1, 4).map(|span| (span.start, span.bytes)).collect();
    assert_eq!(spans, [(1008, 4), (1016, 4), (5000, 4), (5008, 4)]);
}

#[test]
fn pieces_are_clipped_to_a_window() {
    let pieces = [piece(1000, 3), piece(5000, 4), piece(9000, 2)];
    let clipped = |first_row, rows| clip(&pieces, first_row, rows, 8, 2);
    assert_eq!(clipped(0, 9), [piece(1002, 3), piece(5002, 4), piece(9002, 2)]);
    assert_eq!(clipped(2, 2), [piece(1018, 1), piece(5002, 1)]);
    assert_eq!(clipped(3, 4), [piece(5002, 4)]);
    assert_eq!(clipped(5, 3), [piece(5018, 2), piece(9002, 1)]);
}

#[test]
fn a_window_has_the_scales_of_its_rows() {
    let scale = |per_row| Scale { dtype: Dtype::F32, file: 3, start: 1000, per_row };
    let read = |start, end| Read { file: 3, start, end };
    assert_eq!(scale_read(scale(true), 512, 8).read, read(3048, 3080));
    assert_eq!(scale_read(scale(false), 512, 8).read, read(1000, 1004));
}

/// The only comparison of `tensor`, uncut.
fn plan(tensor: PlannedTensor) -> Plan {
    let models = tensor.places.len();
    Plan {
        models,
        files: Vec::new(),
        tensors: vec![tensor],
        left_out: Vec::new(),
        order: Vec::new(),
        cuts: Vec::new(),
    }
}

#[test]
fn a_window_starts_at_its_row_and_column_in_every_format() {
    let (rows, cols) = (520, 66_000);
    let plan = plan(tensor(rows, cols, &[(Dtype::F16, 0, 1000), (Dtype::F32, 1, 7)]));
    let job = job(&plan, 0, Window { stripe: 1, band: 1 });
    assert_eq!((job.rows, job.cols, job.whole_columns), (8, 32_976, false));
    for (operand, (start, element_bytes)) in job.operands.iter().zip([(1000, 2), (7, 4)]) {
        let start = start + (512 * cols + 33_024) * element_bytes;
        assert_eq!((operand.pieces[0].start, operand.pieces[0].rows), (start, 8));
        assert_eq!(operand.row_bytes, 32_976 * element_bytes);
        assert_eq!(operand.stride_bytes, cols * element_bytes);
    }
}

#[test]
fn only_windows_from_top_to_bottom_have_whole_columns() {
    for (rows, is_whole) in [(512, true), (513, false)] {
        let plan = plan(tensor(rows, 66_000, &[(Dtype::F16, 0, 0)]));
        let job = job(&plan, 0, Window { stripe: 1, band: 0 });
        assert_eq!(job.whole_columns, is_whole, "{rows} rows");
    }
}

const SIZE: u64 = 4 << 20;

/// The reads of one model for tensors of `bytes` at `places`: in a file and from a byte.
fn reads(bytes: u64, places: &[(usize, u64)]) -> Vec<(usize, u64, u64)> {
    let jobs: Vec<Job> = places
        .iter()
        .map(|&(file, start)| {
            let plan = plan(tensor(bytes / 4096, 1024, &[(Dtype::F32, file, start)]));
            job(&plan, 0, Window { stripe: 0, band: 0 })
        })
        .collect();
    coalesce(&jobs, 0).into_iter().map(|read| (read.file, read.start, read.end)).collect()
}

#[test]
fn neighbours_are_read_at_once_and_others_are_not() {
    let reads = |places: [(usize, u64); 2]| reads(SIZE, &places);
    assert_eq!(reads([(0, 100), (0, 100 + SIZE)]), [(0, 100, 100 + 2 * SIZE)]);
    assert_eq!(reads([(0, 0), (1, SIZE)]), [(0, 0, SIZE), (1, SIZE, 2 * SIZE)]);
    assert_eq!(reads([(0, SIZE), (0, 0)]), [(0, SIZE, 2 * SIZE), (0, 0, SIZE)]);
}

#[test]
fn gaps_are_read_through_while_they_are_small_and_few() {
    let second = SIZE + GAP_BYTES;
    assert_eq!(reads(SIZE, &[(0, 0), (0, second)]), [(0, 0, second + SIZE)]);
    let second = second + 1;
    assert_eq!(reads(SIZE, &[(0, 0), (0, second)]), [(0, 0, SIZE), (0, second, second + SIZE)]);

    // 8 MiB in all allow for two gaps, so the third ends a read
    let half = SIZE / 2;
    let start = |index| (0, index * (half + GAP_BYTES));
    let (_, last) = start(3);
    let found = reads(half, &[start(0), start(1), start(2), start(3)]);
    assert_eq!(found, [(0, 0, last - GAP_BYTES), (0, last, last + half)]);
}
