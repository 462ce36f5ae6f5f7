//! What the page knows of the core's JSON: `www/src/shared/core.ts`, written from the types
//! themselves.
//!
//! `UPDATE_SCHEMA=1 cargo test schema` writes the file; without that, the test fails where it is
//! stale.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use ts_rs::{Config, TS};

use crate::architecture::{Architecture, Component, ComponentShare, Kind, Recognition};
use crate::identify::{Apart, Identification, Identified, Margin, Refined, Relative, Similarity};
use crate::matching::MAX_MODELS;
use crate::model::{DtypeShare, FileFacts};
use crate::report::{
    Account, By, Closest, Compared, Figures, Gap, Intervals, Join, LeftOutParameters, Pair, Recipe,
    Relation, Report, ReportFingerprint, ReportModel, ReportTensor, Scope, TensorPair, Verdict,
    Withheld, ZeroColumns,
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
    let docs = T::docs().unwrap_or_default();
    write!(schema, "\n{docs}export {}\n", T::decl(&config)).expect("strings can be written to");
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
        Report, ReportModel, ReportFingerprint, FileFacts, DtypeShare, Architecture, Compared,
        crate::matching::LeftOut, crate::matching::Reason, Pair, Figures, Intervals, Verdict, Withheld,
        ZeroColumns, Account, LeftOutParameters, Gap, Closest, Scope, By, Recipe, Relation, Join, ReportTensor, TensorPair, Component, Kind,
        Spread, Deviation, Recognition, ComponentShare, Identification, Identified, Relative,
        Similarity, Refined, Margin, Apart,
    );
    schema
}

#[test]
fn the_page_knows_the_schema_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
    let schema = schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &schema).expect("the file can be written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(known == schema, "{PATH} is stale: UPDATE_SCHEMA=1 cargo test schema writes it");
}
