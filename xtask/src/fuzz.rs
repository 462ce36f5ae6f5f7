//! `cargo xtask fuzz`: libFuzzer on everything that reads what strangers wrote.
//!
//! The targets (`tests/fuzz`) have the layout of cargo-fuzz and work with it too. Here they are
//! built with the pinned stable compiler, whose code generator can count coverage as well: what
//! cargo-fuzz would add is the address sanitizer, for code that is nearly all safe.

use std::fs;
use std::num::NonZero;
use std::process::Command;
use std::thread;

use anyhow::{Result, bail};

use crate::command::{cargo, not_started, read, run as run_command, shown};
use crate::repo;

/// Everything there is to fuzz.
pub const TARGETS: [&str; 10] = [
    "header",
    "gguf",
    "index",
    "fingerprint",
    "relatives",
    "planner",
    "decode",
    "report",
    "names",
    "adapter",
];

/// Longest input, in bytes: longer ones find nothing that shorter ones do not, only later.
const INPUT_BYTES: usize = 4096;

/// Most inputs committed for a target: seeds, not a record of everything found.
const KEPT_INPUTS: usize = 80;

/// What makes a compiler count coverage for libFuzzer.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 --cfg fuzzing";

/// Options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub struct Arguments {
    /// How long each target runs
    #[arg(long, default_value_t = 300)]
    seconds: u32,
    /// Then keep some of the inputs that cover everything reached as the committed corpus
    #[arg(long)]
    keep: bool,
    /// Only these targets
    #[arg(value_name = "TARGET", value_parser = TARGETS)]
    targets: Vec<String>,
}

/// Fuzzes at length.
pub fn run(arguments: &Arguments) -> Result<()> {
    let chosen: Vec<&str> = match &arguments.targets[..] {
        [] => TARGETS.to_vec(),
        some => some.iter().map(String::as_str).collect(),
    };
    fuzz(&chosen, arguments.seconds)?;
    if arguments.keep {
        for target in chosen {
            keep(target)?;
        }
    }
    Ok(())
}

/// Runs `targets` for `seconds` each, starting from the committed corpus and from what earlier
/// runs on this machine have found.
pub fn fuzz(targets: &[&str], seconds: u32) -> Result<()> {
    let host = &host()?;
    let mut build = cargo();
    build.env("RUSTFLAGS", COVERAGE).env_remove("CARGO_ENCODED_RUSTFLAGS");
    build.args(["build", "--package=weightkin-fuzz", "--features=libfuzzer", "--profile=fuzz"]);
    // naming the target keeps the flags away from build scripts
    build.args(["--bins", "--locked", "--target", host]);
    run_command(build.arg("--target-dir").arg(folder()))?;
    // as many at a time as there are cores: each is a single thread
    let at_once = thread::available_parallelism().map_or(1, NonZero::get);
    for some in targets.chunks(at_once) {
        thread::scope(|scope| {
            let start = |&target| scope.spawn(move || fuzz_one(host, target, seconds));
            let runs: Vec<_> = some.iter().map(start).collect();
            // all come to their end, whatever became of the first
            let ended: Vec<_> = runs.into_iter().map(|run| run.join().expect("no panic")).collect();
            ended.into_iter().collect::<Result<()>>()
        })?;
    }
    Ok(())
}

/// Runs one target and then shows what it printed.
fn fuzz_one(host: &str, target: &str, seconds: u32) -> Result<()> {
    let (found, artifacts) = (folder().join("corpus").join(target), folder().join("crashes"));
    fs::create_dir_all(&found)?;
    fs::create_dir_all(&artifacts)?;
    let mut command = program(host, target);
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={INPUT_BYTES}"))
        .arg(format!("-dict={}", repo::fuzz().join("numbers.dict").display()))
        .arg(format!("-artifact_prefix={}/{target}-", artifacts.display()))
        .args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1", "-verbosity=0"])
        .args([&found, &repo::fuzz().join("corpus").join(target)]);
    eprintln!("fuzzing {target} for {seconds} s");
    let output = command.output().map_err(|error| not_started(&command, &error))?;
    eprintln!("{target}:\n{}", String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        let (status, kept) = (output.status, artifacts.display());
        bail!("{target} ended with {status} on an input kept in {kept}");
    }
    Ok(())
}

/// Replaces the committed corpus of `target` by the least that covers what is known.
fn keep(target: &str) -> Result<()> {
    let committed = repo::fuzz().join("corpus").join(target);
    let fresh = folder().join("kept").join(target);
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh)?;
    let mut command = program(&host()?, target);
    command.args(["-set_cover_merge=1", "-verbosity=0"]).arg(format!("-max_len={INPUT_BYTES}"));
    run_command(command.arg(&fresh).arg(&committed).arg(folder().join("corpus").join(target)))?;
    fs::remove_dir_all(&committed)?;
    fs::create_dir_all(&committed)?;
    let mut inputs = Vec::new();
    for entry in fs::read_dir(&fresh)? {
        let entry = entry?;
        inputs.push((entry.metadata()?.len(), entry.file_name()));
    }
    inputs.sort();
    // of all sizes alike
    let step = inputs.len().div_ceil(KEPT_INPUTS).max(1);
    for (_, name) in inputs.into_iter().step_by(step) {
        fs::copy(fresh.join(&name), committed.join(&name))?;
    }
    Ok(())
}

fn program(host: &str, target: &str) -> Command {
    Command::new(folder().join(host).join("fuzz").join(target))
}

fn folder() -> std::path::PathBuf {
    repo::target().join("fuzz")
}

/// The machine's own target, as the compiler names it.
fn host() -> Result<String> {
    let mut rustc = Command::new("rustc");
    let text = read(rustc.arg("-vV").current_dir(repo::root()))?;
    match text.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("`{}` names no host", shown(&rustc)),
    }
}
