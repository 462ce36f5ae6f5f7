//! Reads a module's tensors.

use super::adapter::{Adapter, Module};
use crate::delta::{Delta, LoadError, Role, StoredDelta, read_values};
use crate::read::{ByteStream, Source};

impl Module {
    /// Where its change is, in files from `first_file` on.
    pub fn stored(&self, first_file: usize) -> StoredDelta {
        let tensors = self.tensors.iter().filter(|(role, _)| **role != Role::Alpha);
        StoredDelta {
            module: self.name.clone(),
            form: self.form,
            tensors: tensors
                .map(|(role, tensor)| {
                    let mut tensor = tensor.clone();
                    tensor.file += first_file;
                    (*role, tensor)
                })
                .collect(),
            scale: self.scale(),
            alpha: self.alpha,
            alpha_of_rows: self.alpha_of_rows,
        }
    }
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
    size: (u64, u64),
) -> Result<Delta, LoadError<<S::Stream as ByteStream>::Error>> {
    module.stored(first_file).load(source, size).await
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
                Some(alpha) => read_values(source, first_file, alpha)
                    .await?
                    .first()
                    .map(|alpha| f64::from(*alpha)),
                None => None,
            });
        }
        self.set_alphas(&alphas);
        Ok(())
    }
}
