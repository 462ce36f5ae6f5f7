//! Estimates against exact figures.

use serde::{Deserialize, Serialize};
use weightkin::report::{Intervals, Pair, Report, ScopeBy};

/// How far the column cosine of two models may be off, overall and in a block.
pub const ERROR: f64 = 0.0005;
pub const BLOCK_ERROR: f64 = 0.005;

/// How far one kind of figure is off.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Figures estimated.
    pub cases: usize,
    /// Those that the interval covers.
    pub covered: usize,
    /// Largest error.
    pub largest_error: f64,
    /// Root of the mean square of the errors.
    pub typical_error: f64,
    /// Mean of the errors: what does not average out.
    pub mean_error: f64,
    /// Widest half-width.
    pub widest: f64,
    /// Mean half-width.
    pub mean_half_width: f64,
    /// The error that is asked for, and the cases that keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<(f64, usize)>,
}

/// An error, and the half-width of the interval that should cover it.
type Error = (f64, f64);

/// All errors of some families.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Exact column cosines.
    exact: Vec<f64>,
    column: Vec<Error>,
    block_column: Vec<Error>,
    flat: Vec<Error>,
    block_flat: Vec<Error>,
    distance: Vec<Error>,
    ancestor: Vec<Error>,
    block_ancestor: Vec<Error>,
    recipe: Vec<Error>,
    block_recipe: Vec<Error>,
    /// Block, exact column cosine, error.
    blocks: Vec<(String, f64, f64)>,
}

impl Outcome {
    /// Adds the errors of a family.
    pub fn add(&mut self, exact: &Report, estimated: &Report) {
        for (exact, pair) in exact.pairs.iter().zip(&estimated.pairs) {
            self.exact.extend(exact.figures.column_cosine);
            self.column.extend(column(exact, pair));
            self.flat.extend(error(exact, pair, |p| p.figures.flat_cosine, |i| i.flat_cosine));
            self.distance.extend(error(
                exact,
                pair,
                |pair| pair.figures.relative_distance,
                |intervals| intervals.relative_distance,
            ));
            self.ancestor.extend(ancestor(exact, pair));
        }
        for (exact, scope) in exact.scopes.iter().zip(&estimated.scopes) {
            if scope.by != ScopeBy::Block {
                continue;
            }
            for (exact, pair) in exact.pairs.iter().zip(&scope.pairs) {
                self.block_column.extend(column(exact, pair));
                if let Some((error, _)) = column(exact, pair) {
                    let cosine = exact.figures.column_cosine.unwrap_or_default();
                    self.blocks.push((scope.name.clone(), cosine, error));
                }
                self.block_flat.extend(error(
                    exact,
                    pair,
                    |p| p.figures.flat_cosine,
                    |i| i.flat_cosine,
                ));
                self.block_ancestor.extend(ancestor(exact, pair));
            }
            for recipe in &scope.recipes {
                let same = exact.recipes.iter().find(|other| other.child == recipe.child);
                if let (Some(same), Some(intervals)) = (same, &recipe.weight_intervals)
                    && recipe.child == 3
                {
                    let weights = recipe.weights.iter().zip(&same.weights).zip(intervals);
                    self.block_recipe.extend(weights.map(|((w, exact), i)| (w - exact, *i)));
                }
            }
        }
        for recipe in estimated.recipes.iter().filter(|recipe| recipe.child == 3) {
            let same = exact.recipes.iter().find(|other| other.child == recipe.child);
            if let (Some(same), Some(intervals)) = (same, &recipe.weight_intervals) {
                let weights = recipe.weights.iter().zip(&same.weights).zip(intervals);
                self.recipe.extend(weights.map(|((w, exact), i)| (w - exact, *i)));
            }
        }
    }

    /// Adds the errors of other families.
    pub fn extend(&mut self, other: Self) {
        self.exact.extend(other.exact);
        self.column.extend(other.column);
        self.block_column.extend(other.block_column);
        self.flat.extend(other.flat);
        self.block_flat.extend(other.block_flat);
        self.distance.extend(other.distance);
        self.ancestor.extend(other.ancestor);
        self.block_ancestor.extend(other.block_ancestor);
        self.recipe.extend(other.recipe);
        self.block_recipe.extend(other.block_recipe);
        self.blocks.extend(other.blocks);
    }

    /// The column cosines of all pairs, and how far they are off.
    pub fn shown_overall(&self) -> String {
        let shown =
            |(exact, (error, half)): (&f64, &Error)| format!("{exact:.3}: {error:+.5} ± {half:.5}");
        let errors: Vec<String> = self.exact.iter().zip(&self.column).map(shown).collect();
        errors.join("   ")
    }

    /// Pairs of models whose column cosine has an interval of at most this to either side.
    pub fn narrower(&self, half_width: f64) -> usize {
        self.column.iter().filter(|(_, half)| *half <= half_width).count()
    }

    /// The blocks whose column cosines are furthest off: name, exact figure, error.
    pub fn worst_blocks(&self, count: usize) -> Vec<(String, f64, f64)> {
        let mut blocks = self.blocks.clone();
        blocks.sort_by(|(.., a), (.., b)| b.abs().total_cmp(&a.abs()));
        blocks.truncate(count);
        blocks
    }

    /// A summary for each kind of figure.
    pub fn summaries(&self) -> Vec<(&'static str, Summary)> {
        vec![
            ("column cosine", Summary::of(&self.column).within(&self.column, ERROR)),
            (
                "column cosine by block",
                Summary::of(&self.block_column).within(&self.block_column, BLOCK_ERROR),
            ),
            ("flat cosine", Summary::of(&self.flat)),
            ("flat cosine by block", Summary::of(&self.block_flat)),
            ("relative distance", Summary::of(&self.distance)),
            ("ancestor-relative cosine", Summary::of(&self.ancestor)),
            ("ancestor-relative cosine by block", Summary::of(&self.block_ancestor)),
            ("recipe weight", Summary::of(&self.recipe)),
            ("recipe weight by block", Summary::of(&self.block_recipe)),
        ]
    }
}

impl Summary {
    fn of(errors: &[Error]) -> Self {
        let count = errors.len() as f64;
        let sum = |of: &dyn Fn(&Error) -> f64| errors.iter().map(of).sum::<f64>();
        Self {
            cases: errors.len(),
            // rounding alone is no miss
            covered: errors.iter().filter(|(error, half)| error.abs() <= half + 1e-7).count(),
            largest_error: errors.iter().fold(0.0, |most, (error, _)| most.max(error.abs())),
            typical_error: (sum(&|(error, _)| error * error) / count).sqrt(),
            mean_error: sum(&|(error, _)| *error) / count,
            widest: errors.iter().fold(0.0, |most, (_, half)| most.max(*half)),
            mean_half_width: sum(&|(_, half)| *half) / count,
            within: None,
        }
    }

    fn within(self, errors: &[Error], limit: f64) -> Self {
        let kept = errors.iter().filter(|(error, _)| error.abs() <= limit).count();
        Self { within: Some((limit, kept)), ..self }
    }

    /// Share of the cases that the interval covers.
    pub fn coverage(&self) -> f64 {
        self.covered as f64 / self.cases as f64
    }
}

fn column(exact: &Pair, pair: &Pair) -> Option<Error> {
    error(exact, pair, |pair| pair.figures.column_cosine, |intervals| intervals.column_cosine)
}

fn ancestor(exact: &Pair, pair: &Pair) -> Option<Error> {
    error(exact, pair, |pair| pair.ancestor_cosine, |intervals| intervals.ancestor_cosine)
}

fn error(
    exact: &Pair,
    pair: &Pair,
    figure: impl Fn(&Pair) -> Option<f64>,
    interval: impl Fn(&Intervals) -> Option<f64>,
) -> Option<Error> {
    Some((figure(pair)? - figure(exact)?, interval(pair.intervals.as_ref()?)?))
}
