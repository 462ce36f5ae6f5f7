//! Files read in turns: long runs of one file after the other, by one reader at a time.
//!
//! Disks with a head, and servers behind a network, take as long for another place as for a megabyte
//! or more where they are. Page faults of many threads in many files change places all the time.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::NativeError;
use super::device::Device;
use crate::read::Read;

/// Memory that turns may take that are kept for whoever reads on.
const KEPT_BYTES: u64 = 96 << 20;
/// Bytes of a turn: enough for a change of place to cost a tenth of it at most.
const TURN_BYTES: Range<u64> = 1 << 20..16 << 20;

/// The files of a job, as far as they are read in turns.
#[derive(Debug)]
pub(super) struct TurnFiles {
    files: Vec<TurnFile>,
    turn_bytes: u64,
    /// Whether most of each file is wanted, so that a turn goes on where its reads end.
    reads_on: bool,
    /// The last turns, which the next pieces of work go on with.
    kept: Mutex<VecDeque<Arc<Turn>>>,
    most_kept: usize,
    /// Where turns have ended in each file: a place for each reader.
    ends: Vec<Mutex<VecDeque<u64>>>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct TurnFile {
    pub path: PathBuf,
    pub file: File,
    pub bytes: u64,
    pub device: Arc<Device>,
}

/// Bytes of a file.
#[derive(Debug)]
struct Turn {
    file: usize,
    start: u64,
    bytes: Vec<u8>,
}

impl Turn {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    fn holds(&self, file: usize, position: u64) -> bool {
        self.file == file && (self.start..self.end()).contains(&position)
    }
}

impl TurnFiles {
    /// `files` are read by as many as `readers` at once; `reads_on` says that most of each is wanted.
    pub(super) fn new(files: Vec<TurnFile>, readers: usize, reads_on: bool) -> Self {
        let turn_bytes =
            (KEPT_BYTES / readers.max(1) as u64).clamp(TURN_BYTES.start, TURN_BYTES.end);
        let kept = Mutex::new(VecDeque::new());
        let ends = files.iter().map(|_| Mutex::default()).collect();
        Self { files, turn_bytes, reads_on, kept, most_kept: readers, ends }
    }

    pub(super) fn file(&self, file: usize) -> &TurnFile {
        &self.files[file]
    }

    /// The bytes of `file` from `position` on, kept or read now; `wanted` are the ranges that begin
    /// there.
    fn turn(
        &self,
        file: usize,
        position: u64,
        wanted: &VecDeque<Range<u64>>,
    ) -> Result<Arc<Turn>, NativeError> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = kept().iter().find(|turn| turn.holds(file, position)) {
            return Ok(Arc::clone(turn));
        }
        let TurnFile { path, file: handle, bytes, device } = &self.files[file];
        let turn_bytes = if device.is_decided() { self.turn_bytes } else { TURN_BYTES.start };
        let end = self.turn_end(position, wanted, device.gap_bytes()).min(position + turn_bytes);
        let end = end.min(*bytes);
        let goes_on = self.goes_on(file, position, end);
        let mut buffer = vec![0; (end - position) as usize];
        device
            .read_turn(handle, position, &mut buffer, goes_on)
            .map_err(|source| NativeError::Map { file: path.display().to_string(), source })?;
        let turn = Arc::new(Turn { file, start: position, bytes: buffer });
        let mut kept = kept();
        kept.push_back(Arc::clone(&turn));
        if kept.len() > self.most_kept {
            kept.pop_front();
        }
        Ok(turn)
    }

    /// Whether a turn of `file` has ended at `position`; one more is about to end at `next`.
    fn goes_on(&self, file: usize, position: u64, next: u64) -> bool {
        let mut ends = self.ends[file].lock().unwrap_or_else(PoisonError::into_inner);
        let before = ends.iter().position(|end| *end == position);
        if let Some(index) = before.or((ends.len() >= self.most_kept).then_some(0)) {
            ends.remove(index);
        }
        ends.push_back(next);
        before.is_some()
    }

    /// Where a turn from `position` ends at the latest.
    fn turn_end(&self, position: u64, wanted: &VecDeque<Range<u64>>, gap_bytes: u64) -> u64 {
        if self.reads_on {
            return u64::MAX;
        }
        let mut end = position;
        for range in wanted {
            // a read that goes back, or lies beyond a gap that is dearer than another place
            if end > position && !(end..=end + gap_bytes).contains(&range.start) {
                break;
            }
            end = range.end;
        }
        end
    }
}

/// Reads of one file, in turns.
pub(super) struct TurnStream {
    files: Arc<TurnFiles>,
    file: usize,
    /// What has not been fetched of each read. The first one may have come to its end.
    rest: VecDeque<Range<u64>>,
    turn: Option<Arc<Turn>>,
    fetched: Fetched,
}

enum Fetched {
    InTurn(Range<usize>),
    Joined(Vec<u8>),
}

impl TurnStream {
    pub(super) fn new(files: Arc<TurnFiles>, reads: &[Read]) -> Self {
        let rest = reads.iter().map(|read| read.start..read.end).collect();
        let fetched = Fetched::Joined(Vec::new());
        Self { files, file: reads[0].file, rest, turn: None, fetched }
    }

    /// What is left to be read, where nothing of that is there yet.
    pub(super) fn pending(&self) -> Option<Vec<Read>> {
        let mut rest = self.rest.iter().filter(|range| !Range::is_empty(range)).peekable();
        let position = rest.peek()?.start;
        let is_there = self.turn.as_ref().is_some_and(|turn| turn.holds(self.file, position));
        let read =
            |range: &Range<u64>| Read { file: self.file, start: range.start, end: range.end };
        (!is_there).then(|| rest.map(read).collect())
    }

    /// Turns to the turn that holds the next byte, and says which of its bytes are from there on.
    fn go_on(&mut self) -> Result<(&Turn, Range<usize>), NativeError> {
        while self.rest.front().is_some_and(Range::is_empty) {
            self.rest.pop_front();
        }
        let position = self.rest.front().expect("the caller never asks for more").start;
        if !self.turn.as_ref().is_some_and(|turn| turn.holds(self.file, position)) {
            self.turn = None;
            self.turn = Some(self.files.turn(self.file, position, &self.rest)?);
        }
        let turn = self.turn.as_deref().expect("it has just been set");
        Ok((turn, (position - turn.start) as usize..turn.bytes.len()))
    }

    fn take(&mut self, len: usize) -> Result<(), NativeError> {
        let (_, there) = self.go_on()?;
        if there.len() >= len {
            self.advance(len as u64);
            self.fetched = Fetched::InTurn(there.start..there.start + len);
            return Ok(());
        }
        let mut joined = Vec::with_capacity(len);
        while joined.len() < len {
            let missing = len - joined.len();
            let (turn, there) = self.go_on()?;
            let taken = &turn.bytes[there];
            let taken = &taken[..taken.len().min(missing)];
            joined.extend_from_slice(taken);
            let taken_bytes = taken.len() as u64;
            self.advance(taken_bytes);
        }
        self.fetched = Fetched::Joined(joined);
        Ok(())
    }

    fn advance(&mut self, bytes: u64) {
        self.rest.front_mut().expect("the caller never asks for more").start += bytes;
    }

    /// Moves on to the next `len` bytes of the first read.
    pub(super) fn fetch(&mut self, len: usize) -> Result<(), NativeError> {
        if len == 0 {
            self.fetched = Fetched::Joined(Vec::new());
            return Ok(());
        }
        self.take(len)
    }

    /// The bytes of the last fetch.
    pub(super) fn fetched(&self) -> &[u8] {
        match (&self.fetched, &self.turn) {
            (Fetched::InTurn(range), Some(turn)) => &turn.bytes[range.clone()],
            (Fetched::Joined(bytes), _) => bytes,
            (Fetched::InTurn(_), None) => &[],
        }
    }

    /// Passes over the next `len` bytes of the first read.
    pub(super) fn skip(&mut self, len: u64) {
        while self.rest.front().is_some_and(Range::is_empty) {
            self.rest.pop_front();
        }
        if len > 0 {
            self.advance(len);
        }
    }
}
