//! An index as a Parquet file, one row a model, for engines that rank more models than a page can.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::identify::{Entry, Index};

/// Models of a row group: some 60 MB of sketches.
const GROUP_MODELS: usize = 1000;

/// What a row holds. The identification document describes it.
const SCHEMA: &str = "message models {
    required binary file (STRING);
    required int64 bytes;
    required binary hash (STRING);
    required binary name (STRING);
    optional binary title (STRING);
    optional binary sha256 (STRING);
    required binary architecture (STRING);
    required int64 parameters;
    required binary dtypes (STRING);
    required binary tensor_list (STRING);
    required binary layout (STRING);
    required group sketch (LIST) {
        repeated group list { required int32 element (INTEGER(8, true)); }
    }
}";

/// Writes `index` to `output`.
///
/// # Errors
/// When the system does not write it.
pub fn write_parquet(index: &Index, output: impl Write + Send) -> io::Result<()> {
    write(index, output).map_err(|error| match error {
        ParquetError::External(error) => io::Error::other(error),
        other => io::Error::other(other),
    })
}

fn write(index: &Index, output: impl Write + Send) -> Result<(), ParquetError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    // sketches look random, and nothing else is large
    let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED);
    let mut file = SerializedFileWriter::new(output, schema, Arc::new(properties.build()))?;
    let layouts: Vec<String> = index.layouts.iter().map(crate::identify::Layout::id).collect();
    for models in index.models.chunks(GROUP_MODELS) {
        let mut group = file.next_row_group()?;
        let facts = |text: fn(&Entry) -> Option<String>| models.iter().map(text).collect();
        texts(&mut group, facts(|entry| Some(entry.facts.file.clone())))?;
        numbers(&mut group, models, |entry| entry.facts.bytes)?;
        texts(&mut group, facts(|entry| Some(entry.facts.hash.clone())))?;
        texts(&mut group, facts(|entry| Some(entry.facts.source.name.clone())))?;
        optional_texts(&mut group, facts(|entry| entry.facts.source.title.clone()))?;
        optional_texts(&mut group, facts(|entry| entry.facts.source.sha256.clone()))?;
        texts(&mut group, facts(|entry| Some(architecture(entry))))?;
        numbers(&mut group, models, |entry| entry.facts.source.parameters)?;
        texts(&mut group, facts(|entry| Some(dtypes(entry))))?;
        texts(&mut group, facts(|entry| Some(entry.facts.source.tensor_list.clone())))?;
        texts(
            &mut group,
            models.iter().map(|entry| Some(layouts[entry.layout].clone())).collect(),
        )?;
        sketches(&mut group, models)?;
        group.close()?;
    }
    file.close()?;
    Ok(())
}

type Group<'a, W> = SerializedRowGroupWriter<'a, W>;

/// Writes the next column.
fn column<T: DataType, W: Write + Send>(
    group: &mut Group<'_, W>,
    values: &[T::T],
    definitions: Option<&[i16]>,
    repetitions: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.expect("the schema has as many columns");
    column.typed::<T>().write_batch(values, definitions, repetitions)?;
    column.close()
}

fn texts<W: Write + Send>(
    group: &mut Group<'_, W>,
    texts: Vec<Option<String>>,
) -> Result<(), ParquetError> {
    let values: Vec<ByteArray> = texts.into_iter().flatten().map(|t| t.as_str().into()).collect();
    column::<ByteArrayType, W>(group, &values, None, None)
}

fn optional_texts<W: Write + Send>(
    group: &mut Group<'_, W>,
    texts: Vec<Option<String>>,
) -> Result<(), ParquetError> {
    let definitions: Vec<i16> = texts.iter().map(|text| i16::from(text.is_some())).collect();
    let values: Vec<ByteArray> = texts.into_iter().flatten().map(|t| t.as_str().into()).collect();
    column::<ByteArrayType, W>(group, &values, Some(&definitions), None)
}

fn numbers<W: Write + Send>(
    group: &mut Group<'_, W>,
    models: &[Entry],
    number: impl Fn(&Entry) -> u64,
) -> Result<(), ParquetError> {
    let values: Vec<i64> = models.iter().map(|entry| number(entry).cast_signed()).collect();
    column::<Int64Type, W>(group, &values, None, None)
}

fn sketches<W: Write + Send>(
    group: &mut Group<'_, W>,
    models: &[Entry],
) -> Result<(), ParquetError> {
    let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
    for Entry { cells, .. } in models {
        values.extend(cells.iter().map(|cell| i32::from(*cell)));
        // an empty list has one place without a value
        let places = cells.len().max(1);
        definitions.extend(std::iter::repeat_n(i16::from(!cells.is_empty()), places));
        repetitions.push(0);
        repetitions.extend(std::iter::repeat_n(1, places - 1));
    }
    column::<Int32Type, W>(group, &values, Some(&definitions), Some(&repetitions))
}

/// As reports name it: `sdxl`.
fn architecture(entry: &Entry) -> String {
    let value = serde_json::to_value(entry.facts.architecture).expect("a word");
    value.as_str().unwrap_or_default().to_owned()
}

fn dtypes(entry: &Entry) -> String {
    let dtypes = entry.facts.source.dtypes.iter().map(|share| share.dtype.to_string());
    dtypes.collect::<Vec<_>>().join(" + ")
}
