//! One file of the table, and the words it is made of.

pub use weightkin_family::header::{entry_as_written as entry, head};

/// Header cap of the format.
pub const CAP_BYTES: u64 = 100_000_000;

/// A file over this size is large by itself, not a small file that claims to be.
pub const LARGE_BYTES: u64 = 1 << 20;

/// Where numbers begin to go wrong: the ends of the widths they may be squeezed into.
pub const NUMBERS: [(&str, u64); 15] = [
    ("0", 0),
    ("1", 1),
    ("2", 2),
    ("cap minus 1", CAP_BYTES - 1),
    ("cap", CAP_BYTES),
    ("cap plus 1", CAP_BYTES + 1),
    ("2^32 minus 1", (1 << 32) - 1),
    ("2^32", 1 << 32),
    ("2^32 plus 1", (1 << 32) + 1),
    ("2^53 minus 1", (1 << 53) - 1),
    ("2^53", 1 << 53),
    ("2^53 plus 1", (1 << 53) + 1),
    ("2^63 minus 1", (1 << 63) - 1),
    ("2^63", 1 << 63),
    ("2^64 minus 1", u64::MAX),
];

/// A file and what must be said of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is wrong with it, in words that can be a file name.
    pub name: String,
    /// Ending of the file's name.
    pub ending: &'static str,
    /// Its first bytes.
    pub head: Vec<u8>,
    /// Its size; what is not in `head` is a hole.
    pub bytes: u64,
    /// Code of the error that opening it must end in; `None` for a valid file.
    pub code: Option<&'static str>,
}

impl Case {
    /// A file that is exactly these bytes.
    pub fn whole(
        name: impl Into<String>,
        head: Vec<u8>,
        code: impl Into<Option<&'static str>>,
    ) -> Self {
        let bytes = head.len() as u64;
        Self { name: name.into(), ending: ".safetensors", head, bytes, code: code.into() }
    }

    /// A file with the header `json` and `data_bytes` of data.
    pub fn of(
        name: impl Into<String>,
        json: impl AsRef<[u8]>,
        data_bytes: u64,
        code: impl Into<Option<&'static str>>,
    ) -> Self {
        let case = Self::whole(name, head(json), code);
        Self { bytes: case.bytes + data_bytes, ..case }
    }

    /// The whole file in memory, unless it is large.
    pub fn held(&self) -> Option<Vec<u8>> {
        (self.bytes <= LARGE_BYTES).then(|| {
            let mut file = self.head.clone();
            file.resize(self.bytes as usize, 0);
            file
        })
    }

    /// Name of the file on disk.
    pub fn file_name(&self) -> String {
        format!("{}{}", self.name, self.ending)
    }
}

/// A header of one `U8` tensor called `w`.
pub fn one(shape: &str, start: u64, end: u64) -> String {
    format!("{{{}}}", entry("w", "U8", shape, start, end))
}
