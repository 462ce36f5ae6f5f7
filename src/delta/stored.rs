//! Where a module's tensors are, and what is made of them.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::contents::{Contents, Values};
use super::form::Form;
use super::{Delta, Fault, Role, delta};
use crate::decode::widen;
use crate::model::Tensor;
use crate::read::{ByteStream, Read, Source};

/// A module's change as its files hold it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredDelta {
    /// Name of the module.
    pub module: String,
    /// How the change is stored.
    pub form: Form,
    /// Its tensors but for alpha, by what they are.
    pub tensors: Vec<(Role, Tensor)>,
    /// What D is multiplied with.
    pub scale: f64,
    /// Alpha, where the file has one.
    pub alpha: Option<f64>,
    /// Whether alpha stands for a share of the number of rows.
    pub alpha_of_rows: bool,
}

// alpha and what scales are finite, or the module is not used
impl Eq for StoredDelta {}

/// Why a module's change could not be worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError<E> {
    /// The file could not be read.
    Read(E),
    /// Its numbers make no sense.
    Module {
        /// Name of the module.
        module: String,
        /// What is wrong with it.
        fault: Fault,
    },
}

impl StoredDelta {
    /// The change to a weight of `rows` × `cols`.
    ///
    /// # Errors
    /// When the source fails, or the numbers make no sense.
    pub async fn load<S: Source>(
        &self,
        source: &S,
        (rows, cols): (u64, u64),
    ) -> Result<Delta, LoadError<<S::Stream as ByteStream>::Error>> {
        let mut tensors = LiteMap::new();
        for (role, tensor) in &self.tensors {
            let values = read_values(source, 0, tensor).await.map_err(LoadError::Read)?;
            tensors.insert(*role, Values { shape: tensor.shape.clone(), values });
        }
        let contents = Contents {
            tensors,
            scale: self.scale,
            alpha: self.alpha,
            alpha_of_rows: self.alpha_of_rows,
        };
        delta(self.form, contents, rows as usize, cols as usize)
            .map_err(|fault| LoadError::Module { module: self.module.clone(), fault })
    }
}

/// All of `tensor`, widened.
///
/// # Errors
/// The source's own.
pub async fn read_values<S: Source>(
    source: &S,
    first_file: usize,
    tensor: &Tensor,
) -> Result<Vec<f32>, <S::Stream as ByteStream>::Error> {
    let mut values = vec![0.0; tensor.elements() as usize];
    if values.is_empty() {
        return Ok(values);
    }
    let read = Read { file: first_file + tensor.file, start: tensor.start, end: tensor.end };
    let mut stream = source.open(&[read]);
    stream.fetch(tensor.bytes() as usize).await?;
    widen(tensor.dtype, stream.fetched(), &mut values);
    Ok(values)
}
