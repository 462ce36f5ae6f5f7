//! The bench as a table for reading.

use std::fmt::Write;

use super::Figures;

/// One line per side, and below it what the figures are of.
pub fn render(figures: &Figures) -> String {
    let mut lines = vec![[
        String::new(),
        "reading".to_owned(),
        "comparing".to_owned(),
        "ratio".to_owned(),
        "time".to_owned(),
        "memory".to_owned(),
        if figures.against.is_some() { "factor".to_owned() } else { String::new() },
    ]];
    let factor = |compare_seconds: f64| match &figures.against {
        Some(against) => format!("{:.1} x", against.seconds / compare_seconds),
        None => String::new(),
    };
    if let Some(native) = &figures.native {
        lines.push([
            "command line".to_owned(),
            speed(native.read_gigabytes_per_second),
            speed(native.compare_gigabytes_per_second),
            format!("{:.2}", native.ratio),
            format!("{:.2} s", native.compare_seconds),
            String::new(),
            factor(native.compare_seconds),
        ]);
    }
    for browser in &figures.browsers {
        lines.push([
            browser.browser.clone(),
            speed(browser.read_gigabytes_per_second),
            speed(browser.compare_gigabytes_per_second),
            format!("{:.2}", browser.ratio),
            format!("{:.2} s", browser.compare_seconds),
            format!("+{:.0} MB", browser.memory_growth_bytes / 1e6),
            factor(browser.compare_seconds),
        ]);
    }
    let Figures { runs, cores, .. } = figures;
    let (count, gigabytes) = (figures.files.len(), figures.bytes as f64 / 1e9);
    let mut text =
        format!("{count} files, {gigabytes:.2} GB in all, {cores} cores, medians of {runs}\n");
    for line in lines {
        let [side, rest @ ..] = line;
        let row = rest.iter().fold(format!("{side:<14}"), |row, cell| row + &format!("{cell:>12}"));
        let _ = writeln!(text, "{}", row.trim_end());
    }
    if let Some(against) = &figures.against {
        let _ = writeln!(text, "factor: against `{}`, {:.2} s", against.command, against.seconds);
    }
    text.push_str("reading: `cat FILES > /dev/null`; in a browser the fastest of its byte streams");
    for browser in &figures.browsers {
        let setup = &browser.best_setup;
        let _ = write!(
            text,
            "\n  {}: {} streams in {} workers, buffers of {} MiB",
            browser.browser,
            setup.streams,
            setup.workers,
            setup.buffer_bytes >> 20
        );
    }
    text + "\n"
}

fn speed(gigabytes_per_second: f64) -> String {
    format!("{gigabytes_per_second:.2} GB/s")
}
