use super::*;
use crate::sample::Run;

/// A matrix of `F16` with rows of 200 bytes, in three pieces.
fn wanted(transposed: bool) -> SampleRequest {
    let piece = |file, start, rows| Piece { file, start, rows };
    SampleRequest {
        tensor: 0,
        name: "w".to_owned(),
        shape: vec![30, 100],
        dtype: Dtype::F16,
        pieces: vec![piece(0, 10_000, 10), piece(0, 20_000, 10), piece(1, 5000, 10)],
        transposed,
        scale: None,
    }
}

fn pick(runs: &[Run]) -> Pick {
    Pick { all_rows: 30, all_cols: 100, runs: runs.to_vec(), cols: vec![0, 7] }
}

fn run(stratum: u64, height: u64, offset: u64, rows: u64) -> Run {
    Run { stratum, height, offset, rows }
}

/// File, first byte, length, and which of the kept rows comes first.
fn spans(wanted: &SampleRequest, runs: &[Run]) -> Vec<(usize, u64, u64, usize)> {
    let of = |picked: Picked| {
        let Picked { span, kept } = picked;
        (span.file, span.start, span.bytes, kept)
    };
    wanted.spans(&pick(runs)).into_iter().map(of).collect()
}

#[test]
fn runs_are_read_where_their_pieces_are() {
    let wanted = wanted(false);
    // rows 8 to 13, over the end of a piece, and 24 and 25
    assert_eq!(
        spans(&wanted, &[run(0, 15, 8, 6), run(15, 15, 9, 2)]),
        [(0, 11_600, 400, 0), (0, 20_000, 800, 2), (1, 5800, 400, 6)]
    );
    // wrapping round: rows 13, 14, 0 and 1, of which the last two are read first
    assert_eq!(
        spans(&wanted, &[run(0, 15, 13, 4), run(15, 15, 0, 1)]),
        [(0, 10_000, 400, 2), (0, 20_600, 400, 0), (0, 21_000, 200, 4)]
    );
    assert!(spans(&wanted, &[]).is_empty());
}

#[test]
fn a_turned_matrix_is_read_whole() {
    let runs = [run(0, 15, 13, 4)];
    let all = [(0, 10_000, 2000, 0), (0, 20_000, 2000, 10), (1, 5000, 2000, 20)];
    assert_eq!(spans(&wanted(true), &runs), all);
}

/// The reads of tensors that are taken whole: 4 × 5 of `F32`, in files and from bytes.
fn reads(gap_bytes: u64, places: &[(usize, u64)]) -> Vec<(usize, u64, u64)> {
    let whole = |&(file, start): &(usize, u64)| SampleRequest {
        shape: vec![4, 5],
        dtype: Dtype::F32,
        pieces: vec![Piece { file, start, rows: 4 }],
        ..wanted(false)
    };
    let wanted = places.iter().map(whole).collect();
    let portion = SampleBatch { model: 0, density: Density::DEFAULT, wanted, gap_bytes };
    portion.reads().into_iter().map(|read| (read.file, read.start, read.end)).collect()
}

#[test]
fn small_gaps_are_read_through() {
    assert_eq!(reads(0, &[(0, 100), (0, 180)]), [(0, 100, 260)]);
    assert_eq!(reads(50, &[(0, 100), (0, 230)]), [(0, 100, 310)]);
    assert_eq!(reads(50, &[(0, 100), (0, 231)]), [(0, 100, 180), (0, 231, 311)]);
    assert_eq!(reads(50, &[(0, 100), (1, 180)]), [(0, 100, 180), (1, 180, 260)]);
    // what lies before the last read, or in it, is read by itself
    assert_eq!(reads(50, &[(0, 100), (0, 20)]), [(0, 100, 180), (0, 20, 100)]);
    assert_eq!(reads(50, &[(0, 100), (0, 179)]), [(0, 100, 180), (0, 179, 259)]);
}
