//! A disk, a network share or whatever files lie on: what it costs to change places there.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So much is read first at a new place, and timed.
pub(super) const PROBE_BYTES: usize = 64 << 10;
/// So much is enough to time a place that is read from a map.
const PAGE_BYTES: usize = 4 << 10;
/// A change of place that takes longer is dear. Solid-state disks answer in tenths of a millisecond,
/// disks with a head and servers behind a network in several.
const DEAR: Duration = Duration::from_micros(1500);
/// Places that a decision takes.
const PLACES: usize = 3;
/// Answers that come so fast, this often in a row, end the reading in turns …
const FAST: Duration = Duration::from_micros(500);
const FAST_PLACES: usize = 8;
/// … and two this slow in a row, while others read too, start it again.
const STALLED: Duration = Duration::from_millis(50);

/// What lies between two reads is read through if it is shorter, whatever a place costs; and never if
/// it is longer.
const GAP_BYTES: Range<u64> = 64 << 10..4 << 20;

/// How files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By one reader at a time, long runs of one file after the other.
    Turns,
    /// By as many as there are, from maps.
    Maps,
}

/// Where some files lie.
#[derive(Debug)]
pub(super) struct Device {
    /// Held by the one reader.
    turn: Mutex<()>,
    seen: Mutex<Seen>,
}

/// What has been measured, and what follows.
#[derive(Debug)]
struct Seen {
    way: Way,
    is_decided: bool,
    /// Times of the last places, the last one first.
    places: [Duration; FAST_PLACES],
    count: usize,
    /// Of the last turn.
    bytes_per_second: f64,
}

impl Seen {
    fn note(&mut self, place: Duration) {
        self.places.rotate_right(1);
        self.places[0] = place;
        self.count += 1;
    }

    /// After a place that nobody else read beside.
    fn after_turn(&mut self, place: Duration) {
        self.note(place);
        if !self.is_decided {
            if self.count < PLACES {
                return;
            }
            self.is_decided = true;
            let mut places = self.places;
            places[..PLACES].sort_unstable();
            self.switch(if places[PLACES / 2] < DEAR { Way::Maps } else { Way::Turns });
        } else if self.count >= FAST_PLACES && self.places.iter().all(|place| *place < FAST) {
            self.switch(Way::Maps);
        }
    }

    /// After a place while others may have read.
    fn after_probe(&mut self, place: Duration) {
        self.note(place);
        if self.count >= 2 && self.places[..2].iter().all(|place| *place > STALLED) {
            self.switch(Way::Turns);
        }
    }

    fn switch(&mut self, way: Way) {
        self.way = way;
        self.count = 0;
    }
}

impl Device {
    /// Nothing is known of it, so that it is read in turns at first. Systems on which turns have not
    /// been measured stay with maps.
    pub(super) fn new() -> Self {
        let seen = Seen {
            way: if cfg!(target_os = "linux") { Way::Turns } else { Way::Maps },
            is_decided: !cfg!(target_os = "linux"),
            places: [Duration::ZERO; FAST_PLACES],
            count: 0,
            bytes_per_second: 0.0,
        };
        Self { turn: Mutex::new(()), seen: Mutex::new(seen) }
    }

    pub(super) fn way(&self) -> Way {
        self.seen().way
    }

    /// Whether its ways are known; until then turns are short, for the sake of those who wait.
    pub(super) fn is_decided(&self) -> bool {
        self.seen().is_decided
    }

    /// How many bytes are read in the time that another place takes.
    pub(super) fn gap_bytes(&self) -> u64 {
        let seen = self.seen();
        let place = seen.places[..seen.count.clamp(1, PLACES)].iter().min();
        let place_seconds = place.map_or(0.0, Duration::as_secs_f64);
        ((place_seconds * seen.bytes_per_second) as u64).clamp(GAP_BYTES.start, GAP_BYTES.end)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads `buffer.len()` bytes of `file` from `start` on, while nobody else reads here. Where the
    /// system may have read ahead, because a turn ended there, it is no place that tells anything.
    pub(super) fn read_turn(
        &self,
        file: &File,
        start: u64,
        buffer: &mut [u8],
        goes_on: bool,
    ) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (probe, rest) = buffer.split_at_mut(PROBE_BYTES.min(buffer.len()));
        let began = Instant::now();
        read_at(file, start, probe)?;
        let place = began.elapsed();
        read_at(file, start + probe.len() as u64, rest)?;
        let rest_time = began.elapsed().saturating_sub(place);
        let mut seen = self.seen();
        if rest.len() >= PROBE_BYTES {
            seen.bytes_per_second = rest.len() as f64 / rest_time.as_secs_f64().max(1e-9);
        }
        if !goes_on {
            seen.after_turn(place);
        }
        Ok(())
    }

    /// Reads the first bytes of a place that is about to be read from a map.
    pub(super) fn probe(&self, file: &File, start: u64, bytes: u64) {
        let mut probe = [0; PAGE_BYTES];
        let probe = &mut probe[..bytes.min(PAGE_BYTES as u64) as usize];
        let began = Instant::now();
        // what cannot be read is said by whoever reads it
        if read_at(file, start, probe).is_ok() {
            self.seen().after_probe(began.elapsed());
        }
    }
}

/// Fills `buffer` with the bytes of `file` from `start` on.
#[cfg(unix)]
fn read_at(file: &File, start: u64, buffer: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, start)
}

/// Fills `buffer` with the bytes of `file` from `start` on.
#[cfg(windows)]
fn read_at(file: &File, start: u64, buffer: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        let rest = &mut buffer[filled..];
        match std::os::windows::fs::FileExt::seek_read(file, rest, start + filled as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            bytes => filled += bytes,
        }
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn ways(times: &[Duration], after: fn(&mut Seen, Duration)) -> (Device, Vec<Way>) {
        let device = Device::new();
        let ways = times
            .iter()
            .map(|time| {
                after(&mut device.seen(), *time);
                device.way()
            })
            .collect();
        (device, ways)
    }

    #[test]
    fn three_places_decide() {
        use Way::{Maps, Turns};
        assert_eq!(ways(&[MS / 10; 3], Seen::after_turn).1, [Turns, Turns, Maps]);
        assert_eq!(ways(&[9 * MS; 4], Seen::after_turn).1, [Turns; 4]);
        // one that was slow for another reason does not
        assert_eq!(ways(&[9 * MS, MS / 10, MS / 10], Seen::after_turn).1, [Turns, Turns, Maps]);
        assert_eq!(ways(&[9 * MS, MS / 10, 9 * MS], Seen::after_turn).1, [Turns; 3]);
    }

    #[test]
    fn a_decision_is_watched() {
        let (device, _) = ways(&[9 * MS; 3], Seen::after_turn);
        for _ in 0..FAST_PLACES {
            assert_eq!(device.way(), Way::Turns);
            device.seen().after_turn(MS / 10);
        }
        assert_eq!(device.way(), Way::Maps);
        for time in [9, 60, 40, 60] {
            device.seen().after_probe(time * MS);
            assert_eq!(device.way(), Way::Maps);
        }
        device.seen().after_probe(60 * MS);
        assert_eq!(device.way(), Way::Turns);
    }
}
