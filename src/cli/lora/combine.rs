//! `weightkin lora resize` and `weightkin lora merge`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use weightkin::escape::EscapedQuoted;
use weightkin::lora::extract::{FactorOptions, RankRule};
use weightkin::native::{self, CombineOptions, OpenAdapter};

use super::super::compare::print;
use super::apply::WithStrength;
use super::extract::{Stored, modules, share, summary};

#[derive(Args)]
pub struct Resize {
    /// Adapter: a .safetensors file, or a folder of PEFT
    adapter: PathBuf,
    #[command(flatten)]
    output: Written,
    /// Rank of each module, or the most where --energy decides
    #[arg(long, required_unless_present = "energy", value_parser = clap::value_parser!(u32).range(1..=4096))]
    rank: Option<u32>,
    /// Give each module the rank that holds this share of its change (0.99)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    energy: Option<f64>,
}

#[derive(Args)]
pub struct Merge {
    /// Adapters; behind each what it is multiplied with (`:0.8`)
    #[arg(required = true, num_args = 1.., value_name = "LORA[:S]", value_parser = WithStrength::parse)]
    adapters: Vec<WithStrength>,
    #[command(flatten)]
    output: Written,
    /// Keep this rank of each module, or the most where --energy decides; without both, all terms
    /// are kept, which is exact
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    rank: Option<u32>,
    /// Keep the rank that holds this share of each module's change (0.99)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    energy: Option<f64>,
}

#[derive(Args)]
struct Written {
    /// File to write
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    #[command(flatten)]
    stored: Stored,
    /// Print the figures of each module as JSON
    #[arg(long)]
    json: bool,
}

/// Terms that are kept where one of the two is said.
fn rule(rank: Option<u32>, energy: Option<f64>) -> Option<RankRule> {
    let most = rank.map_or(usize::MAX, |rank| rank as usize);
    (rank.is_some() || energy.is_some()).then_some(RankRule { most, energy })
}

pub fn resize(arguments: &Resize) -> Result<(), Box<dyn Error>> {
    let adapter = native::open_adapter(&arguments.adapter)?;
    write(&[(adapter, 1.0)], &arguments.output, rule(arguments.rank, arguments.energy))
}

pub fn merge(arguments: &Merge) -> Result<(), Box<dyn Error>> {
    let open = |with: &WithStrength| {
        if with.main.to_bits() != with.text_encoder.to_bits() {
            return Err(format!("{}: one number is enough here", with.path.display()).into());
        }
        Ok((native::open_adapter(&with.path)?, with.main))
    };
    let adapters =
        arguments.adapters.iter().map(open).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    write(&adapters, &arguments.output, rule(arguments.rank, arguments.energy))
}

fn write(
    adapters: &[(OpenAdapter, f64)],
    output: &Written,
    rank: Option<RankRule>,
) -> Result<(), Box<dyn Error>> {
    let dtype = output.stored.precision.into();
    let factors = FactorOptions { dtype, alpha: None, clamp: None };
    let options = CombineOptions { rank, factors, replace: output.stored.force };
    let target: &Path = &output.output;
    let made = native::combine_adapters(adapters, target, &options)?;
    if output.json {
        let text = serde_json::to_string_pretty(&modules(&made.modules))?;
        return print(&format!("{text}\n"));
    }
    let mut text = summary(&target.display().to_string(), made.bytes, &made.modules);
    for name in &made.left_out {
        let _ = writeln!(text, "left out: {} is no product of thin matrices", EscapedQuoted(name));
    }
    print(&text)
}
