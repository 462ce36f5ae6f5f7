//! `weightkin identify`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use comfy_table::Table;
use weightkin::escape::Escaped;
use weightkin::identify::{Identification, Relative};
use weightkin::input::{FullModel, Input};
use weightkin::native;
use weightkin::report::estimated;

use super::compare::{bytes_bar, named, print};
use super::fingerprint::one_line;
use super::not_read;
use super::output::ReportFile;
use super::table::table;

#[derive(Args)]
pub struct Arguments {
    /// Checkpoint or fingerprint whose relatives to find
    model: PathBuf,
    /// Folder or index of fingerprints
    among: PathBuf,
    /// Relatives to compare by their whole fingerprints, and to show
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// Write all relatives here; `-` for standard output instead of the table
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let file = match &arguments.json {
        Some(path) if path.extension().is_some_and(|end| end == "safetensors") => {
            return Err(format!("{}: this would replace a model", path.display()).into());
        }
        Some(path) if path.as_os_str() != "-" => Some(ReportFile::open(path).map_err(named(path))?),
        _ => None,
    };
    let opened = native::open(&arguments.model)?;
    let among = native::open_index(&arguments.among)?;
    if among.index.models.is_empty() && among.failed.is_empty() {
        return Err(format!("{}: no fingerprint found", arguments.among.display()).into());
    }
    let bar = bytes_bar()?;
    let started = |bytes| bar.set_length(bytes);
    let probe = native::fingerprint_of(&opened, started, |bytes| bar.inc(bytes))?;
    bar.finish_and_clear();
    let top = usize::from(arguments.top);
    let (found, failed) = native::identify(probe, &among, top);
    for error in among.failed.iter().chain(&failed) {
        // the others still say something
        eprintln!("weightkin: {}", one_line(error));
    }
    match (&arguments.json, file) {
        (Some(path), Some(file)) => file.write(&found.to_json()).map_err(named(path))?,
        (Some(_), None) => return print(&found.to_json()),
        _ => {}
    }
    let mut text = render(&found, top);
    if let Input::Full(FullModel { model, .. }) = &*opened.input {
        text += &not_read::lines(&model.name, model.variant.as_deref(), &model.not_read);
    }
    print(&text)
}

/// The result as text, ending in a newline.
fn render(found: &Identification, top: usize) -> String {
    let mut text = String::new();
    let compared = found.relatives.len();
    let name = Escaped(&found.model.name);
    let architecture = found.model.architecture.title();
    let among = models(compared);
    let _ = writeln!(text, "{name}  ({architecture}), among {among} of its kind\n");
    if found.relatives.is_empty() {
        text.push_str("no model has enough tensors in common with it\n");
    } else {
        let _ = writeln!(text, "{}", relatives(&found.relatives[..compared.min(top)]));
    }
    if let Some(margin) = found.margin {
        let margin = estimated(margin.column_cosine, margin.half_width.max(1e-6));
        let _ = writeln!(text, "\nthe nearest is ahead of the second by {margin}");
    }
    let without = found.relatives.iter().take(top).filter(|relative| relative.refined.is_none());
    if without.count() > 0 {
        text.push_str("~ from sketches only\n");
    }
    if !found.apart.is_empty() {
        let verb = if found.apart.len() == 1 { "was" } else { "were" };
        let (apart, kinds) = (models(found.apart.len()), kinds(found));
        let _ = writeln!(text, "{apart} of other kinds {verb} not compared: {kinds}");
    }
    text
}

/// So many models, in words.
fn models(count: usize) -> String {
    format!("{count} {}", if count == 1 { "model" } else { "models" })
}

/// How many models there are of each other kind, the most first.
fn kinds(found: &Identification) -> String {
    let mut kinds: Vec<(usize, &str)> = Vec::new();
    for apart in &found.apart {
        let title = apart.architecture.title();
        match kinds.iter_mut().find(|(_, kind)| *kind == title) {
            Some((count, _)) => *count += 1,
            None => kinds.push((1, title)),
        }
    }
    kinds.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let kinds: Vec<String> = kinds.iter().map(|(count, kind)| format!("{count} {kind}")).collect();
    kinds.join(", ")
}

fn relatives(relatives: &[Relative]) -> Table {
    let header = ["", "model", "column cosine", "flat cosine", "", "fingerprint"];
    let mut table = table(header.to_vec(), 0..1);
    for (rank, relative) in (1..).zip(relatives) {
        let similarity = relative.similarity();
        let column = estimated(similarity.column_cosine, similarity.half_width.max(1e-6));
        let title = relative.title.as_ref().unwrap_or(&relative.name);
        let (column, flat, verdict) = match &relative.refined {
            Some(refined) => {
                let half_width = refined.intervals.flat_cosine.unwrap_or(0.0).max(1e-6);
                let flat = refined.figures.flat_cosine.map(|cosine| estimated(cosine, half_width));
                let verdict = refined.verdict.map_or("", |verdict| verdict.words());
                (column, flat.unwrap_or_default(), verdict)
            }
            None => (format!("~ {column}"), String::new(), ""),
        };
        table.add_row([
            rank.to_string(),
            Escaped(title).to_string(),
            column,
            flat,
            verdict.to_owned(),
            Escaped(&relative.file).to_string(),
        ]);
    }
    table
}
