//! Changes to a whole tensor, the stuff of edge cases.

/// A change to a tensor's values or shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Patch {
    /// Sets one element, by its index in memory order.
    Element { index: usize, value: f32 },
    /// Sets a column of the matrix `[rows, all other dimensions]`.
    Column { column: usize, value: f32 },
    /// Sets everything.
    All { value: f32 },
    /// Multiplies a column.
    ScaleColumn { column: usize, factor: f64 },
    /// Multiplies everything.
    Scale { factor: f32 },
    /// `[n, m]` → `[m, n]`.
    Transpose,
    /// Gives each row this many columns more, zero.
    PadColumns { count: usize },
    /// Repeats the first row at the end.
    RepeatFirstRow,
    /// Keeps only the first column.
    FirstColumn,
    /// Keeps only the first element.
    FirstElement,
    /// Keeps the first, second or third third of the elements.
    Third { place: usize },
}

impl Patch {
    /// Applies the change to a tensor of `columns` columns; returns the values and their number
    /// of columns.
    pub fn apply(&self, mut values: Vec<f32>, columns: usize) -> (Vec<f32>, usize) {
        match *self {
            Self::Element { index, value } => values[index] = value,
            Self::Column { column, value } => {
                values.chunks_exact_mut(columns).for_each(|row| row[column] = value);
            }
            Self::All { value } => values.fill(value),
            Self::ScaleColumn { column, factor } => {
                for row in values.chunks_exact_mut(columns) {
                    row[column] = (f64::from(row[column]) * factor) as f32;
                }
            }
            Self::Scale { factor } => values.iter_mut().for_each(|value| *value *= factor),
            Self::Transpose => {
                let rows = values.len() / columns;
                let transposed = (0..columns)
                    .flat_map(|column| values.iter().skip(column).step_by(columns))
                    .copied();
                return (transposed.collect(), rows);
            }
            Self::PadColumns { count } => {
                let padding = vec![0.0; count];
                let rows = values.chunks_exact(columns);
                return (rows.flat_map(|row| [row, &padding].concat()).collect(), columns + count);
            }
            Self::RepeatFirstRow => values.extend_from_within(..columns),
            Self::FirstColumn => {
                return (values.into_iter().step_by(columns).collect(), 1);
            }
            Self::FirstElement => return (vec![values[0]], 1),
            Self::Third { place } => {
                let third = values.len() / 3;
                return (values[place * third..(place + 1) * third].to_vec(), columns);
            }
        }
        (values, columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_do_what_they_say() {
        let apply = |patch: Patch| patch.apply(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3);
        let cases = [
            (Patch::Element { index: 4, value: 9.0 }, vec![1.0, 2.0, 3.0, 4.0, 9.0, 6.0], 3),
            (Patch::Column { column: 1, value: 0.0 }, vec![1.0, 0.0, 3.0, 4.0, 0.0, 6.0], 3),
            (Patch::All { value: 7.0 }, vec![7.0; 6], 3),
            (Patch::ScaleColumn { column: 0, factor: 2.0 }, vec![2.0, 2.0, 3.0, 8.0, 5.0, 6.0], 3),
            (Patch::Scale { factor: 0.5 }, vec![0.5, 1.0, 1.5, 2.0, 2.5, 3.0], 3),
            (Patch::Transpose, vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0], 2),
            (Patch::PadColumns { count: 1 }, vec![1.0, 2.0, 3.0, 0.0, 4.0, 5.0, 6.0, 0.0], 4),
            (Patch::RepeatFirstRow, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1.0, 2.0, 3.0], 3),
            (Patch::FirstColumn, vec![1.0, 4.0], 1),
            (Patch::FirstElement, vec![1.0], 1),
            (Patch::Third { place: 1 }, vec![3.0, 4.0], 3),
        ];
        for (patch, values, columns) in cases {
            assert_eq!(apply(patch.clone()), (values, columns), "{patch:?}");
        }
    }
}
