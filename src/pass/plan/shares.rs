//! Which worker gets which batch.

use std::ops::Range;

/// Hands out the batches of a plan. Each worker gets neighbours, so that it can read on where it is,
/// and half of another's when it has none left.
#[derive(Debug, Default)]
pub struct Shares {
    /// What each worker still has before it.
    rest: Vec<Range<usize>>,
}

impl Shares {
    /// Divides `batches` among `workers`.
    pub fn new(batches: usize, workers: usize) -> Self {
        let start = |worker: usize| batches * worker / workers;
        Self { rest: (0..workers).map(|worker| start(worker)..start(worker + 1)).collect() }
    }

    /// The next batch for `worker`; `None` when all are handed out.
    pub fn next(&mut self, worker: usize) -> Option<usize> {
        if let Some(own) = self.rest.get_mut(worker).and_then(Iterator::next) {
            return Some(own);
        }
        let longest = self.rest.iter_mut().max_by_key(ExactSizeIterator::len)?;
        let mut half = longest.start + longest.len() / 2..longest.end;
        longest.end = half.start;
        let next = half.next();
        if let Some(own) = self.rest.get_mut(worker) {
            *own = half;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;

    /// Batches in the order each of the workers gets them, when `turns` says whose turn it is.
    fn handed_out(
        batches: usize,
        workers: usize,
        turns: impl Iterator<Item = usize>,
    ) -> Vec<Vec<usize>> {
        let mut shares = Shares::new(batches, workers);
        let mut got = vec![Vec::new(); workers];
        for worker in turns {
            match shares.next(worker) {
                Some(batch) => got[worker].push(batch),
                None => break,
            }
        }
        got
    }

    #[test]
    fn every_batch_is_handed_out_once() {
        for (batches, workers) in [(0, 3), (1, 3), (2, 3), (7, 1), (100, 3), (101, 8)] {
            for slow in 0..workers {
                // one worker takes its time
                let turns = (0..).map(|turn| {
                    let worker = turn % workers;
                    if worker == slow && turn % 5 > 0 { (worker + 1) % workers } else { worker }
                });
                let mut all = handed_out(batches, workers, turns).concat();
                all.sort_unstable();
                assert_eq!(all, (0..batches).collect::<Vec<_>>(), "{workers} workers");
            }
        }
    }

    #[test]
    fn lanes_mostly_read_on() {
        for workers in [1, 2, 3, 8] {
            let got = handed_out(200, workers, (0..).map(|turn| turn % workers));
            let jumps = |batches: &Vec<usize>| {
                batches.windows(2).filter(|pair| pair[0] + 1 != pair[1]).count()
            };
            assert!(got.iter().map(jumps).sum::<usize>() <= workers, "{workers} workers");
        }
    }

    #[test]
    fn a_lane_alone_takes_what_the_others_leave() {
        let got = handed_out(64, 4, std::iter::repeat(2));
        assert_eq!(got[2].len(), 64);
        assert!(Shares::new(3, 2).next(7).is_some());
    }
}
