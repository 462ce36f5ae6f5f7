//! Which lane gets which batch.

use std::ops::Range;

/// Hands out the batches of a plan. Each lane gets neighbours, so that it can read on where it is,
/// and half of another's when it has none left.
#[derive(Debug, Default)]
pub struct Shares {
    /// What each lane still has before it.
    rest: Vec<Range<usize>>,
}

impl Shares {
    /// Divides `batches` among `lanes`.
    pub fn new(batches: usize, lanes: usize) -> Self {
        let start = |lane: usize| batches * lane / lanes;
        Self { rest: (0..lanes).map(|lane| start(lane)..start(lane + 1)).collect() }
    }

    /// The next batch for `lane`; `None` when all are handed out.
    pub fn next(&mut self, lane: usize) -> Option<usize> {
        if let Some(own) = self.rest.get_mut(lane).and_then(Iterator::next) {
            return Some(own);
        }
        let longest = self.rest.iter_mut().max_by_key(ExactSizeIterator::len)?;
        let mut half = longest.start + longest.len() / 2..longest.end;
        longest.end = half.start;
        let next = half.next();
        if let Some(own) = self.rest.get_mut(lane) {
            *own = half;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;

    /// Batches in the order each of the lanes gets them, when `turns` says whose turn it is.
    fn handed_out(
        batches: usize,
        lanes: usize,
        turns: impl Iterator<Item = usize>,
    ) -> Vec<Vec<usize>> {
        let mut shares = Shares::new(batches, lanes);
        let mut got = vec![Vec::new(); lanes];
        for lane in turns {
            match shares.next(lane) {
                Some(batch) => got[lane].push(batch),
                None => break,
            }
        }
        got
    }

    #[test]
    fn every_batch_is_handed_out_once() {
        for (batches, lanes) in [(0, 3), (1, 3), (2, 3), (7, 1), (100, 3), (101, 8)] {
            for slow in 0..lanes {
                // one lane takes its time
                let turns = (0..).map(|turn| {
                    let lane = turn % lanes;
                    if lane == slow && turn % 5 > 0 { (lane + 1) % lanes } else { lane }
                });
                let mut all = handed_out(batches, lanes, turns).concat();
                all.sort_unstable();
                assert_eq!(all, (0..batches).collect::<Vec<_>>(), "{lanes} lanes");
            }
        }
    }

    #[test]
    fn lanes_mostly_read_on() {
        for lanes in [1, 2, 3, 8] {
            let got = handed_out(200, lanes, (0..).map(|turn| turn % lanes));
            let jumps = |batches: &Vec<usize>| {
                batches.windows(2).filter(|pair| pair[0] + 1 != pair[1]).count()
            };
            assert!(got.iter().map(jumps).sum::<usize>() <= lanes, "{lanes} lanes");
        }
    }

    #[test]
    fn a_lane_alone_takes_what_the_others_leave() {
        let got = handed_out(64, 4, std::iter::repeat(2));
        assert_eq!(got[2].len(), 64);
        assert!(Shares::new(3, 2).next(7).is_some());
    }
}
