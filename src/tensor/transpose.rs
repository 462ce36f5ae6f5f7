//! Matrices that files have with rows and columns exchanged.

/// A matrix of `rows` × `cols` from one stored as `cols` × `rows`.
pub(super) fn transpose(stored: &[u8], rows: usize, cols: usize, element_bytes: usize) -> Vec<u8> {
    let mut transposed = Vec::with_capacity(stored.len());
    for row in 0..rows {
        for col in 0..cols {
            let at = (col * rows + row) * element_bytes;
            transposed.extend_from_slice(&stored[at..at + element_bytes]);
        }
    }
    transposed
}
