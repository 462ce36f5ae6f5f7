//! What the page knows of the core's JSON: `www/src/shared/core.ts`, written from the types
//! themselves.
//!
//! `UPDATE_SCHEMA=1 cargo test --lib schema` writes the file, and `npm run format` in `www` gives it
//! the page's form; without that, the test fails where it is stale.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use ts_rs::{Config, TS};
use weightkin_kernel::gram::{ElementStats, GramRecord};

use crate::architecture::{Architecture, Component, Kind};
use crate::canonical::{ComponentShare, Recognition};
use crate::gram::{ChangeRecord, SteepColumn};
use crate::identify::{Apart, Identification, Identified, Margin, Refined, Relative, Similarity};
use crate::layers::{LayerMap, MovedLayer};
use crate::matching::{LeftOut, MAX_MODELS, Reason};
use crate::model::{DtypeShare, FileFacts, NotRead, NotReadReason};
use crate::report::{
    Account, Adaptation, Closest, Compared, Explained, Figures, Gap, Ignored, Intervals, Join,
    LeftOutParameters, Mixture, Pair, Recipe, Relation, Report, ReportAdapter, ReportFingerprint,
    ReportModel, ReportTensor, Scope, ScopeBy, TensorPair, Verdict, Withheld, ZeroColumns,
};
use crate::sample::{Deviation, Spread};

const PATH: &str = "www/src/shared/core.ts";

const HEAD: &str = "\
/**
 * What the core says in JSON, and the limits it sets. Written by a test in `src/schema.rs` from the
 * core's own types; see there.
 */
";

fn declared<T: TS>(schema: &mut String) {
    // every count and position is far below the largest whole number of a double
    let config = Config::new().with_large_int("number");
    // links of rustdoc are names here
    let docs = T::docs().unwrap_or_default().replace("[`", "`").replace("`]", "`");
    write!(schema, "\n{docs}export {}\n", T::decl(&config).replace("[`", "`").replace("`]", "`"))
        .expect("strings can be written to");
}

macro_rules! declare {
    ($schema:ident: $($name:ty),* $(,)?) => { $(declared::<$name>(&mut $schema);)* };
}

fn schema() -> String {
    let mut schema = HEAD.to_owned();
    write!(
        schema,
        "\n/** Most models of one comparison. */\nexport const MAX_MODELS = {MAX_MODELS};\n"
    )
    .expect("strings can be written to");
    declare!(schema:
        Report, ReportModel, ReportFingerprint, FileFacts, DtypeShare, Architecture, NotRead,
        NotReadReason, Account, LeftOutParameters, Gap, Compared, LayerMap, MovedLayer, LeftOut, Reason, Pair, Figures,
        ZeroColumns, Intervals, Verdict, Withheld, Closest, Scope, ScopeBy, Recipe, Relation, Join,
        ReportTensor, TensorPair, Component, Kind, GramRecord, ElementStats, Spread, Deviation, Recognition, ComponentShare,
        ReportAdapter, Ignored, Adaptation, Explained, Mixture, ChangeRecord, SteepColumn,
        Identification, Identified, Relative, Similarity, Refined, Margin, Apart,
    );
    schema
}

/// `schema` without what the page's formatter may change.
fn unformatted(schema: &str) -> String {
    schema
        .chars()
        .filter(|char| !char.is_whitespace() && !matches!(char, ',' | ';' | '*' | '|' | '"'))
        .collect()
}

#[test]
fn the_page_knows_the_schema_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
    let schema = schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &schema).expect("the file can be written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        unformatted(&known) == unformatted(&schema),
        "{PATH} is stale: `UPDATE_SCHEMA=1 cargo test --lib schema`, then `npm run format` in www"
    );
}
