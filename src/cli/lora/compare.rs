//! `weightkin lora compare`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use weightkin::escape::Escaped;
use weightkin::gram::distinct_pairs;
use weightkin::lora::compare::{LayerGroup, Likeness, Similarity};
use weightkin::native;

use super::super::compare::print;
use super::super::table::table;

#[derive(Args)]
pub struct Arguments {
    /// Adapters: .safetensors files, or folders of PEFT
    #[arg(required = true, num_args = 2..)]
    adapters: Vec<PathBuf>,
    /// Also show the figures of each part
    #[arg(long, value_enum, value_name = "PARTS")]
    by: Option<Parts>,
    /// Print the figures as JSON instead of the table
    #[arg(long)]
    json: bool,
}

/// Values of `--by`.
#[derive(Clone, Copy, ValueEnum)]
enum Parts {
    Component,
    Block,
}

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let adapters = arguments
        .adapters
        .iter()
        .map(|path| native::open_adapter(path))
        .collect::<Result<Vec<_>, _>>()?;
    let similarity = native::compare_adapters(&adapters)?;
    if arguments.json {
        return print(&format!("{}\n", serde_json::to_string_pretty(&similarity)?));
    }
    print(&render(&similarity, arguments.by))
}

fn render(similarity: &Similarity, by: Option<Parts>) -> String {
    let mut text = String::new();
    for (index, name) in similarity.adapters.iter().enumerate() {
        let left_out = match similarity.left_out[index] {
            0 => String::new(),
            count => format!(", {count} left out: they take the model to be worked out"),
        };
        let modules = similarity.overall.modules[index];
        let _ = writeln!(text, "[{index}] {}  ({modules} modules{left_out})", Escaped(name));
    }
    let count = similarity.adapters.len();
    let mut pairs = table(vec!["pair", "cosine", "norm b / a", "verdict"], 1..3);
    for (position, (a, b)) in distinct_pairs(count).enumerate() {
        let ratio = norm(&similarity.overall, b) / norm(&similarity.overall, a);
        pairs.add_row(vec![
            format!("{} ⇔ {}", Escaped(&similarity.adapters[a]), Escaped(&similarity.adapters[b])),
            cosine(&similarity.overall, a, b),
            if ratio.is_finite() { format!("{ratio:.6}") } else { "–".to_owned() },
            verdict(similarity, similarity.likeness[position]),
        ]);
    }
    let _ = writeln!(text, "\n{pairs}");
    let groups = match by {
        Some(Parts::Component) => &similarity.components,
        Some(Parts::Block) => &similarity.blocks,
        None => return text,
    };
    let mut header = vec!["part".to_owned()];
    header.extend(distinct_pairs(count).map(|(a, b)| format!("[{a}]⇔[{b}]")));
    let numbers = 1..header.len();
    let mut parts = table(header, numbers);
    for group in groups {
        let mut row = vec![Escaped(&group.name).to_string()];
        row.extend(distinct_pairs(count).map(|(a, b)| cosine(group, a, b)));
        parts.add_row(row);
    }
    let _ = writeln!(text, "\n{parts}");
    text
}

fn norm(group: &LayerGroup, adapter: usize) -> f64 {
    group.gram[weightkin::gram::pair(group.modules.len(), adapter, adapter)].sqrt()
}

fn cosine(group: &LayerGroup, a: usize, b: usize) -> String {
    group.cosine(a, b).map_or_else(|| "–".to_owned(), |cosine| format!("{cosine:.6}"))
}

fn verdict(similarity: &Similarity, likeness: Likeness) -> String {
    match likeness {
        Likeness::Identical => "identical".to_owned(),
        Likeness::StoredAnew => "same adapter, stored anew".to_owned(),
        Likeness::Scaled { factor } => format!("same adapter, × {factor:.4}"),
        Likeness::Resized { smaller, factor } => {
            let name = Escaped(&similarity.adapters[smaller]).to_string();
            let scaled = (factor - 1.0).abs() > 5e-3;
            let times = if scaled { format!(", × {factor:.4}") } else { String::new() };
            format!("same adapter, resized ({name} is the smaller{times})")
        }
        Likeness::Different => "–".to_owned(),
    }
}
