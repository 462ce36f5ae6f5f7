//! Takes spans from the reads of a plan, which are started ahead of time.

use std::collections::VecDeque;

use crate::plan::Span;
use crate::source::{ByteStream, Read, Source};

/// Reads are started ahead until this many bytes are on their way …
const AHEAD_BYTES: u64 = 4 << 20;
/// … or this many streams.
const AHEAD_STREAMS: usize = 8;
/// Reads this long have a stream of their own …
const LONG_BYTES: u64 = 4 << 20;
/// … and shorter ones share it, up to this many …
const GROUP_READS: usize = 64;
/// … or this many bytes in all: to start a read takes longer than to go on with one.
const GROUP_BYTES: u64 = 64 << 20;

/// The reads of one model, in the order of the spans that are taken from them.
pub(crate) struct Reader<'a, S: Source> {
    source: &'a S,
    waiting: VecDeque<Read>,
    open: VecDeque<Open<S::Stream>>,
}

struct Open<T> {
    /// What is left of the stream's reads. The first one may have come to its end.
    rest: VecDeque<Read>,
    stream: T,
}

impl<T> Open<T> {
    fn bytes(&self) -> u64 {
        self.rest.iter().map(Read::bytes).sum()
    }
}

impl<'a, S: Source> Reader<'a, S> {
    /// Starts the first of `reads`.
    pub(crate) fn new(source: &'a S, reads: impl IntoIterator<Item = Read>) -> Self {
        let waiting = reads.into_iter().collect();
        let mut reader = Self { source, waiting, open: VecDeque::new() };
        reader.open_ahead();
        reader
    }

    /// Moves on to `span`. Returns how many bytes were read for it, with the gap before.
    pub(crate) async fn advance(
        &mut self,
        span: Span,
    ) -> Result<u64, <S::Stream as ByteStream>::Error> {
        while let Some(front) = self.open.front_mut()
            && front.rest.front().is_none_or(|read| read.bytes() == 0)
        {
            front.rest.pop_front();
            if front.rest.is_empty() {
                self.open.pop_front();
            }
        }
        self.open_ahead();
        let front = self.open.front_mut().expect("the plan's reads cover its spans");
        let read = front.rest.front_mut().expect("there are bytes left");
        debug_assert!(read.file == span.file && read.start <= span.start);
        let gap_bytes = span.start - read.start;
        read.start = span.start + span.bytes;
        if gap_bytes > 0 {
            front.stream.skip(gap_bytes).await?;
        }
        front.stream.fetch(span.bytes as usize).await?;
        Ok(gap_bytes + span.bytes)
    }

    /// The bytes of the last span.
    ///
    /// # Panics
    /// Before the first [`Self::advance`], if there are no reads.
    pub(crate) fn fetched(&self) -> &[u8] {
        self.open[0].stream.fetched()
    }

    /// Starts reads until enough is on its way.
    fn open_ahead(&mut self) {
        let mut ahead_bytes: u64 = self.open.iter().map(Open::bytes).sum();
        while self.open.is_empty() || (ahead_bytes < AHEAD_BYTES && self.open.len() < AHEAD_STREAMS)
        {
            let len = group_len(&self.waiting);
            if len == 0 {
                return;
            }
            let group: Vec<Read> = self.waiting.drain(..len).collect();
            let stream = self.source.open(&group);
            let open = Open { rest: group.into(), stream };
            ahead_bytes += open.bytes();
            self.open.push_back(open);
        }
    }
}

/// How many of `reads` from the first on share a stream.
fn group_len(reads: &VecDeque<Read>) -> usize {
    let Some(first) = reads.front() else { return 0 };
    let mut bytes = 0;
    let fits = |read: &&Read| {
        bytes += read.bytes();
        read.file == first.file && read.bytes() < LONG_BYTES && bytes <= GROUP_BYTES
    };
    reads.iter().take(GROUP_READS).take_while(fits).count().max(1)
}
