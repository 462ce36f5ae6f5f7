//! Untrusted text as messages show it: on one line, in reading order, and short.
//!
//! A name in a file may be megabytes long, hold line ends and terminal commands, or turn the
//! direction of writing so that a message reads as another. Every error of the crate shows what
//! it did not write itself through one of these; the names themselves are kept as they are.

use std::fmt::{self, Write as _};

/// Characters of each end of a longer text that are shown.
const SHOWN_CHARACTERS: usize = 80;

/// Dimensions of a shape that are shown.
const DIMENSIONS: usize = 8;

/// A text as it is, what cannot be seen spelt out.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a>(pub &'a str);

/// A text in quotation marks.
#[derive(Debug, Clone, Copy)]
pub struct EscapedQuoted<'a>(pub &'a str);

/// A shape in brackets.
#[derive(Debug, Clone, Copy)]
pub struct EscapedShape<'a>(pub &'a [u64]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(formatter, self.0, is_hidden)
    }
}

impl fmt::Display for EscapedQuoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_char('"')?;
        write(formatter, self.0, |c| is_hidden(c) || c == '"' || c == '\\')?;
        formatter.write_char('"')
    }
}

impl fmt::Display for EscapedShape<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(shown) = self.0.get(..DIMENSIONS).filter(|shown| shown.len() < self.0.len())
        else {
            return write!(formatter, "{:?}", self.0);
        };
        formatter.write_char('[')?;
        for dimension in shown {
            write!(formatter, "{dimension}, ")?;
        }
        write!(formatter, "… {} dimensions]", self.0.len())
    }
}

/// Writes `text` without its middle where it is long, `spelt` characters as escapes.
fn write(to: &mut fmt::Formatter<'_>, text: &str, spelt: impl Fn(char) -> bool) -> fmt::Result {
    let mut piece = |piece: &str| {
        piece.chars().try_for_each(|character| {
            if spelt(character) {
                write!(to, "{}", character.escape_debug())
            } else {
                to.write_char(character)
            }
        })
    };
    let head = text.char_indices().nth(SHOWN_CHARACTERS).map_or(text.len(), |(at, _)| at);
    let tail = text.char_indices().rev().nth(SHOWN_CHARACTERS - 1).map_or(0, |(at, _)| at);
    if tail <= head {
        return piece(text);
    }
    piece(&text[..head])?;
    piece("…")?;
    piece(&text[tail..])
}

/// Control characters, and those that are invisible or change how their neighbours are shown.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{Escaped, EscapedQuoted, EscapedShape};

    #[test]
    fn ordinary_names_are_as_they_are() {
        for name in ["", "layers.0.weight", "花の モデル", "ガ", "emoji 🌸", &"x".repeat(160)]
        {
            assert_eq!(Escaped(name).to_string(), name);
            assert_eq!(EscapedQuoted(name).to_string(), format!("\"{name}\""));
        }
        assert_eq!(Escaped("a \"b\" \\").to_string(), "a \"b\" \\");
        assert_eq!(EscapedQuoted("a \"b\" \\").to_string(), r#""a \"b\" \\""#);
    }

    #[test]
    fn what_cannot_be_seen_is_spelt_out() {
        assert_eq!(Escaped("a\n\u{1b}[2J\0").to_string(), r"a\n\u{1b}[2J\0");
        assert_eq!(
            EscapedQuoted("gnp.\u{202e}b\u{feff}").to_string(),
            r#""gnp.\u{202e}b\u{feff}""#
        );
        for hidden in ['\u{7f}', '\u{9b}', '\u{200b}', '\u{2028}', '\u{2067}', '\u{e0041}'] {
            let shown = Escaped(&hidden.to_string()).to_string();
            assert!(shown.is_ascii() && shown.starts_with('\\'), "{shown}");
        }
    }

    #[test]
    fn long_names_lose_their_middle() {
        let name = format!("{}{}", "é".repeat(100), "ü".repeat(65_536));
        let shown = Escaped(&name).to_string();
        assert_eq!(shown, format!("{}…{}", "é".repeat(80), "ü".repeat(80)));
        let escaped = EscapedQuoted(&"\0".repeat(1 << 20)).to_string();
        assert_eq!(escaped, format!("\"{0}…{0}\"", r"\0".repeat(80)));
    }

    #[test]
    fn long_shapes_are_cut() {
        assert_eq!(EscapedShape(&[]).to_string(), "[]");
        assert_eq!(EscapedShape(&[1, 2, 3, 4, 5, 6, 7, 8]).to_string(), "[1, 2, 3, 4, 5, 6, 7, 8]");
        assert_eq!(EscapedShape(&[1; 9]).to_string(), "[1, 1, 1, 1, 1, 1, 1, 1, … 9 dimensions]");
    }
}
