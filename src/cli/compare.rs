//! `weightkin compare`.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use regex_lite::Regex;
use weightkin::escape::EscapedQuoted;
use weightkin::gram::MOST_STRENGTH;
use weightkin::input::Input;
use weightkin::layers::{self, LayerMap};
use weightkin::matching::Options;
use weightkin::native::{self, Opened};
use weightkin::report::{ScopeBy, pattern_regex};

use super::adapters;
use super::not_read;
use super::output::ReportFile;
use super::table;

#[derive(Args)]
pub struct Arguments {
    /// Checkpoints or fingerprints: .safetensors files, shards or an index of one model, or folders
    #[arg(required = true, num_args = 1..)]
    models: Vec<PathBuf>,
    /// Write the report here; `-` for standard output instead of the table
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Read a small sample of the models only, and print estimates
    #[arg(long)]
    quick: bool,
    /// Of variants that lie side by side, read this one (fp16, `non_ema`, …)
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Compare the VAE too
    #[arg(long)]
    include_vae: bool,
    /// A model that all others descend from: adds what they have learnt since
    #[arg(long, value_name = "FILE")]
    ancestor: Option<PathBuf>,
    /// An adapter (LoRA, …) to compare with the models: what it explains of how the first of them
    /// differs from the others
    #[arg(long = "lora", value_name = "FILE")]
    adapters: Vec<PathBuf>,
    /// Also show the figures as they would be with the adapter added to the first model at these
    /// strengths, from −2 to 2
    #[arg(
        long,
        value_name = "S,…",
        value_delimiter = ',',
        allow_hyphen_values = true,
        requires = "adapters",
        value_parser = strength
    )]
    strength: Vec<f64>,
    /// Compare along the layers that moved: with `layers`, a pruned, stacked or reordered model is held
    /// against the layers that its own came from
    #[arg(long, value_enum, value_name = "WHAT")]
    align: Option<Align>,
    /// Also show the figures of each part
    #[arg(long, value_enum, value_name = "PARTS")]
    by: Option<Parts>,
    /// Also show the figures of the tensors whose names match: a word, a glob, or a /regex/
    #[arg(long, value_name = "PATTERN", value_parser = Pattern::new)]
    only: Option<Pattern>,
}

/// Value of `--only`.
#[derive(Clone)]
pub struct Pattern {
    /// As it was written.
    pub pattern: String,
    /// What it means.
    pub regex: Regex,
}

impl Pattern {
    /// Reads a word, a glob or a `/regex/`.
    pub fn new(pattern: &str) -> Result<Self, regex_lite::Error> {
        Ok(Self { pattern: pattern.to_owned(), regex: Regex::new(&pattern_regex(pattern))? })
    }
}

/// Values of `--align`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Align {
    Layers,
}

/// Values of `--by`.
#[derive(Clone, Copy, ValueEnum)]
enum Parts {
    Component,
    Block,
    Layer,
    Kind,
    Part,
}

impl From<Parts> for ScopeBy {
    fn from(parts: Parts) -> Self {
        match parts {
            Parts::Component => Self::Component,
            Parts::Block => Self::Block,
            Parts::Layer => Self::Layer,
            Parts::Kind => Self::Kind,
            Parts::Part => Self::Part,
        }
    }
}

/// Value of `--strength`.
fn strength(text: &str) -> Result<f64, String> {
    let strength: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let is_within = strength.abs() <= MOST_STRENGTH;
    if is_within {
        Ok(strength)
    } else {
        Err(format!("not between −{MOST_STRENGTH} and {MOST_STRENGTH}"))
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut paths: Vec<&Path> = arguments.models.iter().map(PathBuf::as_path).collect();
    let ancestor = arguments.ancestor.as_deref().map(|ancestor| {
        paths.iter().position(|path| *path == ancestor).unwrap_or_else(|| {
            paths.push(ancestor);
            paths.len() - 1
        })
    });
    paths.extend(arguments.adapters.iter().map(PathBuf::as_path));
    if let Some(path) = &arguments.json
        && (path.extension().is_some_and(|end| end == "safetensors") || paths.contains(&&**path))
    {
        return Err(format!("{}: the report would replace a model", path.display()).into());
    }
    let file = match &arguments.json {
        Some(path) if path.as_os_str() != "-" => Some(ReportFile::open(path).map_err(named(path))?),
        _ => None,
    };
    let variant = arguments.variant.as_deref();
    let open = |path| native::open_variant(path, variant);
    let mut models = paths.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
    native::tell_apart(&mut models);
    for (path, opened) in arguments.adapters.iter().rev().zip(models.iter().rev()) {
        if !opened.input.is_adapter() {
            return Err(format!("{}: not an adapter", path.display()).into());
        }
    }
    if let Some(variant) = variant
        && !models.iter().any(|open| open.input.has_variant(variant))
    {
        return Err(format!("no model has a variant {}", EscapedQuoted(variant)).into());
    }
    let options = Options { include_vae: arguments.include_vae, ancestor, target: 0 };

    let along = arguments.align == Some(Align::Layers);
    if along && models.len() != 2 {
        return Err("--align layers takes two models".into());
    }
    let mut maps = native::find_layers(&models, along)?;
    if along {
        follow_layers(&mut models, &mut maps)?;
    }

    let bar = bytes_bar()?;
    let started = |bytes| bar.set_length(bytes);
    let mut report = native::compare(&models, &options, arguments.quick, started, |b| bar.inc(b))?;
    bar.finish_and_clear();
    report.compared.layers = maps;
    if let Some(Pattern { pattern, regex }) = &arguments.only {
        let scope = report.scope(pattern, |name| regex.is_match(name));
        if scope.tensors == 0 {
            return Err(format!("no compared tensor matches {pattern:?}").into());
        }
        report.scopes.push(scope);
    }

    match (&arguments.json, file) {
        (Some(path), Some(file)) => file.write(&report.to_json()).map_err(named(path))?,
        (Some(_), None) => return print(&report.to_json()),
        _ => {}
    }
    let by = arguments.by.map(ScopeBy::from);
    let mut text = table::render(&report, by);
    text += &adapters::render(&report, by, &arguments.strength);
    for model in &report.models {
        text += &not_read::lines(&model.name, model.variant.as_deref(), &model.not_read);
    }
    print(&text)
}

/// Gives the parent of `maps` its layers where the child has them.
fn follow_layers(models: &mut [Opened], maps: &mut [LayerMap]) -> Result<(), Box<dyn Error>> {
    let Some(LayerMap { parent, child, .. }) = maps.first().cloned() else {
        return Err("no layers of these models have moved, as far as can be told for sure".into());
    };
    for map in maps.iter_mut() {
        map.followed = map.parent == parent;
    }
    let followed: Vec<LayerMap> = maps.iter().filter(|map| map.followed).cloned().collect();
    if let Input::Full(full) = models[parent].input.as_ref() {
        let along = layers::follow(full, models[child].input.canonical(), &followed);
        models[parent].input = Arc::new(Input::Full(along));
    }
    Ok(())
}

/// Puts the file's name in front of the system's words.
pub fn named(path: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

/// Progress in bytes; hidden unless standard error is a terminal.
pub fn bytes_bar() -> Result<ProgressBar, Box<dyn Error>> {
    Ok(ProgressBar::no_length().with_style(ProgressStyle::with_template(
        "{wide_bar} {percent:>3}%  {bytes}/{total_bytes}  {bytes_per_sec}  eta {eta}",
    )?))
}

/// Writes to standard output. A reader that goes away early has seen enough.
pub fn print(text: &str) -> Result<(), Box<dyn Error>> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output: {error}").into())
        }
        _ => Ok(()),
    }
}
