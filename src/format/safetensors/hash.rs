//! A short value to know a header again by.

use std::fmt;

/// FNV-1a over the bytes of one or more headers, 64 bits.
///
/// It tells whether a file picked today has the header of one picked earlier. It is no protection
/// against an attacker who wants two headers to look alike, and models that were saved by the same
/// program may share a header: it is to be taken together with the file's name and size.
///
/// Source: Fowler, Noll, Vo, `draft-eastlake-fnv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderHash(u64);

impl HeaderHash {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;

    /// Takes further bytes in.
    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(Self::PRIME);
        }
    }
}

impl Default for HeaderHash {
    fn default() -> Self {
        Self(Self::OFFSET_BASIS)
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for HeaderHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::HeaderHash;

    #[test]
    fn values_are_those_of_the_draft() {
        for (text, hash) in
            [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")]
        {
            let mut found = HeaderHash::default();
            found.add(text.as_bytes());
            assert_eq!(found.to_string(), hash);
        }
    }

    #[test]
    fn pieces_hash_like_the_whole() {
        let (mut whole, mut pieces) = (HeaderHash::default(), HeaderHash::default());
        whole.add(b"foobar");
        pieces.add(b"foo");
        pieces.add(b"bar");
        assert_eq!(whole, pieces);
    }
}
