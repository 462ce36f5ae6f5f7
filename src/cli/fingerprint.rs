//! `weightkin fingerprint`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use weightkin::escape::EscapedQuoted;
use weightkin::fingerprint::{Fingerprint, SUFFIX, SourceFacts};
use weightkin::input::{FullModel, Input};
use weightkin::job::SizeLimit;
use weightkin::model::{Group, has_variant, told_apart};
use weightkin::native::{self, Found, NativeError, Opened};
use weightkin::sample::Density;

use super::compare::print;
use super::not_read;

#[derive(Args)]
pub struct Arguments {
    /// Checkpoints, or folders with any number of them
    #[arg(required = true, num_args = 1..)]
    models: Vec<PathBuf>,
    /// Write it here: a file, or a folder to put them into; else beside each checkpoint
    #[arg(short, long, value_name = "FILE|FOLDER")]
    output: Option<PathBuf>,
    /// Of variants that lie side by side, take this one (fp16, `non_ema`, …)
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Rows to take of a tensor with 1280 columns; wider ones give more
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Density::MOST_ROWS)))]
    rows: Option<u32>,
    /// Largest size of a file [default: 16000000]
    #[arg(long, value_name = "N", conflicts_with = "rows")]
    max_bytes: Option<u64>,
    /// Also note the SHA-256 of the checkpoint, which takes as long as reading all of it
    #[arg(long)]
    sha256: bool,
    /// Make them anew, even where they are there already
    #[arg(long)]
    force: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let models = found(arguments)?;
    if models.is_empty() {
        return Err("no .safetensors or .gguf file found".into());
    }
    let into_folder = models.len() > 1 || arguments.output.as_deref().is_some_and(is_folder_name);
    if let Some(folder) = arguments.output.as_deref().filter(|_| into_folder) {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let names = file_names(&models);
    let bar = ProgressBar::new(models.len() as u64)
        .with_style(ProgressStyle::with_template("{wide_bar} {pos}/{len}  {msg}  eta {eta}")?);
    let mut failed = 0;
    let mut targets = BTreeSet::new();
    for (model, name) in models.iter().zip(names) {
        bar.set_message(name.clone());
        let target = match &arguments.output {
            Some(folder) if into_folder => folder.join(name),
            Some(file) => file.clone(),
            None => model.path.with_file_name(name),
        };
        match make(model, arguments, &mut targets, &target) {
            Ok(done) => bar.suspend(|| print(&done))?,
            // the others are still worth making
            Err(error) if models.len() > 1 => {
                failed += 1;
                bar.suspend(|| eprintln!("weightkin: {}", one_line(&*error)));
            }
            Err(error) => return Err(error),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if failed > 0 {
        return Err(format!("{failed} of {} fingerprints could not be made", models.len()).into());
    }
    Ok(())
}

/// The models that the arguments name.
fn found(arguments: &Arguments) -> Result<Vec<Found>, Box<dyn Error>> {
    let variant = arguments.variant.as_deref();
    let mut models = Vec::new();
    for path in &arguments.models {
        if path.is_dir() {
            let found = native::find_all(path, variant)?;
            print(&not_read::lines(&path.display().to_string(), None, &found.not_read))?;
            models.extend(found.models);
        } else {
            models.push(native::find(path, variant)?);
        }
    }
    let is_there = |model: &Found| {
        let read = model.group.variant.as_deref();
        read.zip(variant).is_some_and(|(read, variant)| has_variant(read, variant))
    };
    match variant {
        Some(variant) if !models.iter().any(is_there) => {
            Err(format!("no model has a variant {}", EscapedQuoted(variant)).into())
        }
        _ => Ok(models),
    }
}

/// Names of the fingerprints' files: models of one name are told apart by their paths.
fn file_names(models: &[Found]) -> Vec<String> {
    let names: Vec<String> = models.iter().map(|model| model.group.name.clone()).collect();
    let paths: Vec<String> = models.iter().map(|model| model.group.path.clone()).collect();
    let told = told_apart(&names, &paths);
    told.iter().map(|name| format!("{}{SUFFIX}", name.replace('/', "-"))).collect()
}

/// Whether what is to be written there is a folder: it is one, or is not called like a file.
fn is_folder_name(output: &Path) -> bool {
    output.is_dir()
        || (!output.exists() && output.extension().is_none_or(|end| end != "safetensors"))
}

/// Makes one fingerprint, unless it is there, and says so.
fn make(
    found: &Found,
    arguments: &Arguments,
    targets: &mut BTreeSet<PathBuf>,
    target: &Path,
) -> Result<String, Box<dyn Error>> {
    let open = native::open_found(found)?;
    let limit = SizeLimit { rows: arguments.rows, most_bytes: arguments.max_bytes };
    let density =
        limit.density(&open.input).map_err(|error| format!("{}: {error}", found.path.display()))?;
    if open.paths.iter().any(|path| native::is_same_file(path, target)) {
        return Err(format!("{}: the fingerprint would replace the model", target.display()).into());
    }
    if !targets.insert(target.to_owned()) {
        let model = found.path.display();
        return Err(format!(
            "{model}: another model has the same name, {}",
            EscapedQuoted(open.input.name())
        )
        .into());
    }
    let name = target.display();
    let Group { name: model, variant, not_read, .. } = &found.group;
    let beside = not_read::lines(model, variant.as_deref(), not_read);
    if !arguments.force && is_made(target, &open, density, arguments.sha256) {
        return Ok(format!("{beside}{name}: there already\n"));
    }
    let sha256 = if arguments.sha256 { native::sha256(&open)? } else { None };
    let made = native::make_fingerprint(&open, limit, sha256, |_| {}, |_| {});
    let bytes = made.map_err(|error| match error {
        NativeError::Make(error) => format!("{name}: {error}"),
        other => other.to_string(),
    })?;
    write(target, &bytes)?;
    Ok(format!("{beside}{name}: {} bytes\n", bytes.len()))
}

/// Whether `target` holds the fingerprint that would be made of `open`.
fn is_made(target: &Path, open: &Opened, density: Density, with_sha256: bool) -> bool {
    let Ok(bytes) = fs::read(target) else { return false };
    let Ok(made) = Fingerprint::from_bytes(&bytes) else { return false };
    let sha256 = made.source.sha256.clone();
    let has_digest = !with_sha256 || sha256.is_some() || open.paths.len() != 1;
    made.sample.density == density
        && has_digest
        && matches!(&*open.input, Input::Full(FullModel { model, canonical, .. })
            if made.source == SourceFacts::of(model, canonical, sha256))
}

/// Writes so that `target` is either not there, as before, or complete.
pub fn write(target: &Path, bytes: &[u8]) -> Result<(), NativeError> {
    let mut file = native::NewFile::create(target)?;
    file.write(bytes)?;
    file.finish()
}

pub fn one_line(error: &dyn Error) -> String {
    // a file's name may hold anything, line ends included
    error.to_string().replace(char::is_control, " ")
}
