//! The files of a job, read as suits where they lie.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::device::{Device, Way};
use super::map::{MapStream, MappedFiles};
use super::turns::{TurnFile, TurnFiles, TurnStream};
use super::{NativeError, Opened};
use crate::input::{AdapterModel, Input};
use crate::model::FileFacts;
use crate::read::{ByteStream, Read, Source};

impl MappedFiles {
    /// The files of those of `models` that are there, in order.
    ///
    /// # Errors
    /// When a file cannot be mapped, or has another size than when its header was read.
    pub fn of(models: &[Opened]) -> Result<Self, NativeError> {
        let files: Vec<(&Path, u64)> = there(models).flat_map(files_of).collect();
        Self::new(files.iter().copied()).map_err(|(index, source)| NativeError::Map {
            file: files[index].0.display().to_string(),
            source,
        })
    }
}

/// Those of `models` whose files are there.
fn there(models: &[Opened]) -> impl Iterator<Item = (&[PathBuf], &[FileFacts])> {
    models.iter().filter_map(|opened| match opened.input.as_ref() {
        Input::Full(full) | Input::Adapter(AdapterModel { full, .. }) => {
            Some((opened.paths.as_slice(), full.model.files.as_slice()))
        }
        Input::Fingerprint(_) => None,
    })
}

/// The files of one model with the sizes they had when their headers were read.
fn files_of<'a>(
    (paths, files): (&'a [PathBuf], &'a [FileFacts]),
) -> impl Iterator<Item = (&'a Path, u64)> {
    paths.iter().zip(files).map(|(path, file)| (path.as_path(), file.bytes))
}

/// How files are read, where that is not left to what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// As suits the disk: its first answers are timed, and it is watched after that.
    #[default]
    Measured,
    /// From memory maps, by all workers at once: for fast disks and files that are in memory.
    Maps,
    /// Long runs of one file after the other, by one worker at a time: for disks with a head and
    /// files behind a network.
    Turns,
}

/// The files of a job, by their position in the plan.
pub struct Files(Arc<Shared>);

struct Shared {
    maps: MappedFiles,
    turns: Arc<TurnFiles>,
    reading: Reading,
}

impl Files {
    /// The files of those of `models` that are there, in order, to be read by `workers`; `bytes` of
    /// them are wanted.
    ///
    /// # Errors
    /// When a file cannot be opened or mapped, or has another size than when its header was read.
    pub fn of(
        models: &[Opened],
        reading: Reading,
        workers: usize,
        bytes: u64,
    ) -> Result<Self, NativeError> {
        let maps = MappedFiles::of(models)?;
        let mut devices: BTreeMap<u64, Arc<Device>> = BTreeMap::new();
        let mut open = |(path, bytes): (&Path, u64)| -> Result<TurnFile, NativeError> {
            let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
            let (facts, file) = opened
                .map_err(|source| NativeError::Map { file: path.display().to_string(), source })?;
            let device =
                devices.entry(device_number(&facts)).or_insert_with(|| Arc::new(Device::new()));
            Ok(TurnFile { path: path.to_owned(), file, bytes, device: Arc::clone(device) })
        };
        let files =
            there(models).flat_map(files_of).map(&mut open).collect::<Result<Vec<_>, _>>()?;
        let all_bytes: u64 = files.iter().map(|file| file.bytes).sum();
        let turns = TurnFiles::new(files, workers * there(models).count(), bytes >= all_bytes / 2);
        Ok(Self(Arc::new(Shared { maps, turns: Arc::new(turns), reading })))
    }
}

/// What tells disks apart, where the system says.
fn device_number(facts: &Metadata) -> u64 {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::dev(facts);
    #[cfg(not(unix))]
    {
        let _ = facts;
        0
    }
}

impl Shared {
    /// How `file` is read at the moment.
    fn way(&self, file: usize) -> Way {
        match self.reading {
            Reading::Measured => self.turns.file(file).device.way(),
            Reading::Maps => Way::Maps,
            Reading::Turns => Way::Turns,
        }
    }

    /// `reads` of one file, as it is read at the moment.
    fn open(&self, reads: &[Read]) -> Open {
        let Read { file, start, .. } = reads[0];
        if self.way(file) == Way::Turns {
            return Open::Turns(TurnStream::new(Arc::clone(&self.turns), reads));
        }
        if self.reading == Reading::Measured {
            let of = self.turns.file(file);
            of.device.probe(&of.file, start, reads[0].bytes());
        }
        Open::Map(self.maps.open(reads))
    }
}

impl Source for Files {
    type Stream = FileStream;

    fn open(&self, reads: &[Read]) -> FileStream {
        FileStream { open: self.0.open(reads), file: reads[0].file, files: Arc::clone(&self.0) }
    }
}

/// Reads of one file.
pub struct FileStream {
    files: Arc<Shared>,
    file: usize,
    open: Open,
}

enum Open {
    Map(MapStream),
    Turns(TurnStream),
}

impl FileStream {
    /// What is left of reads in turns goes to a map where that has become the way.
    fn keep_up(&mut self) {
        if let Open::Turns(stream) = &self.open
            && self.files.way(self.file) == Way::Maps
            && let Some(rest) = stream.pending()
        {
            self.open = self.files.open(&rest);
        }
    }
}

impl ByteStream for FileStream {
    type Error = NativeError;

    async fn fetch(&mut self, len: usize) -> Result<(), NativeError> {
        self.keep_up();
        match &mut self.open {
            Open::Map(stream) => stream.fetch(len).await.map_err(|never| match never {}),
            Open::Turns(stream) => stream.fetch(len),
        }
    }

    fn fetched(&self) -> &[u8] {
        match &self.open {
            Open::Map(stream) => stream.fetched(),
            Open::Turns(stream) => stream.fetched(),
        }
    }

    async fn skip(&mut self, len: u64) -> Result<(), NativeError> {
        match &mut self.open {
            Open::Map(stream) => stream.skip(len).await.map_err(|never| match never {}),
            Open::Turns(stream) => {
                stream.skip(len);
                Ok(())
            }
        }
    }
}
