//! `weightkin lora apply`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use weightkin::architecture::TensorRole;
use weightkin::escape::EscapedQuoted;
use weightkin::lora::{BlockWeights, Strengths};
use weightkin::native::{self, Applied, ApplyOptions, Checkpoint, OpenAdapter};

use super::super::compare::{bytes_bar, print};
use super::super::listing::unplaced;

#[derive(Args)]
#[allow(clippy::struct_excessive_bools)] // each is an option of its own
pub struct Arguments {
    /// Checkpoint: a .safetensors file, shards or an index of one model, or a folder
    checkpoint: PathBuf,
    /// Adapters; behind each its strength (`:0.8`), or those of denoiser and text encoders (`:0.8:0.5`)
    #[arg(required = true, num_args = 1.., value_name = "LORA[:S[:TE]]", value_parser = WithStrength::parse)]
    adapters: Vec<WithStrength>,
    /// File to write; for a model of several files, the folder
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Weights of blocks, as merge tools write them: a list of 12 or 20 (SDXL), 17 or 26 (SD 1.x)
    /// numbers, or names with numbers (`IN04=0.5,MID=0`)
    #[arg(long, value_name = "WEIGHTS", allow_hyphen_values = true, value_parser = BlockWeights::parse)]
    blocks: Option<BlockWeights>,
    /// Write into the file's metadata what it was made of
    #[arg(long)]
    recipe: bool,
    /// Replace the output if it is there; what is read is never replaced
    #[arg(long)]
    force: bool,
    /// List all modules that have no place in the checkpoint
    #[arg(long)]
    all: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// An adapter with its strengths.
#[derive(Clone)]
pub struct WithStrength {
    pub path: PathBuf,
    pub main: f64,
    pub text_encoder: f64,
}

impl WithStrength {
    /// The numbers behind colons at the end are strengths; a colon before anything else belongs to
    /// the path.
    #[allow(clippy::unnecessary_wraps)] // the parser of arguments asks for a result
    pub fn parse(text: &str) -> Result<Self, std::convert::Infallible> {
        let split = |text: &str| {
            let (path, number) = text.rsplit_once(':')?;
            let number = number.parse::<f64>().ok().filter(|number| number.is_finite())?;
            (!path.is_empty()).then(|| (path.to_owned(), number))
        };
        let Some((path, last)) = split(text) else {
            return Ok(Self { path: text.into(), main: 1.0, text_encoder: 1.0 });
        };
        Ok(match split(&path) {
            Some((path, main)) => Self { path: path.into(), main, text_encoder: last },
            None => Self { path: path.into(), main: last, text_encoder: last },
        })
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let checkpoint = Checkpoint::open(&arguments.checkpoint)?;
    let blocks = arguments.blocks.clone().unwrap_or_default();
    let roles: Vec<&TensorRole> =
        checkpoint.canonical().tensors.values().map(|tensor| &tensor.role).collect();
    if let [name, ..] = blocks.unknown(&roles)[..] {
        return Err(format!("the checkpoint has no block {}", EscapedQuoted(name)).into());
    }
    let open = |with: &WithStrength| {
        let (main, text_encoder) = (with.main, with.text_encoder);
        let strengths = Strengths { main, text_encoder, blocks: blocks.clone() };
        native::open_adapter(&with.path).map(|adapter| (adapter, strengths))
    };
    let adapters: Vec<(OpenAdapter, Strengths)> =
        arguments.adapters.iter().map(open).collect::<Result<_, _>>()?;
    let options = ApplyOptions { with_recipe: arguments.recipe, replace: arguments.force };
    let bar = bytes_bar()?;
    let started = |bytes| bar.set_length(bytes);
    let target = &arguments.output;
    let applied =
        native::apply_adapters(&checkpoint, &adapters, target, options, started, |b| bar.inc(b))?;
    bar.finish_and_clear();
    if arguments.json {
        return print(&format!("{}\n", serde_json::to_string_pretty(&json(&adapters, &applied))?));
    }
    print(&render(arguments, &adapters, &applied))
}

fn json(adapters: &[(OpenAdapter, Strengths)], applied: &Applied) -> serde_json::Value {
    let names = adapters.iter().zip(&applied.unplaced).map(|((opened, _), unplaced)| {
        let modules = unplaced.iter().map(|unplaced| {
            let name = &opened.adapter.modules[unplaced.module].name;
            serde_json::json!({ "module": name, "reason": unplaced.reason.to_string() })
        });
        let modules: Vec<_> = modules.collect();
        serde_json::json!({ "adapter": opened.adapter.name, "unplaced": modules })
    });
    let names: Vec<_> = names.collect();
    let rounding = &applied.rounding;
    serde_json::json!({
        "bytes": applied.bytes,
        "tensors": applied.tensors,
        "modules": applied.modules,
        "adapters": names,
        "unwritable": applied.unwritable,
        "elements": rounding.elements,
        "changed": rounding.changed,
        "overflows": rounding.overflows,
        "norm": rounding.square.sqrt(),
        "survived": rounding.survived(),
        "rounding_error": rounding.relative_error(),
    })
}

fn render(
    arguments: &Arguments,
    adapters: &[(OpenAdapter, Strengths)],
    applied: &Applied,
) -> String {
    let mut text = String::new();
    let rounding = &applied.rounding;
    let _ = writeln!(
        text,
        "{}: {} bytes, {} tensors changed by {} modules",
        arguments.output.display(),
        applied.bytes,
        applied.tensors,
        applied.modules
    );
    if let (Some(survived), Some(error)) = (rounding.survived(), rounding.relative_error()) {
        let _ = writeln!(
            text,
            "of the change, {:.4} % survived rounding, which added an error of {:.4} % of it; {} of {} elements have a new value",
            survived * 100.0,
            error * 100.0,
            rounding.changed,
            rounding.elements
        );
    }
    if rounding.overflows > 0 {
        let _ = writeln!(
            text,
            "{} elements were too large for the format and became its largest number",
            rounding.overflows
        );
    }
    for name in &applied.unwritable {
        let _ = writeln!(
            text,
            "not changed: {} is stored in a format that is not written",
            EscapedQuoted(name)
        );
    }
    for ((opened, _), without_place) in adapters.iter().zip(&applied.unplaced) {
        if without_place.is_empty() {
            continue;
        }
        let adapter = &opened.adapter;
        let _ = writeln!(
            text,
            "{}: {} of {} modules have no place in this checkpoint",
            EscapedQuoted(&adapter.name),
            without_place.len(),
            adapter.modules.len()
        );
        text += &unplaced(adapter, without_place, arguments.all);
    }
    text
}
