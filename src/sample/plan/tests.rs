use super::*;
use crate::dtype::Dtype;
use crate::sample::Run;
use crate::tensor::{Encoding, Piece};

/// A matrix of `F16` with rows of 200 bytes, in three pieces.
fn source(transposed: bool) -> TensorSource {
    let piece = |file, start, rows| Piece { file, start, rows };
    TensorSource {
        shape: vec![30, 100],
        encoding: Encoding::Plain(Dtype::F16),
        pieces: vec![piece(0, 10_000, 10), piece(0, 20_000, 10), piece(1, 5000, 10)],
        transposed,
    }
}

fn kept_rows(runs: &[Run]) -> Vec<(RowRange, u64)> {
    Pick { all_rows: 30, all_cols: 100, runs: runs.to_vec(), cols: vec![0, 7] }.kept_rows()
}

fn run(stratum: u64, height: u64, offset: u64, rows: u64) -> Run {
    Run { stratum, height, offset, rows }
}

/// First row and number of rows of every range, and which of the kept rows comes first.
fn ranges(runs: &[Run]) -> Vec<(u64, u64, u64)> {
    let of = |(range, kept): (RowRange, u64)| (range.first_row, range.rows, kept);
    kept_rows(runs).into_iter().map(of).collect()
}

/// File, first byte and length of what is read of a matrix.
fn read_spans(transposed: bool, runs: &[Run]) -> Vec<(usize, u64, u64)> {
    let request = SampleRequest { tensor: 0, name: "w".to_owned(), source: source(transposed) };
    let ranges = kept_rows(runs).into_iter().map(|(range, _)| range).collect();
    let job = BlockJob { ranges, ..request.job(Density::DEFAULT) };
    spans(&job).map(|span| (span.file, span.start, span.bytes)).collect()
}

#[test]
fn runs_are_read_where_their_pieces_are() {
    // rows 8 to 13, over the end of a piece, and 24 and 25
    let runs = [run(0, 15, 8, 6), run(15, 15, 9, 2)];
    assert_eq!(ranges(&runs), [(8, 6, 0), (24, 2, 6)]);
    assert_eq!(read_spans(false, &runs), [(0, 11_600, 400), (0, 20_000, 800), (1, 5800, 400)]);
    // wrapping round: rows 13, 14, 0 and 1, of which the last two are read first
    let runs = [run(0, 15, 13, 4), run(15, 15, 0, 1)];
    assert_eq!(ranges(&runs), [(0, 2, 2), (13, 2, 0), (15, 1, 4)]);
    assert_eq!(read_spans(false, &runs), [(0, 10_000, 400), (0, 20_600, 400), (0, 21_000, 200)]);
    assert!(ranges(&[]).is_empty() && read_spans(false, &[]).is_empty());
}

#[test]
fn a_transposed_matrix_is_read_whole_and_once() {
    let all = [(0, 10_000, 2000), (0, 20_000, 2000), (1, 5000, 2000)];
    assert_eq!(read_spans(true, &[run(0, 15, 13, 4)]), all);
    assert_eq!(read_spans(true, &[]), []);
}

/// The reads of tensors that are taken whole: 4 × 5 of `F32`, in files and from bytes.
fn reads_of(gap_bytes: u64, places: &[(usize, u64)]) -> Vec<(usize, u64, u64)> {
    let whole = |&(file, start): &(usize, u64)| SampleRequest {
        tensor: 0,
        name: "w".to_owned(),
        source: TensorSource::plain(Dtype::F32, vec![4, 5], file, start),
    };
    let jobs: Vec<BlockJob> =
        places.iter().map(|place| whole(place).job(Density::DEFAULT)).collect();
    reads(&jobs, gap_bytes).into_iter().map(|read| (read.file, read.start, read.end)).collect()
}

#[test]
fn small_gaps_are_read_through() {
    assert_eq!(reads_of(0, &[(0, 100), (0, 180)]), [(0, 100, 260)]);
    assert_eq!(reads_of(50, &[(0, 100), (0, 230)]), [(0, 100, 310)]);
    assert_eq!(reads_of(50, &[(0, 100), (0, 231)]), [(0, 100, 180), (0, 231, 311)]);
    assert_eq!(reads_of(50, &[(0, 100), (1, 180)]), [(0, 100, 180), (1, 180, 260)]);
    // what lies before the last read, or in it, is read by itself
    assert_eq!(reads_of(50, &[(0, 100), (0, 20)]), [(0, 100, 180), (0, 20, 100)]);
    assert_eq!(reads_of(50, &[(0, 100), (0, 179)]), [(0, 100, 180), (0, 179, 259)]);
}
