//! Sketches in Parquet, ranked by DuckDB as the document shows.

use std::fs::{self, File};
use std::process::Command;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::RowAccessor as _;
use weightkin::identify::{FILE_NAME, Index};

use crate::command::{family, printed};

/// Where a Python with the `duckdb` package is; `cargo xtask test` sets it.
const PYTHON: &str = "WEIGHTKIN_DUCKDB_PYTHON";

#[test]
fn a_row_is_a_model() {
    let folder = family();
    let path = folder.path();
    printed(path, &["index", "kin"]);
    let said = printed(path, &["index", "kin", "--parquet", "models.parquet"]);
    assert!(said.contains("6 models"), "{said}");
    let index = Index::from_bytes(&fs::read(path.join("kin").join(FILE_NAME)).unwrap()).unwrap();
    let reader =
        SerializedFileReader::new(File::open(path.join("models.parquet")).unwrap()).unwrap();
    let mut rows = 0;
    for (row, entry) in reader.get_row_iter(None).unwrap().zip(&index.models) {
        let row = row.unwrap();
        assert_eq!(row.get_string(0).unwrap(), &entry.facts.file);
        assert_eq!(row.get_long(1).unwrap().cast_unsigned(), entry.facts.bytes);
        let is_small = entry.facts.file.contains("small");
        assert_eq!(row.get_string(6).unwrap(), if is_small { "sd1" } else { "sdxl" });
        assert_eq!(row.get_string(8).unwrap(), "F16 + I64");
        assert_eq!(row.get_string(10).unwrap(), &index.layouts[entry.layout].id());
        let sketch = row.get_list(11).unwrap();
        let cells: Vec<i8> = (0..sketch.len())
            .map(|at| parquet::record::ListAccessor::get_byte(sketch, at).unwrap())
            .collect();
        assert_eq!(cells, entry.cells);
        rows += 1;
    }
    assert_eq!(rows, 6);
    // a byte a cell, as in the index
    let bytes = fs::metadata(path.join("models.parquet")).unwrap().len();
    assert!(bytes <= 6 * 70_000, "{bytes}");
}

#[test]
fn duckdb_ranks_as_documented() {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
    let has_duckdb = Command::new(&python).args(["-c", "import duckdb"]).output();
    if !has_duckdb.is_ok_and(|output| output.status.success()) {
        let missing = format!("{python} has no duckdb package; name one that has in {PYTHON}");
        // where all tests are to pass, one that does not run has not passed
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing}");
        println!("skipped: {missing}");
        return;
    }
    let folder = family();
    let path = folder.path();
    printed(path, &["index", "kin", "--parquet", "models.parquet"]);
    printed(path, &["index", "ft_nai.safetensors", "--parquet", "probe.parquet"]);
    fs::write(path.join("rank.sql"), include_str!("../../src/identify/rank.sql")).unwrap();
    let script = "import duckdb\nfor row in duckdb.sql(open('rank.sql').read()).fetchall(): print(*row, sep='\\t')";
    let output = Command::new(&python).args(["-c", script]).current_dir(path).output().unwrap();
    let ranked = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let found = printed(path, &["identify", "ft_nai.safetensors", "kin", "--json", "-"]);
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    let relatives = found["relatives"].as_array().unwrap();
    assert_eq!(ranked.lines().count(), relatives.len(), "{ranked}");
    for (line, relative) in ranked.lines().zip(relatives) {
        let [name, file, cosine] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        assert_eq!(name, relative["name"]);
        assert_eq!(file, relative["file"]);
        let cosine: f64 = cosine.parse().unwrap();
        let sketched = relative["sketch"]["column_cosine"].as_f64().unwrap();
        let bias = sketched * (1.0 - sketched * sketched) / 32.0;
        assert!((cosine + bias - sketched).abs() < 0.003, "{line}: {sketched}");
    }
}
