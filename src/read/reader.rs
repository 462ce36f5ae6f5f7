//! Takes spans from the reads of a plan, which are started ahead of time.

use std::collections::VecDeque;

use super::{ByteStream, Read, Source, Span};

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
pub(crate) struct StreamReader<'a, S: Source> {
    source: &'a S,
    waiting: VecDeque<Read>,
    open: VecDeque<OpenStream<S::Stream>>,
}

struct OpenStream<T> {
    /// What is left of the stream's reads. The first one may have come to its end.
    rest: VecDeque<Read>,
    stream: T,
}

impl<T> OpenStream<T> {
    fn bytes(&self) -> u64 {
        self.rest.iter().map(Read::bytes).sum()
    }
}

impl<'a, S: Source> StreamReader<'a, S> {
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
        let mut ahead_bytes: u64 = self.open.iter().map(OpenStream::bytes).sum();
        while self.open.is_empty() || (ahead_bytes < AHEAD_BYTES && self.open.len() < AHEAD_STREAMS)
        {
            let len = group_len(&self.waiting);
            if len == 0 {
                return;
            }
            let group: Vec<Read> = self.waiting.drain(..len).collect();
            let stream = self.source.open(&group);
            let open = OpenStream { rest: group.into(), stream };
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;

    use super::*;

    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;

    /// Remembers which reads share each stream that was started.
    #[derive(Default)]
    struct Started(RefCell<Vec<usize>>);

    struct Nothing;

    impl Source for Started {
        type Stream = Nothing;

        fn open(&self, reads: &[Read]) -> Nothing {
            self.0.borrow_mut().push(reads.len());
            Nothing
        }
    }

    impl ByteStream for Nothing {
        type Error = Infallible;

        async fn fetch(&mut self, _: usize) -> Result<(), Infallible> {
            Ok(())
        }

        fn fetched(&self) -> &[u8] {
            &[]
        }

        async fn skip(&mut self, _: u64) -> Result<(), Infallible> {
            Ok(())
        }
    }

    /// Reads of `bytes` each, every one in a file of its own.
    fn apart(count: usize, bytes: u64) -> impl Iterator<Item = Read> {
        (0..count).map(move |file| Read { file, start: 0, end: bytes })
    }

    /// The same in one file, with gaps between them.
    fn in_one_file(count: u64, bytes: u64) -> impl Iterator<Item = Read> {
        let starts = (0..count).map(move |index| 2 * index * bytes);
        starts.map(move |start| Read { file: 0, start, end: start + bytes })
    }

    /// How many reads share each of the streams that are started at first.
    fn started(reads: impl Iterator<Item = Read>) -> Vec<usize> {
        let source = Started::default();
        drop(StreamReader::new(&source, reads));
        source.0.into_inner()
    }

    #[test]
    fn reads_are_started_until_enough_is_on_its_way() {
        assert_eq!(started(apart(20, 16 * MIB)), [1]);
        assert_eq!(started(apart(20, 4 * MIB)), [1]);
        assert_eq!(started(apart(20, MIB)), [1; 4]);
        assert_eq!(started(apart(20, KIB)), [1; 8]);
        assert_eq!(started(apart(3, KIB)), [1; 3]);
        assert_eq!(started(apart(0, KIB)), [0; 0]);
    }

    #[test]
    fn short_reads_of_a_file_share_a_stream() {
        assert_eq!(started(in_one_file(100, KIB)), [64, 36]);
        assert_eq!(started(in_one_file(30, 3 * MIB)), [21]);
        assert_eq!(started(in_one_file(30, 4 * MIB)), [1]);
        assert_eq!(started(in_one_file(30, 4 * MIB - 1)), [16]);
    }

    #[test]
    fn the_next_read_is_started_when_little_is_left_of_one() {
        let source = Started::default();
        let mut reader = StreamReader::new(&source, apart(20, 16 * MIB));
        let mut take = |file, start, bytes| {
            let read_bytes =
                pollster::block_on(reader.advance(Span { file, start, bytes })).unwrap();
            (read_bytes, source.0.borrow().len())
        };
        assert_eq!(take(0, 0, 12 * MIB), (12 * MIB, 1));
        // the gap before a span is read too
        assert_eq!(take(0, 12 * MIB + 10, MIB), (MIB + 10, 1));
        assert_eq!(take(0, 13 * MIB + 10, MIB), (MIB, 2));
        assert_eq!(take(0, 14 * MIB + 10, 2 * MIB - 10), (2 * MIB - 10, 2));
        assert_eq!(take(1, 0, MIB), (MIB, 2));
    }
}
