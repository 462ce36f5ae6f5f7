//! Reads a module's tensors.

use litemap::LiteMap;

use super::adapter::{Adapter, Module};
use super::format::Delta;
use super::format::{Contents, Fault, Role, Values, delta};
use crate::decode::widen;
use crate::model::Tensor;
use crate::read::{ByteStream, Read, Source};

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

/// The change that `module` makes to a weight of `rows` × `cols`. The files of its adapter are
/// those of `source` from `first_file` on.
///
/// # Errors
/// When the source fails, or the numbers make no sense.
pub async fn load<S: Source>(
    source: &S,
    first_file: usize,
    module: &Module,
    (rows, cols): (u64, u64),
) -> Result<Delta, LoadError<<S::Stream as ByteStream>::Error>> {
    let mut tensors = LiteMap::new();
    for (role, tensor) in module.tensors.iter().filter(|(role, _)| **role != Role::Alpha) {
        let values = read(source, first_file, tensor).await.map_err(LoadError::Read)?;
        tensors.insert(*role, Values { shape: tensor.shape.clone(), values });
    }
    let contents = Contents {
        tensors,
        scale: module.scale(),
        alpha: module.alpha,
        alpha_of_rows: module.alpha_of_rows,
    };
    delta(module.form, contents, rows as usize, cols as usize)
        .map_err(|fault| LoadError::Module { module: module.name.clone(), fault })
}

impl Adapter {
    /// Reads the alphas of its file, and skips the modules that they make meaningless.
    ///
    /// # Errors
    /// The source's own.
    pub async fn read_alphas<S: Source>(
        &mut self,
        source: &S,
        first_file: usize,
    ) -> Result<(), <S::Stream as ByteStream>::Error> {
        let mut alphas = Vec::with_capacity(self.modules.len());
        for module in &self.modules {
            alphas.push(match module.tensors.get(&Role::Alpha) {
                Some(alpha) => {
                    read(source, first_file, alpha).await?.first().map(|alpha| f64::from(*alpha))
                }
                None => None,
            });
        }
        self.set_alphas(&alphas);
        Ok(())
    }
}

/// All of `tensor`, widened.
async fn read<S: Source>(
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
