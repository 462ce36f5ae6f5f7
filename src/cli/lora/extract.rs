//! `weightkin lora extract`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use weightkin::dtype::Dtype;
use weightkin::escape::EscapedQuoted;
use weightkin::lora::extract::{FactorOptions, Quality, RankRule};
use weightkin::lora::target::FileForm;
use weightkin::native::{self, Checkpoint, ExtractOptions, Extracted};

use super::super::compare::{Pattern, print};

#[derive(Args)]
pub struct Arguments {
    /// Model that the adapter is for
    base: PathBuf,
    /// Model that it makes of it
    tuned: PathBuf,
    /// File to write
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Rank of each module, or the most where --energy decides
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    rank: u32,
    /// Give each module the rank that holds this share of its change (0.99)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    energy: Option<f64>,
    /// Also take convolutions, with this rank
    #[arg(long, value_name = "RANK", value_parser = clap::value_parser!(u32).range(1..=4096))]
    conv_rank: Option<u32>,
    /// Only layers whose tensors match: a word, a glob, or a /regex/
    #[arg(long, value_name = "PATTERN", value_parser = Pattern::new)]
    only: Option<Pattern>,
    /// Alpha to store; without it, the rank of each module, which scales nothing
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    alpha: Option<f64>,
    #[command(flatten)]
    stored: Stored,
    /// How modules are named; language models have PEFT's names
    #[arg(long, value_enum, default_value_t = Form::Kohya)]
    form: Form,
    /// Cut factors off at this quantile of their elements, as another extractor does with 0.99: the
    /// adapter becomes too weak
    #[arg(long, value_name = "QUANTILE", value_parser = share)]
    clamp: Option<f64>,
    /// Leave out text encoders in which no weight changes by more, as another extractor does with
    /// 0.01: small changes of theirs are lost
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    min_diff: Option<f64>,
    /// Write no metadata
    #[arg(long)]
    bare: bool,
    /// Print the figures of each module as JSON
    #[arg(long)]
    json: bool,
}

/// How and where factors are stored.
#[derive(Args)]
pub struct Stored {
    /// Number format of the factors
    #[arg(long, value_enum, default_value_t = Precision::F16)]
    pub precision: Precision,
    /// Replace the output if it is there; what is read is never replaced
    #[arg(long)]
    pub force: bool,
}

/// Values of `--precision`.
#[derive(Clone, Copy, ValueEnum)]
pub enum Precision {
    F16,
    Bf16,
    F32,
}

impl From<Precision> for Dtype {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F16 => Self::F16,
            Precision::Bf16 => Self::BF16,
            Precision::F32 => Self::F32,
        }
    }
}

/// Values of `--form`.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Kohya,
    Peft,
    Comfyui,
}

impl From<Form> for FileForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Kohya => Self::Kohya,
            Form::Peft => Self::Peft,
            Form::Comfyui => Self::Comfy,
        }
    }
}

/// A number above 0 and at most 1.
pub fn share(text: &str) -> Result<f64, String> {
    let share = positive(text)?;
    if share <= 1.0 { Ok(share) } else { Err("at most 1".to_owned()) }
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "a number above 0".to_owned())
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let base = Checkpoint::open(&arguments.base)?;
    let tuned = Checkpoint::open(&arguments.tuned)?;
    let options = ExtractOptions {
        rank: RankRule { most: arguments.rank as usize, energy: arguments.energy },
        convolution_rank: arguments.conv_rank.map(|rank| rank as usize),
        factors: FactorOptions {
            dtype: arguments.stored.precision.into(),
            alpha: arguments.alpha,
            clamp: arguments.clamp,
        },
        form: arguments.form.into(),
        least_text_change: arguments.min_diff,
        with_metadata: !arguments.bare,
        replace: arguments.stored.force,
    };
    let bar = ProgressBar::no_length()
        .with_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} layers  eta {eta}")?);
    let is_wanted =
        |name: &str| arguments.only.as_ref().is_none_or(|only| only.regex.is_match(name));
    let started = |layers| bar.set_length(layers);
    let target = &arguments.output;
    let done = |layers| bar.inc(layers);
    let made = native::extract_adapter(&base, &tuned, target, &options, is_wanted, started, done)?;
    bar.finish_and_clear();
    if arguments.json {
        let text = serde_json::to_string_pretty(&modules(&made.modules))?;
        return print(&format!("{text}\n"));
    }
    print(&render(arguments, &made))
}

/// The figures of each module.
pub fn modules(modules: &[(String, usize, Quality)]) -> serde_json::Value {
    let module = |(name, rank, quality): &(String, usize, Quality)| {
        serde_json::json!({
            "module": name,
            "rank": rank,
            "norm": quality.square.sqrt(),
            "error": quality.error(),
            "least_error": quality.least_error(),
        })
    };
    modules.iter().map(module).collect()
}

fn render(arguments: &Arguments, made: &Extracted) -> String {
    let mut text = summary(&arguments.output.display().to_string(), made.bytes, &made.modules);
    if made.unchanged > 0 {
        let _ = writeln!(text, "{} layers do not change", made.unchanged);
    }
    if made.gated > 0 {
        let _ = writeln!(text, "{} modules of text encoders change too little", made.gated);
    }
    for name in &made.unmatched {
        let _ = writeln!(text, "left out: the models do not both have {}", EscapedQuoted(name));
    }
    text
}

/// What was written, in words.
pub fn summary(target: &str, bytes: u64, modules: &[(String, usize, Quality)]) -> String {
    let all = modules.iter().fold(Quality::default(), |sum, (.., quality)| sum.and(*quality));
    let mut ranks: Vec<usize> = modules.iter().map(|(_, rank, _)| *rank).collect();
    ranks.sort_unstable();
    let mut text = format!("{target}: {bytes} bytes, {} modules", modules.len());
    if let (Some(least), Some(most)) = (ranks.first(), ranks.last()) {
        let rank = if least == most {
            format!("{least}")
        } else {
            format!("{least} to {most}, median {}", ranks[ranks.len() / 2])
        };
        let _ = write!(text, " of rank {rank}");
    }
    text.push('\n');
    if all.square > 0.0 {
        let _ = writeln!(
            text,
            "relative error {:.6}; about {:.6} is the least with these ranks",
            all.error(),
            all.least_error()
        );
        let worst = |a: &&(String, usize, Quality), b: &&(String, usize, Quality)| {
            a.2.error().total_cmp(&b.2.error())
        };
        if let Some((name, rank, quality)) = modules.iter().max_by(worst) {
            let _ = writeln!(
                text,
                "largest: {:.6} in {}, of rank {rank}",
                quality.error(),
                EscapedQuoted(name)
            );
        }
    }
    if all.overflows > 0 {
        let _ = writeln!(text, "{} numbers were too large for the format", all.overflows);
    }
    text
}
