//! Indices of fingerprints, which sites publish for all their visitors.

use weightkin::identify::{Index, IndexError, Sketch, rank};

use crate::{assert_fit, mended};

/// `data` is an index. Where all that is wrong is the checksum it is set right: the rest would
/// never be reached otherwise.
pub fn relatives(data: &[u8]) {
    if let Some((found, stated)) = read(data)
        && let Some(mended) = mended(data, &found, &stated)
    {
        read(&mended);
    }
}

/// The checksum found and the one stated, where they are all that is wrong.
fn read(data: &[u8]) -> Option<(String, String)> {
    let index = match Index::from_bytes(data) {
        Ok(index) => index,
        Err(error) => {
            assert_fit(&error.to_string());
            return match error {
                IndexError::Checksum { found, stated } => Some((found, stated)),
                _ => None,
            };
        }
    };
    let written = index.to_bytes();
    let again = Index::from_bytes(&written).expect("what we write we read");
    assert_eq!(again, index);
    assert_eq!(again.to_bytes(), written);
    // every model is searched for, a few of many
    for probe in index.models.iter().take(4) {
        let layout = index.layouts[probe.layout].clone();
        let ranking = rank(&Sketch { layout, cells: probe.cells.clone() }, &index);
        let mut seen: Vec<usize> = ranking.candidates.iter().map(|c| c.model).collect();
        seen.extend(&ranking.apart);
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..index.models.len()), "every model once");
        for candidate in &ranking.candidates {
            let similarity = candidate.similarity;
            assert!(similarity.column_cosine.is_finite() && similarity.half_width >= 0.0);
        }
    }
    None
}
