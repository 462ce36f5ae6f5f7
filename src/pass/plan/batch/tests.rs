use super::*;
use crate::dtype::Dtype;
use crate::pass::plan::fixture::tensor;

#[test]
fn a_window_starts_at_its_row_and_column_in_every_format() {
    let (rows, cols) = (520, 66_000);
    let tensor = tensor(rows, cols, &[(Dtype::F16, 0, 1000), (Dtype::F32, 1, 7)]);
    let job = job(&[tensor], 0, Window { stripe: 1, band: 1 });
    assert_eq!((job.region.rows, job.region.cols, job.whole_columns), (8, 32_976, false));
    for (source, (start, element_bytes)) in job.sources.iter().zip([(1000, 2), (7, 4)]) {
        let spans: Vec<_> = source.spans(job.region).collect();
        assert_eq!(spans.len(), 8);
        assert_eq!(spans[0].start, start + (512 * cols + 33_024) * element_bytes);
        assert_eq!(spans[1].start - spans[0].start, cols * element_bytes);
        assert_eq!(spans[0].bytes, 32_976 * element_bytes);
    }
}

#[test]
fn only_windows_from_top_to_bottom_have_whole_columns() {
    for (rows, is_whole) in [(512, true), (513, false)] {
        let tensor = tensor(rows, 66_000, &[(Dtype::F16, 0, 0)]);
        let job = job(&[tensor], 0, Window { stripe: 1, band: 0 });
        assert_eq!(job.whole_columns, is_whole, "{rows} rows");
    }
}

const SIZE: u64 = 4 << 20;

/// The reads of one model for tensors of `bytes` at `places`: in a file and from a byte.
fn reads(bytes: u64, places: &[(usize, u64)]) -> Vec<(usize, u64, u64)> {
    let jobs: Vec<BlockJob> = places
        .iter()
        .map(|&(file, start)| {
            let tensor = tensor(bytes / 4096, 1024, &[(Dtype::F32, file, start)]);
            job(&[tensor], 0, Window { stripe: 0, band: 0 })
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
