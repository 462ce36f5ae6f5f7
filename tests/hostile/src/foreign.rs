//! Files of other kinds under the name of a model.

use crate::case::Case;

pub fn cases() -> Vec<Case> {
    [
        ("a zip", &b"PK\x03\x04\x14\x00\x00\x00\x08\x00"[..], "pickle"),
        ("a pickle of protocol 2", b"\x80\x02}q\x00.", "pickle"),
        ("a pickle of protocol 5", b"\x80\x05\x95\x10\x00\x00\x00\x00\x00\x00\x00", "pickle"),
        ("GGUF", b"GGUF\x03\x00\x00\x00\x00\x00\x00\x00", "gguf_damaged"),
        ("GGML", b"GGML\x00\x00\x00\x00\x00", "gguf"),
        ("a PNG", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "picture"),
        ("a JPEG", b"\xff\xd8\xff\xe0\x00\x10JFIF", "picture"),
        ("a GIF", b"GIF89a\x01\x00\x01\x00", "picture"),
        ("a WebP", b"RIFF\x24\x00\x00\x00WEBP", "picture"),
        ("a web page", b"<!DOCTYPE html><title>Sign in</title>", "web_page"),
        ("a web page after blanks", b"\r\n  <html><head>", "web_page"),
        ("XML", b"<?xml version=\"1.0\"?>", "web_page"),
        (
            "a Git LFS pointer",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "lfs_pointer",
        ),
        ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "archive"),
        ("7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "archive"),
        ("RAR", b"Rar!\x1a\x07\x00\x00\x00", "archive"),
        ("a PDF", b"%PDF-1.7\n", "document"),
        ("JSON", b"{\"last_node_id\": 9, \"nodes\": []}", "json_file"),
        ("zeros", &[0; 64], "header_not_json"),
        ("ones", &[0xff; 64], "header_too_large"),
        (
            "random bytes",
            b"\x9d\x1b\x62\xf0\x5e\x07\xc3\x88\x11\x95\x4a\xee\x20\x7d\xb1\x36",
            "header_too_large",
        ),
    ]
    .into_iter()
    .map(|(name, bytes, code)| Case::whole(format!("file that is {name}"), bytes.to_vec(), code))
    .collect()
}
