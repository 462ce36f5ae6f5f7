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
use weightkin::native::{self, NativeError, Opened};
use weightkin::sample::Density;

use super::compare::print;

#[derive(Args)]
pub struct Arguments {
    /// Checkpoints, or folders with any number of them
    #[arg(required = true, num_args = 1..)]
    models: Vec<PathBuf>,
    /// Write it here: a file, or a folder to put them into; else beside each checkpoint
    #[arg(short, long, value_name = "FILE|FOLDER")]
    output: Option<PathBuf>,
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
    let mut models = Vec::new();
    for path in &arguments.models {
        models.extend(if path.is_dir() { native::find_all(path)? } else { vec![path.clone()] });
    }
    if models.is_empty() {
        return Err("no .safetensors file found".into());
    }
    let into_folder = models.len() > 1 || arguments.output.as_deref().is_some_and(Path::is_dir);
    if let Some(folder) = arguments.output.as_deref().filter(|_| models.len() > 1) {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let bar = ProgressBar::new(models.len() as u64)
        .with_style(ProgressStyle::with_template("{wide_bar} {pos}/{len}  {msg}  eta {eta}")?);
    let mut failed = 0;
    let mut targets = BTreeSet::new();
    for model in &models {
        bar.set_message(model.file_name().unwrap_or_default().to_string_lossy().into_owned());
        let target = |open: &Opened| match &arguments.output {
            Some(folder) if into_folder => folder.join(format!("{}{SUFFIX}", open.input.name())),
            Some(file) => file.clone(),
            None => model.with_file_name(format!("{}{SUFFIX}", open.input.name())),
        };
        match make(model, arguments, &mut targets, target) {
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

/// Makes one fingerprint, unless it is there, and says so.
fn make(
    path: &Path,
    arguments: &Arguments,
    targets: &mut BTreeSet<PathBuf>,
    target: impl Fn(&Opened) -> PathBuf,
) -> Result<String, Box<dyn Error>> {
    let open = native::open(path)?;
    let limit = SizeLimit { rows: arguments.rows, most_bytes: arguments.max_bytes };
    let density =
        limit.density(&open.input).map_err(|error| format!("{}: {error}", path.display()))?;
    let target = target(&open);
    if open.paths.iter().any(|path| same_file(path, &target)) {
        return Err(format!("{}: the fingerprint would replace the model", target.display()).into());
    }
    if !targets.insert(target.clone()) {
        let model = path.display();
        return Err(format!(
            "{model}: another model has the same name, {}",
            EscapedQuoted(&open.input.name())
        )
        .into());
    }
    let name = target.display();
    if !arguments.force && is_made(&target, &open, density, arguments.sha256) {
        return Ok(format!("{name}: there already\n"));
    }
    let sha256 = if arguments.sha256 { native::sha256(&open)? } else { None };
    let made = native::make_fingerprint(&open, limit, sha256, |_| {}, |_| {});
    let bytes = made.map_err(|error| match error {
        NativeError::Make(error) => format!("{name}: {error}"),
        other => other.to_string(),
    })?;
    write(&target, &bytes).map_err(|error| format!("{name}: {error}"))?;
    Ok(format!("{name}: {} bytes\n", bytes.len()))
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
pub fn write(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut part = target.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, bytes)?;
    fs::rename(&part, target)
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

pub fn one_line(error: &dyn Error) -> String {
    // a file's name may hold anything, line ends included
    error.to_string().replace(char::is_control, " ")
}
