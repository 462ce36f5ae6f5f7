//! Fingerprints, which anyone may publish.

use weightkin::fingerprint::{Fingerprint, FingerprintError};

use crate::{assert_fit, mended};

/// `data` is a fingerprint. Where all that is wrong is the checksum it is set right: the rest
/// would never be reached otherwise.
pub fn fingerprint(data: &[u8]) {
    if let Some((found, stated)) = read(data)
        && let Some(mended) = mended(data, &found, &stated)
    {
        read(&mended);
    }
}

/// The checksum found and the one stated, where they are all that is wrong.
fn read(data: &[u8]) -> Option<(String, String)> {
    match Fingerprint::from_bytes(data) {
        Ok(fingerprint) => {
            let written = fingerprint.to_bytes();
            let again = Fingerprint::from_bytes(&written).expect("what we write we read");
            assert_eq!(again.to_bytes(), written);
            let model = fingerprint.model();
            let _ = (model.parameters(), model.bytes(), model.dtypes());
            None
        }
        Err(error) => {
            assert_fit(&error.to_string());
            match error {
                FingerprintError::Checksum { found, stated } => Some((found, stated)),
                _ => None,
            }
        }
    }
}
