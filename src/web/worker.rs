//! A worker: streams files, and does the arithmetic or takes samples.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::blob::BlobFiles;
use super::error::protocol_error;
#[cfg(not(feature = "threads"))]
use crate::gram::Accumulator as Adder;
use crate::job::Work;

#[cfg(feature = "threads")]
use super::pool::Pool as Adder;

/// The core of one worker. Holds the files of one run.
#[wasm_bindgen]
pub struct WorkerCore {
    files: BlobFiles,
}

#[wasm_bindgen]
impl WorkerCore {
    /// For the files of a run, in the run's order.
    #[wasm_bindgen(constructor)]
    pub fn new(files: Vec<File>) -> Self {
        Self { files: BlobFiles::new(files) }
    }

    /// Carries out a piece of work and resolves to what came of it. May be called again before it
    /// resolves: one piece is then read while the other is computed.
    ///
    /// `on_bytes(bytes, tensor)` is called as bytes are taken.
    ///
    /// # Errors
    /// A `WeightkinError` that names the file when one can no longer be read.
    pub async fn execute(&self, work: Vec<u8>, on_bytes: Function) -> Result<Vec<u8>, JsValue> {
        let work: Work = postcard::from_bytes(&work)
            .map_err(|error| protocol_error(&format!("bad work: {error}")))?;
        let mut last = (String::new(), JsValue::from_str(""));
        let progress = |bytes: u64, tensor: &str| {
            if last.0 != tensor {
                last = (tensor.to_owned(), tensor.into());
            }
            // an exception in the page's callback must not lose the comparison
            let _ = on_bytes.call2(&JsValue::NULL, &(bytes as f64).into(), &last.1);
        };
        let done = work.execute(Adder::new, &self.files, progress).await?;
        Ok(postcard::to_allocvec(&done).expect("results have known lengths"))
    }
}
