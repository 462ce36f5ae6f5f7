//! What a PEFT adapter's settings say about its scale.
//!
//! They are in `adapter_config.json` beside the weights, or in the header's metadata under
//! `lora_adapter_metadata`, there with the name of the model's part in front of each key.

use serde::Deserialize;

use crate::sorted::Entries;

/// Key of the header's metadata that holds the settings as JSON.
const METADATA_KEY: &str = "lora_adapter_metadata";

/// Settings of an adapter's scale.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AdapterConfig {
    /// For each part of the model that has settings: its prefix (empty for all), and them.
    parts: Vec<(String, Scaling)>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Scaling {
    alpha: Option<f64>,
    /// Whether alpha is divided by the root of the rank.
    is_rank_stabilized: bool,
    /// Whether the factors are stored transposed.
    is_transposed: bool,
    /// Alphas of single layers, by the ends of their names.
    alphas: Vec<(String, f64)>,
}

/// What the settings say of one layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LayerScaling {
    pub alpha: Option<f64>,
    pub is_rank_stabilized: bool,
    pub is_transposed: bool,
}

/// A JSON value as far as it matters here.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Number(f64),
    Flag(bool),
    Object(Entries<f64>),
    Other(serde::de::IgnoredAny),
}

impl AdapterConfig {
    /// Reads the text of an `adapter_config.json`, or of the metadata's value.
    ///
    /// # Errors
    /// The JSON reader's words.
    pub fn parse(json: &str) -> Result<Self, String> {
        let Entries(entries) =
            serde_json::from_str::<Entries<Value>>(json).map_err(|error| error.to_string())?;
        let mut config = Self::default();
        for (key, value) in entries {
            let (prefix, name) = key.rsplit_once('.').unwrap_or(("", &key));
            let part = config.part(prefix);
            match (name, value) {
                ("lora_alpha", Value::Number(alpha)) => part.alpha = Some(alpha),
                ("use_rslora", Value::Flag(flag)) => part.is_rank_stabilized = flag,
                ("fan_in_fan_out", Value::Flag(flag)) => part.is_transposed = flag,
                ("alpha_pattern", Value::Object(Entries(alphas))) => part.alphas = alphas,
                (_, Value::Other(_) | _) => {}
            }
        }
        Ok(config)
    }

    /// The settings in a header's metadata; none where it has none that can be read.
    pub fn of_metadata(metadata: &litemap::LiteMap<String, String>) -> Option<Self> {
        Self::parse(metadata.get(METADATA_KEY)?).ok()
    }

    fn part(&mut self, prefix: &str) -> &mut Scaling {
        let position = self.parts.iter().position(|(known, _)| known == prefix);
        let position = position.unwrap_or_else(|| {
            self.parts.push((prefix.to_owned(), Scaling::default()));
            self.parts.len() - 1
        });
        &mut self.parts[position].1
    }

    /// What they say of the layer `name`.
    pub(super) fn layer(&self, name: &str) -> LayerScaling {
        let is_for = |prefix: &String| {
            prefix.is_empty()
                || name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        let found = self.parts.iter().filter(|(prefix, _)| is_for(prefix));
        let scaling = found.max_by_key(|(prefix, _)| prefix.len()).map(|(_, scaling)| scaling);
        let Some(scaling) = scaling else {
            return LayerScaling { alpha: None, is_rank_stabilized: false, is_transposed: false };
        };
        let ends_with = |pattern: &str| {
            name.strip_suffix(pattern).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let own = scaling.alphas.iter().find(|(pattern, _)| ends_with(pattern));
        LayerScaling {
            alpha: own.map(|(_, alpha)| *alpha).or(scaling.alpha),
            is_rank_stabilized: scaling.is_rank_stabilized,
            is_transposed: scaling.is_transposed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_have_the_scale_that_the_settings_say() {
        let json = r#"{"lora_alpha": 16, "r": 8, "use_rslora": true, "target_modules": ["q"],
            "alpha_pattern": {"layers.0.q": 4}, "bias": "none"}"#;
        let config = AdapterConfig::parse(json).unwrap();
        let alpha = |name| config.layer(name).alpha;
        assert_eq!(alpha("base_model.model.layers.1.q"), Some(16.0));
        assert_eq!(alpha("base_model.model.layers.0.q"), Some(4.0));
        assert_eq!(alpha("base_model.model.xlayers.0.q"), Some(16.0));
        assert!(config.layer("layers.1.q").is_rank_stabilized);
        let parts =
            r#"{"unet.lora_alpha": 2, "text_encoder.lora_alpha": 3, "unet.use_rslora": false}"#;
        let config = AdapterConfig::parse(parts).unwrap();
        assert_eq!(config.layer("unet.mid.q").alpha, Some(2.0));
        assert_eq!(config.layer("text_encoder.q").alpha, Some(3.0));
        assert_eq!(config.layer("text_encoder_2.q").alpha, None);
        assert!(AdapterConfig::parse("[").is_err());
    }
}
