//! What has to be known to read a report's figures, in sentences.

use super::{FEW_ROWS, Gap, Pair, Report, figure, percent};

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
        let gaps: Vec<&Gap> = self.gaps.iter().filter(shown).collect();
        // one sentence for all models of which the same is to be said
        let first_of_reason =
            |(at, gap): &(usize, &&Gap)| gaps[..*at].iter().all(|one| one.reason != gap.reason);
        let sentences = gaps.iter().enumerate().filter(first_of_reason).map(|(_, gap)| {
            let alike = gaps.iter().filter(|one| one.reason == gap.reason);
            let shares: Vec<String> =
                alike.map(|one| format!("{} of {}", percent(one.share), name(one.model))).collect();
            format!(
                "Only a part of the weights could be compared: {}. Most of the others {}. So nothing \
                 is said of these models.",
                shares.join(", "),
                cause(&gap.reason)
            )
        });
        let zeros = pairs().filter_map(|pair| {
            let judged = pair.figures.differing_cosine()?;
            let columns = match pair.figures.zero_columns.both {
                1 => "the column that is zero in both models and counts 0 in the mean".to_owned(),
                many => format!(
                    "the {many} columns that are zero in both models and count 0 in the mean"
                ),
            };
            let (a, b) = (name(pair.a), name(pair.b));
            Some(format!("{a} ⇔ {b}: {} without {columns}.", figure(Some(judged))))
        });
        let moved = self.compared.layers.iter().map(|map| {
            let words = map.words(&name(map.parent));
            let followed = if map.followed { "; compared along this map" } else { "" };
            format!("{}: {words}{followed}.", name(map.child))
        });
        let aligned = self.tensors.iter().filter(|tensor| tensor.aligned.is_some()).count();
        let aligned = (aligned > 0).then(|| {
            format!(
                "No name is in every model: {aligned} tensors of one shape were aligned by what \
                 their names end with."
            )
        });
        let short = self.compared.said_short_columns().map(|short| {
            format!(
                "{short} of the {} columns are of tensors with fewer than {FEW_ROWS} rows, and say \
                 little.",
                self.compared.columns
            )
        });
        sentences.chain(zeros).chain(moved).chain(aligned).chain(short).collect()
    }
}

/// What became of the weights left out for `reason`, and what to do.
fn cause(reason: &str) -> &'static str {
    match reason {
        "quantised" | "dtype" => {
            "are quantised, in one of the models, in a form that cannot be undone here: compare an \
             unquantised copy"
        }
        "missing" => {
            "have names that are not in every model: compare files of one kind, or fewer models"
        }
        "shape" => "have shapes that differ: these are models of different sizes",
        "rows" => "are rows that only some of the models have",
        "not_sampled" => "are not in the fingerprint: compare the model itself",
        _ => "were left out",
    }
}
