//! `weightkin lora show`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use weightkin::canonical::CanonicalModel;
use weightkin::escape::Escaped;
use weightkin::lora::summary::Summary;
use weightkin::lora::{Adapter, Placement};
use weightkin::native;

use super::super::compare::print;
use super::super::listing::{listing, unplaced};
use super::super::table::table;

/// Blocks that are listed unless all are asked for.
const STRONGEST: usize = 8;

#[derive(Args)]
pub struct Arguments {
    /// Adapters: .safetensors files, or folders of PEFT
    #[arg(required = true, num_args = 1..)]
    adapters: Vec<PathBuf>,
    /// Also tell which of their modules would be ignored on this checkpoint
    #[arg(long, value_name = "FILE")]
    on: Option<PathBuf>,
    /// List all blocks and everything that is not used
    #[arg(long)]
    all: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let model = match &arguments.on {
        Some(path) => Some(CanonicalModel::from_model(&native::open_model(path)?.0)),
        None => None,
    };
    for path in &arguments.adapters {
        let opened = native::open_adapter(path)?;
        let summary = native::summarize_adapter(&opened)?;
        let mut text = render(&opened.adapter, &summary, arguments.all);
        if let Some(model) = &model {
            let placement = Placement::new(&opened.adapter, model);
            text.push_str(&ignored(&opened.adapter, &placement, arguments.all));
        }
        text.push('\n');
        print(&text)?;
    }
    Ok(())
}

fn render(adapter: &Adapter, summary: &Summary, all: bool) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}  (fits {}, {} modules)",
        Escaped(&adapter.name),
        summary.fits.unwrap_or("an unknown architecture"),
        adapter.modules.len()
    );
    let _ = writeln!(text, "form: {}", counts(&summary.forms, String::clone));
    if !summary.ranks.is_empty() {
        let _ = writeln!(text, "rank as stored: {}", counts(&summary.ranks, u64::to_string));
    }
    for (share, used) in [("90 %", summary.used_90), ("99 %", summary.used_99)] {
        if let Some([least, median, most]) = used {
            let _ = writeln!(
                text,
                "rank that holds {share} of a module's energy: {median} (from {least} to {most})"
            );
        }
    }
    if !summary.alphas.is_empty() {
        let alpha = |alpha: &Option<f64>| {
            alpha.map_or_else(
                || "none, as if it were the rank".to_owned(),
                |alpha| alpha.to_string(),
            )
        };
        let _ = writeln!(text, "alpha: {}", counts(&summary.alphas, alpha));
    }
    let _ = writeln!(text, "norm of the change: {:.6}", summary.norm);
    if summary.of_model > 0 {
        let _ = writeln!(
            text,
            "{} modules change the model by its own weights; their norm is not known without it",
            summary.of_model
        );
    }
    let mut groups = table(vec!["part", "modules", "norm"], 1..3);
    for group in &summary.components {
        let name = group.component.to_string();
        groups.add_row(vec![name, group.modules.to_string(), format!("{:.6}", group.norm)]);
    }
    let shown = if all { summary.blocks.len() } else { STRONGEST.min(summary.blocks.len()) };
    for group in &summary.blocks[..shown] {
        let name = format!("{} {}", group.component, Escaped(&group.block));
        groups.add_row(vec![name, group.modules.to_string(), format!("{:.6}", group.norm)]);
    }
    let _ = writeln!(text, "\n{groups}");
    if shown < summary.blocks.len() {
        let _ = writeln!(text, "… and {} weaker blocks", summary.blocks.len() - shown);
    }
    if !summary.hints.is_empty() {
        let _ = writeln!(text, "\nits metadata says:");
        for (key, value) in &summary.hints {
            let _ = writeln!(text, "  {key}: {}", Escaped(value));
        }
    }
    if !adapter.skipped.is_empty() {
        let _ = writeln!(text, "\nnot used:");
        let skipped = adapter.skipped.iter().map(|skipped| (skipped.name.as_str(), &skipped.why));
        text += &listing(&skipped.collect::<Vec<_>>(), all);
    }
    text
}

/// The modules that have no place in a model.
fn ignored(adapter: &Adapter, placement: &Placement, all: bool) -> String {
    format!(
        "\n{} of {} modules would be ignored on this checkpoint\n{}",
        placement.unplaced.len(),
        adapter.modules.len(),
        unplaced(adapter, &placement.unplaced, all)
    )
}

/// Values with how many modules have them, where they differ.
fn counts<T>(counts: &[(T, usize)], show: impl Fn(&T) -> String) -> String {
    if let [(only, _)] = counts {
        return show(only);
    }
    let each: Vec<String> =
        counts.iter().map(|(value, count)| format!("{} ({count} modules)", show(value))).collect();
    each.join(", ")
}
