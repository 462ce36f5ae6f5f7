//! `cargo xtask serve`: the built page on this machine, with the headers it should have.

mod headers;
mod log;
mod server;
#[cfg(test)]
mod tests;

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::{Result, ensure};

use server::{Server, Site};

use crate::{build, repo};

/// Options of `cargo xtask serve`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 8733)]
    port: u16,
    /// Serve www/dist as it is
    #[arg(long)]
    no_build: bool,
    /// Path under which the page is served, as on a host that gives it a sub-folder
    #[arg(long, default_value = "/", value_name = "PATH")]
    base: String,
    /// Leave out the headers that isolate the page (no shared memory, no threads)
    #[arg(long)]
    plain: bool,
    /// Serve another folder as well, under a path of its own
    #[arg(long = "mount", value_name = "PATH=FOLDER", value_parser = parse_mount)]
    mounts: Vec<(String, PathBuf)>,
    /// Print every request; as json, print the address too and end with standard input, for
    /// programs that start a server of their own
    #[arg(long, value_name = "FORM", num_args = 0..=1, default_missing_value = "text")]
    log: Option<LogForm>,
}

/// How requests are printed.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogForm {
    Text,
    Json,
}

/// Builds unless told not to, then serves until the process is ended.
pub fn run(arguments: &Arguments) -> Result<()> {
    if !arguments.no_build {
        build::all()?;
    }
    let index = repo::dist().join("index.html");
    ensure!(index.is_file(), "there is no built page: run `cargo xtask build` first");
    let site = Site {
        root: repo::dist(),
        base: arguments.base.clone(),
        isolated: !arguments.plain,
        mounts: arguments.mounts.clone(),
    };
    if arguments.log == Some(LogForm::Json) {
        return run_attached(&site, arguments.port);
    }
    let is_logged = arguments.log.is_some();
    let server = Server::start(&site, arguments.port, move |request| {
        if is_logged {
            eprintln!("{request}");
        }
    })?;
    println!("weightkin is at {}", server.address());
    server.wait();
    Ok(())
}

/// Serves for the program at the other end of the standard streams, which is told the address
/// first and then every request, and which ends the server by closing standard input.
fn run_attached(site: &Site, port: u16) -> Result<()> {
    let server = Server::start(site, port, |request| {
        print_line(&serde_json::json!({ "request": request }));
    })?;
    print_line(&serde_json::json!({ "address": server.address() }));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    server.stop();
    Ok(())
}

fn print_line(value: &serde_json::Value) {
    let mut stdout = std::io::stdout().lock();
    // a reader that has gone away is about to end this process too
    let _ = writeln!(stdout, "{value}").and_then(|()| stdout.flush());
}

fn parse_mount(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((path, folder)) if path.starts_with('/') && path.len() > 1 => {
            Ok((path.trim_end_matches('/').to_owned(), folder.into()))
        }
        _ => Err("expected /path=folder".to_owned()),
    }
}
