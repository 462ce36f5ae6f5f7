//! What a `config.json` beside the files says about the quantisation.

use serde_json::Value;

use crate::model::Model;

/// Keys of a configuration that hold the settings.
const SECTIONS: [&str; 2] = ["quantization_config", "quantization"];

/// The settings of a model's quantisation.
pub(super) struct Config(Value);

impl Config {
    /// Of the first configuration beside `model` that has some.
    pub(super) fn of(model: &Model) -> Self {
        let settings = model.configs.iter().find_map(|text| {
            let config: Value = serde_json::from_str(text).ok()?;
            let section = SECTIONS.iter().find_map(|key| config.get(key));
            match section {
                Some(section) => Some(section.clone()),
                None => config.get("quant_method").is_some().then_some(config),
            }
        });
        Self(settings.unwrap_or(Value::Null))
    }

    /// Whether it says that the weights were quantised by `method`.
    pub(super) fn is_method(&self, method: &str) -> bool {
        self.text("quant_method") == Some(method)
    }

    /// The text of a setting.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    /// The number of a setting.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.0.get(key)?.as_u64()
    }

    /// Whether a setting is there and on.
    pub(super) fn is_on(&self, key: &str) -> bool {
        match self.0.get(key) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Object(map)) => !map.is_empty(),
            Some(Value::Array(list)) => !list.is_empty(),
            Some(_) => true,
        }
    }

    /// Bits, weights that share a scale, and kind, as they are for all modules or for this one.
    pub(super) fn mlx(&self, module: &str) -> Option<(u8, u64, &str)> {
        let settings = self.0.get(module).filter(|own| own.is_object()).unwrap_or(&self.0);
        let number = |key: &str| settings.get(key).and_then(Value::as_u64);
        let mode = settings.get("mode").or_else(|| self.0.get("mode"));
        let mode = mode.and_then(Value::as_str).unwrap_or("affine");
        Some((u8::try_from(number("bits")?).ok()?, number("group_size")?, mode))
    }
}
