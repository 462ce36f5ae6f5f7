//! Values of metadata, of which the short ones are kept as text.

/// Bytes that are not yet understood.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(count).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}

/// Bytes of a number of each type; those of 0 have none of their own.
const SIZES: [u64; 13] = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
/// The types that are no numbers, and what is kept of floats: nothing.
const STRING: u32 = 8;
const LIST: u32 = 9;
const FLOATS: [u32; 2] = [6, 12];
const SIGNED: [u32; 4] = [1, 3, 5, 11];
/// Longest text and longest list that are kept.
const TEXT_BYTES: u64 = 4096;
const LIST_NUMBERS: u64 = 512;
/// Lists inside lists.
const MOST_DEPTH: usize = 8;

/// Reads one value, piece by piece.
pub(super) struct ValueReader {
    /// Type and number of the items that are still to come: the value itself, then lists in it.
    lists: Vec<(u32, u64)>,
    /// Bytes that are passed over.
    skipped: u64,
    text: Option<String>,
}

impl ValueReader {
    pub(super) fn new(kind: u32) -> Self {
        Self { lists: vec![(kind, 1)], skipped: 0, text: Some(String::new()) }
    }

    /// Takes the next item: whether it was the last one. `None` where `bytes` end inside it; the type
    /// where there is no such type.
    pub(super) fn next(&mut self, bytes: &mut Bytes<'_>) -> Option<Result<bool, u32>> {
        while self.lists.last().is_some_and(|(_, left)| *left == 0) {
            self.lists.pop();
        }
        let depth = self.lists.len();
        let Some((kind, left)) = self.lists.last_mut() else { return Some(Ok(true)) };
        let kind = *kind;
        match kind {
            LIST if depth < MOST_DEPTH => {
                let (of, count) = (bytes.u32()?, bytes.u64()?);
                *left -= 1;
                if of as usize >= SIZES.len() {
                    return Some(Err(of));
                }
                let size = SIZES[of as usize];
                let is_kept = depth == 1 && size > 0 && count <= LIST_NUMBERS;
                if is_kept {
                    self.lists.push((of, count));
                } else {
                    self.text = None;
                    if size > 0 {
                        self.skipped = count.saturating_mul(size);
                    } else {
                        self.lists.push((of, count));
                    }
                }
            }
            STRING => {
                let length = bytes.u64()?;
                let is_kept = depth == 1 && length <= TEXT_BYTES;
                if is_kept {
                    let text = std::str::from_utf8(bytes.take(length)?).ok();
                    self.text = text.map(str::to_owned);
                } else {
                    self.text = None;
                    self.skipped = length;
                }
                self.lists.last_mut()?.1 -= 1;
            }
            _ if (kind as usize) < SIZES.len() && kind != LIST => {
                let number = bytes.take(SIZES[kind as usize])?;
                *left -= 1;
                self.keep(kind, number);
            }
            _ => return Some(Err(kind)),
        }
        Some(Ok(false))
    }

    /// Keeps a whole number behind a comma.
    fn keep(&mut self, kind: u32, number: &[u8]) {
        if FLOATS.contains(&kind) {
            self.text = None;
        }
        let Some(text) = &mut self.text else { return };
        let is_negative = SIGNED.contains(&kind) && number.last().is_some_and(|byte| *byte > 127);
        let mut bytes = [if is_negative { 255 } else { 0 }; 8];
        bytes[..number.len()].copy_from_slice(number);
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&i64::from_le_bytes(bytes).to_string());
    }

    /// Passes over what need not be read: as much as there is in `bytes`, and returns how much lies
    /// behind them.
    pub(super) fn skip(&mut self, bytes: &mut Bytes<'_>) -> u64 {
        let inside = self.skipped.min(bytes.0.len() as u64);
        bytes.take(inside);
        std::mem::take(&mut self.skipped) - inside
    }

    /// What is kept of the value.
    pub(super) fn text(&mut self) -> Option<String> {
        self.text.take()
    }
}
