//! The same weights in two layouts meet, row by row.

use weightkin::canonical::{CanonicalModel, CanonicalTensor};
use weightkin::input::FullModel;

use crate::{Listed, all, lists, model};

/// Position of a row: the tensor of a single file, and its row there.
type Row<'a> = (&'a str, u64);

/// For each row of `tensor` where it comes from: the stored name and the row there. Runs only.
fn stored_rows<'a>(model: &FullModel, tensor: &'a CanonicalTensor) -> Vec<(&'a str, u64, u64)> {
    let of_piece = |piece: &weightkin::tensor::Piece| {
        let stored = tensor.stored_names.iter().find(|name| {
            let stored = &model.model.tensors[*name];
            stored.file == piece.file
                && (stored.start..stored.end.max(stored.start + 1)).contains(&piece.start)
        });
        let name = stored.expect("a piece is one of the tensor's");
        let row = (piece.start - model.model.tensors[name].start) / tensor.source.row_bytes();
        (name.as_str(), row, piece.rows)
    };
    tensor.source.pieces.iter().map(of_piece).collect()
}

/// The rows of single files that a run of rows of diffusers' `listed` is made of.
fn single_rows(listed: &Listed, row: u64, rows: u64) -> Vec<(&str, u64, u64)> {
    let mut top = 0;
    let mut found = Vec::new();
    for (name, range) in &listed.parts {
        let (first, end) = range.unwrap_or((0, listed.shape.first().copied().unwrap_or(1)));
        let (from, to) = (row.max(top), (row + rows).min(top + end - first));
        if from < to {
            found.push((name.as_str(), first + from - top, to - from));
        }
        top += end - first;
    }
    found
}

fn merged(runs: Vec<(&str, u64, u64)>) -> Vec<(String, u64, u64)> {
    let mut merged: Vec<(String, u64, u64)> = Vec::new();
    for (name, row, rows) in runs {
        match merged.last_mut() {
            Some((last, first, count)) if last == name && *first + *count == row => *count += rows,
            _ => merged.push((name.to_owned(), row, rows)),
        }
    }
    merged
}

fn names(canonical: &CanonicalModel) -> Vec<&String> {
    canonical.tensors.keys().collect()
}

#[test]
fn single_files_and_diffusers_meet_row_by_row() {
    for name in all() {
        let lists = lists(&name);
        if lists.diffusers.is_empty() {
            continue;
        }
        let used = |listed: &&Listed| {
            lists.diffusers.iter().any(|d| d.parts.iter().any(|(part, _)| *part == listed.name))
        };
        let single: Vec<Listed> = lists.single.iter().filter(used).cloned().collect();
        let (single, diffusers) = (model(&single), model(&lists.diffusers));
        let (of_diffusers, of_single) = (names(&diffusers.canonical), names(&single.canonical));
        let lone = |a: &[&String], b: &[&String]| {
            a.iter()
                .filter(|name| !b.contains(name))
                .map(|name| (*name).clone())
                .collect::<Vec<_>>()
        };
        let unmet = (lone(&of_diffusers, &of_single), lone(&of_single, &of_diffusers));
        assert_eq!(unmet, (Vec::new(), Vec::new()), "{name}");
        for (canonical, tensor) in &diffusers.canonical.tensors {
            let of_single = &single.canonical.tensors[canonical];
            assert_eq!(tensor.source.shape, of_single.source.shape, "{name}: {canonical}");
            assert_eq!(tensor.role, of_single.role, "{name}: {canonical}");
            if tensor.source.transposed {
                continue;
            }
            let flat = of_single.stored_names.len() == 1
                && tensor.stored_names.len() == 1
                && tensor.source.pieces.len() == 1;
            let found: Vec<(&str, u64, u64)> = stored_rows(&diffusers, tensor)
                .into_iter()
                .flat_map(|(stored, row, rows)| {
                    let is_it = |listed: &&Listed| listed.name == stored;
                    let listed = lists.diffusers.iter().find(is_it).unwrap();
                    if flat {
                        // whole tensors, of whatever shape
                        return listed
                            .parts
                            .iter()
                            .map(|(part, _)| (part.as_str(), 0, 1))
                            .collect();
                    }
                    single_rows(listed, row, rows)
                })
                .collect();
            let expected: Vec<Row<'_>> = vec![(of_single.stored_names[0].as_str(), 0)];
            let rows = if flat { 1 } else { of_single.source.rows() };
            assert_eq!(
                merged(found),
                [(expected[0].0.to_owned(), expected[0].1, rows)],
                "{name}: {canonical}"
            );
        }
    }
}
