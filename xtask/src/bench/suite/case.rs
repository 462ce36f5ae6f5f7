//! The cases of the suite.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::browser::{CompareSetup, Engine};
use crate::bench::family::Family;

/// The name of the case that others are set against.
pub const ORDERED: &str = "4 models, F16";

/// One set of files, and how it is measured.
#[derive(Debug)]
pub struct Case {
    pub name: &'static str,
    pub family: Family,
    /// Those of the family that are compared, by their names.
    files: Vec<&'static str>,
    /// Compared by so many workers, one number after the other, and by nothing else.
    workers: Option<RangeInclusive<usize>>,
    /// The case that a byte's cost is set against.
    pub base: Option<&'static str>,
    /// Whether other programs are run on its files.
    pub has_rivals: bool,
}

impl Case {
    fn new(name: &'static str, family: Family, files: &[&'static str]) -> Self {
        let (workers, base, has_rivals) = (None, None, false);
        Self { name, family, files: files.to_vec(), workers, base, has_rivals }
    }

    fn whole(name: &'static str, family: Family) -> Self {
        let files = family.names().to_vec();
        Self::new(name, family, &files)
    }

    /// Whether the command line is measured.
    pub fn has_native(&self) -> bool {
        self.workers.is_none()
    }

    /// The ways in which browsers compare, with these engines.
    pub fn setups(&self, engines: &[Engine]) -> Vec<CompareSetup> {
        match &self.workers {
            None => engines.iter().map(|&engine| CompareSetup::of(engine)).collect(),
            Some(_) if !engines.contains(&Engine::Workers) => Vec::new(),
            Some(counts) => counts
                .clone()
                .map(|count| CompareSetup {
                    workers: Some(count),
                    ..CompareSetup::of(Engine::Workers)
                })
                .collect(),
        }
    }

    /// Makes the family, unless it is there, and returns the case's files.
    pub fn prepare(&self, folder: Option<&Path>) -> Result<Vec<PathBuf>> {
        let paths = self.family.prepare(folder)?;
        let path = |name| self.family.names().iter().zip(&paths).find(|(known, _)| *known == name);
        let paths = self.files.iter().map(|name| path(name).expect("a case's files are made").1);
        Ok(paths.cloned().collect())
    }
}

/// All cases at `scale`. Browsers look for their fastest way of reading in the first one, which
/// therefore has neither few nor small files.
pub fn suite(scale: u64) -> Result<Vec<Case>> {
    let plain = Family::sdxl(scale, "F16", 8)?;
    // one family has all files in F16 and what differs from them in one thing, so that none of
    // them is on disk twice
    let mut names = plain.names().to_vec();
    let core = names.clone();
    names.extend(["edge_reorder", "dt_bf16", "dt_f32", "dt_e4m3"]);
    let family = Family::sdxl_files(scale, "F16", names, "suite");
    let of = |name, files: &[&'static str]| Case::new(name, family.clone(), files);
    let in_dtype = |name, dtype| anyhow::Ok(Case::whole(name, Family::sdxl(scale, dtype, 4)?));
    Ok(vec![
        Case { has_rivals: true, ..of(ORDERED, &core[..4]) },
        of("2 models, F16", &core[..2]),
        of("8 models, F16", &core),
        in_dtype("4 models, BF16", "BF16")?,
        in_dtype("4 models, F32", "F32")?,
        in_dtype("4 models, F8_E4M3", "F8_E4M3")?,
        Case {
            base: Some(ORDERED),
            ..of("one in another order", &[&core[..3], &["edge_reorder"]].concat())
        },
        Case {
            base: Some(ORDERED),
            ..of("four dtypes", &["mix_wai", "dt_bf16", "dt_f32", "dt_e4m3"])
        },
        Case::whole("20,000 small tensors", Family::shaped("experts", "F16", 4)),
        Case::whole("one tensor of 1.2 GB", Family::shaped("embedding", "F16", 2)),
        Case { workers: Some(1..=8), ..of("by workers", &core[..4]) },
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own_and_files_that_are_made() {
        let cases = suite(4).unwrap();
        let names: BTreeSet<_> = cases.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), cases.len());
        for case in &cases {
            let made = case.family.names();
            assert!(case.files.iter().all(|file| made.contains(file)), "{case:?}");
            assert!(case.base.is_none_or(|base| names.contains(base)), "{case:?}");
            let files: BTreeSet<_> = case.files.iter().collect();
            assert!(files.len() == case.files.len() && files.len() >= 2, "{case:?}");
        }
        let models: Vec<_> = cases.iter().map(|case| case.files.len()).collect();
        assert_eq!(models, [4, 2, 8, 4, 4, 4, 4, 4, 4, 2, 4]);
        assert_eq!(cases.iter().filter(|case| case.has_rivals).count(), 1);
    }

    #[test]
    fn what_has_a_base_differs_from_it_in_some_files() {
        let cases = suite(4).unwrap();
        let base = cases.iter().find(|case| case.name == ORDERED).unwrap();
        for case in cases.iter().filter(|case| case.base.is_some()) {
            assert!(case.family == base.family && case.files != base.files, "{case:?}");
            assert_eq!(case.files.len(), base.files.len());
        }
    }

    #[test]
    fn workers_are_counted_without_threads_and_without_the_command_line() {
        let cases = suite(4).unwrap();
        let [case] = cases.iter().filter(|case| !case.has_native()).collect::<Vec<_>>()[..] else {
            panic!("{cases:?}");
        };
        let counts = case.setups(&Engine::ALL).iter().map(CompareSetup::count).collect::<Vec<_>>();
        assert_eq!(counts, (1..=8).map(Some).collect::<Vec<_>>());
        assert!(case.setups(&[Engine::Threads]).is_empty());
        assert_eq!(cases[0].setups(&Engine::ALL).len(), 2);
    }
}
