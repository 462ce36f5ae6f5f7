//! Files that are something else altogether, by their first bytes.

use thiserror::Error;

/// Bytes from the start of a file that tell what it is.
pub const SNIFF_BYTES: u64 = 64;

/// What people pick by mistake. The message says what it is and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Foreign {
    /// Nothing at all.
    #[error("the file is empty; download it again")]
    Empty,
    /// A pickled checkpoint, bare or in a zip archive.
    #[error(
        "this is a pickle checkpoint (.ckpt, .pt, .bin), which can run code when opened; look for the .safetensors version"
    )]
    Pickle,
    /// A language model in a form that came before GGUF.
    #[error("this is an old GGML file; look for a .gguf or the original .safetensors")]
    Gguf,
    /// A picture.
    #[error("this is a picture, not a model")]
    Picture,
    /// A web page saved under the model's name.
    #[error(
        "this is a web page, often a login or error page saved in place of the model; download the file again"
    )]
    WebPage,
    /// The stand-in that git keeps for a large file.
    #[error(
        "this is a Git LFS pointer, a few lines that stand for the model; fetch the file itself with `git lfs pull` or from the web page"
    )]
    LfsPointer,
    /// Some other archive.
    #[error("this is an archive; unpack it first")]
    Archive,
    /// A document.
    #[error("this is a PDF document, not a model")]
    Document,
    /// JSON, such as a workflow or a config.
    #[error("this is a JSON file, not a model")]
    Json,
}

impl Foreign {
    /// What a file that begins with `start` is, if that is plain to see.
    pub fn sniff(start: &[u8]) -> Option<Self> {
        if matches!(start, [_, _, _, _, 0, 0, 0, 0, b'{', ..]) {
            // damaged perhaps, but a header, whatever its length looks like
            return None;
        }
        let text = start.trim_ascii_start().to_ascii_lowercase();
        let is = |magic: &[u8]| start.starts_with(magic);
        let reads = |word: &str| text.starts_with(word.as_bytes());
        Some(match start {
            [] => Self::Empty,
            _ if is(b"PK\x03\x04") || matches!(start, [0x80, 2..=5, ..]) => Self::Pickle,
            _ if is(b"GGML") || is(b"lmgg") || is(b"ggjt") || is(b"tjgg") => Self::Gguf,
            _ if is(b"\x89PNG") || is(b"\xff\xd8\xff") || is(b"GIF8") || is(b"RIFF") => {
                Self::Picture
            }
            _ if is(b"7z\xbc\xaf") || is(b"Rar!") || is(b"\x1f\x8b") => Self::Archive,
            _ if is(b"%PDF") => Self::Document,
            _ if reads("version https://git-lfs") => Self::LfsPointer,
            _ if reads("<!doctype") || reads("<html") || reads("<?xml") || reads("<head") => {
                Self::WebPage
            }
            _ if reads("{\"") || reads("[{") || reads("{\n") => Self::Json,
            _ => return None,
        })
    }

    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::Pickle => "pickle",
            Self::Gguf => "gguf",
            Self::Picture => "picture",
            Self::WebPage => "web_page",
            Self::LfsPointer => "lfs_pointer",
            Self::Archive => "archive",
            Self::Document => "document",
            Self::Json => "json_file",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Foreign;

    #[test]
    fn a_valid_header_is_not_foreign() {
        // a length of 0x4747 and more is an ordinary header
        assert_eq!(Foreign::sniff(b"\x47\x47\0\0\0\0\0\0{\"__metadata__\""), None);
        assert_eq!(Foreign::sniff(b"\x80\x02\0\0\0\0\0\0{\"a\""), None);
        assert_eq!(Foreign::sniff(b"\x1f\x8b\0\0\0\0\0\0{\"a\""), None);
    }

    #[test]
    fn wrong_picks() {
        assert_eq!(Foreign::sniff(b""), Some(Foreign::Empty));
        assert_eq!(Foreign::sniff(b"PK\x03\x04\0\0"), Some(Foreign::Pickle));
        assert_eq!(Foreign::sniff(b"\x80\x02}q\0"), Some(Foreign::Pickle));
        assert_eq!(Foreign::sniff(b"tjgg\x03\0\0\0"), Some(Foreign::Gguf));
        assert_eq!(Foreign::sniff(b"\x89PNG\r\n"), Some(Foreign::Picture));
        assert_eq!(Foreign::sniff(b"\n<!DOCTYPE html>"), Some(Foreign::WebPage));
        assert_eq!(Foreign::sniff(b"version https://git-lfs.github"), Some(Foreign::LfsPointer));
        assert_eq!(Foreign::sniff(b"{\"last_node_id\": 9"), Some(Foreign::Json));
        assert_eq!(Foreign::sniff(b"[{\"id\": 1}]"), Some(Foreign::Json));
        assert_eq!(Foreign::sniff(b"{\n  \"nodes\": []"), Some(Foreign::Json));
    }
}
