//! A lane: streams batches and does the arithmetic.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::blob::BlobFiles;
use super::error::protocol_error;
use crate::execute::execute;
use crate::plan::Batch;

/// One worker's hands. Holds the files of one comparison.
#[wasm_bindgen]
pub struct Lane {
    files: BlobFiles,
}

#[wasm_bindgen]
impl Lane {
    /// A lane for the files of a run, in the run's order.
    #[wasm_bindgen(constructor)]
    pub fn new(files: Vec<File>) -> Self {
        Self { files: BlobFiles::new(files) }
    }

    /// Carries out a batch and resolves to its outcome. May be called again before it resolves:
    /// one batch is then read while the other is computed.
    ///
    /// `on_bytes(bytes, tensor)` is called as bytes are taken.
    ///
    /// # Errors
    /// A `WeightkinError` that names the file when one can no longer be read.
    pub async fn execute(&self, batch: Vec<u8>, on_bytes: Function) -> Result<Vec<u8>, JsValue> {
        let batch: Batch = postcard::from_bytes(&batch)
            .map_err(|error| protocol_error(&format!("bad batch: {error}")))?;
        let mut last = (String::new(), JsValue::from_str(""));
        let outcome = execute(&batch, &self.files, |bytes, tensor| {
            if last.0 != tensor {
                last = (tensor.to_owned(), tensor.into());
            }
            // an exception in the page's callback must not lose the comparison
            let _ = on_bytes.call2(&JsValue::NULL, &(bytes as f64).into(), &last.1);
        })
        .await?;
        Ok(postcard::to_allocvec(&outcome).expect("outcomes have known lengths"))
    }
}
