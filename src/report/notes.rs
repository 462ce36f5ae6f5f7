//! What has to be known to read a report's figures, in sentences.

use super::{Gap, Pair, Report, figure, percent};

impl Report {
    /// Sentences in English: too little compared, and means that columns of zeros bring down. Only
    /// pairs that `concerns` takes; `name` makes names fit the place they are shown in.
    pub fn notes(
        &self,
        concerns: impl Fn(&&Pair) -> bool,
        name: &dyn Fn(&str) -> String,
    ) -> Vec<String> {
        let pairs = || self.pairs.iter().filter(&concerns);
        let name = |model: usize| name(&self.models[model].name);
        let shown = |gap: &&Gap| pairs().any(|pair| pair.a == gap.model || pair.b == gap.model);
        let gaps = self.gaps.iter().filter(shown).map(|gap| {
            let Gap { model, share, reason, reason_share } = gap;
            format!(
                "Only {} of the weights of {} could be compared: {} {}.",
                percent(*share),
                name(*model),
                percent(*reason_share),
                cause(reason)
            )
        });
        let zeros = pairs().filter_map(|pair| {
            let judged = pair.figures.differing_cosine()?;
            Some(format!(
                "{} ⇔ {}: {} without the {} columns that are zero in both models, which count 0 in \
                 the mean.",
                name(pair.a),
                name(pair.b),
                figure(Some(judged)),
                pair.figures.zero_columns.both
            ))
        });
        gaps.chain(zeros).collect()
    }
}

/// What became of the weights left out for `reason`, and what to do.
fn cause(reason: &str) -> &'static str {
    match reason {
        "quantised" | "dtype" => {
            "are quantised in a form that cannot be undone here; compare an unquantised copy"
        }
        "missing" => {
            "have names that are not in every model; compare files of one kind, or fewer models"
        }
        "shape" => "have shapes that differ; these are models of different sizes",
        "rows" => "are rows that only some of the models have",
        "not_sampled" => "are not in the fingerprint; compare the model itself",
        _ => "were left out",
    }
}
