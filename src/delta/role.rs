//! What the tensors of adapters are, by the ends of their names.

use serde::{Deserialize, Serialize};

use super::form::Form;

/// What a tensor is to its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // named as in the files, where they have no other words either
pub enum Role {
    Up,
    Down,
    Mid,
    HadaW1A,
    HadaW1B,
    HadaW2A,
    HadaW2B,
    HadaT1,
    HadaT2,
    LokrW1,
    LokrW1A,
    LokrW1B,
    LokrW2,
    LokrW2A,
    LokrW2B,
    LokrT2,
    OftBlocks,
    Rescale,
    GloraA1,
    GloraA2,
    GloraB1,
    GloraB2,
    Ia3Weight,
    OnInput,
    Diff,
    Set,
    /// One number for each row or column that the new weight's norms become.
    Magnitude,
    Alpha,
    Scalar,
    Reshape,
}

/// Which parameter of a layer a tensor changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    /// Its weight.
    Weight,
    /// Its bias.
    Bias,
}

/// Ends of names, longer ones before those they end with.
const ENDS: [(&str, Role, Parameter); 48] = {
    use Parameter::{Bias, Weight};
    [
        (".lora_up.weight", Role::Up, Weight),
        (".lora_down.weight", Role::Down, Weight),
        (".lora_mid.weight", Role::Mid, Weight),
        (".lora_B.default.weight", Role::Up, Weight),
        (".lora_A.default.weight", Role::Down, Weight),
        (".lora_B.weight", Role::Up, Weight),
        (".lora_A.weight", Role::Down, Weight),
        (".lora.up.weight", Role::Up, Weight),
        (".lora.down.weight", Role::Down, Weight),
        ("_lora.up.weight", Role::Up, Weight),
        ("_lora.down.weight", Role::Down, Weight),
        (".lora_linear_layer.up.weight", Role::Up, Weight),
        (".lora_linear_layer.down.weight", Role::Down, Weight),
        (".lora_magnitude_vector.default.weight", Role::Magnitude, Weight),
        (".lora_magnitude_vector.weight", Role::Magnitude, Weight),
        (".lora_magnitude_vector.default", Role::Magnitude, Weight),
        (".lora_magnitude_vector", Role::Magnitude, Weight),
        (".lora_B", Role::Up, Weight),
        (".lora_A", Role::Down, Weight),
        (".hada_w1_a", Role::HadaW1A, Weight),
        (".hada_w1_b", Role::HadaW1B, Weight),
        (".hada_w2_a", Role::HadaW2A, Weight),
        (".hada_w2_b", Role::HadaW2B, Weight),
        (".hada_t1", Role::HadaT1, Weight),
        (".hada_t2", Role::HadaT2, Weight),
        (".lokr_w1_a", Role::LokrW1A, Weight),
        (".lokr_w1_b", Role::LokrW1B, Weight),
        (".lokr_w2_a", Role::LokrW2A, Weight),
        (".lokr_w2_b", Role::LokrW2B, Weight),
        (".lokr_w1", Role::LokrW1, Weight),
        (".lokr_w2", Role::LokrW2, Weight),
        (".lokr_t2", Role::LokrT2, Weight),
        (".dora_scale", Role::Magnitude, Weight),
        (".oft_blocks", Role::OftBlocks, Weight),
        (".rescale", Role::Rescale, Weight),
        (".a1.weight", Role::GloraA1, Weight),
        (".a2.weight", Role::GloraA2, Weight),
        (".b1.weight", Role::GloraB1, Weight),
        (".b2.weight", Role::GloraB2, Weight),
        (".diff_b", Role::Diff, Bias),
        (".diff", Role::Diff, Weight),
        (".w_norm", Role::Diff, Weight),
        (".b_norm", Role::Diff, Bias),
        (".set_weight", Role::Set, Weight),
        (".reshape_weight", Role::Reshape, Weight),
        (".on_input", Role::OnInput, Weight),
        (".alpha", Role::Alpha, Weight),
        (".scalar", Role::Scalar, Weight),
    ]
};

/// The layer that the tensor `name` belongs to, what it is there and what it changes. The bare
/// `.weight` of an IA3 module is found where its `on_input` is: `is_there` is asked for it.
pub fn split(name: &str, is_there: impl Fn(&str) -> bool) -> Option<(&str, Role, Parameter)> {
    for (end, role, parameter) in ENDS {
        if let Some(layer) = name.strip_suffix(end) {
            // the underscore of `to_q_lora.up` is not part of the layer's name
            return (!layer.is_empty()).then_some((layer, role, parameter));
        }
    }
    let layer = name.strip_suffix(".weight")?;
    is_there(&format!("{layer}.on_input")).then_some((layer, Role::Ia3Weight, Parameter::Weight))
}

impl Role {
    /// How files call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Up => "the up factor",
            Self::Down => "the down factor",
            Self::Mid => "the middle factor",
            Self::HadaW1A => "hada_w1_a",
            Self::HadaW1B => "hada_w1_b",
            Self::HadaW2A => "hada_w2_a",
            Self::HadaW2B => "hada_w2_b",
            Self::HadaT1 => "hada_t1",
            Self::HadaT2 => "hada_t2",
            Self::LokrW1 => "lokr_w1",
            Self::LokrW1A => "lokr_w1_a",
            Self::LokrW1B => "lokr_w1_b",
            Self::LokrW2 => "lokr_w2",
            Self::LokrW2A => "lokr_w2_a",
            Self::LokrW2B => "lokr_w2_b",
            Self::LokrT2 => "lokr_t2",
            Self::OftBlocks => "oft_blocks",
            Self::Rescale => "rescale",
            Self::GloraA1 => "a1",
            Self::GloraA2 => "a2",
            Self::GloraB1 => "b1",
            Self::GloraB2 => "b2",
            Self::Ia3Weight => "the factors",
            Self::OnInput => "on_input",
            Self::Diff => "the difference",
            Self::Set => "the new weight",
            Self::Magnitude => "the magnitude",
            Self::Alpha => "alpha",
            Self::Scalar => "scalar",
            Self::Reshape => "reshape_weight",
        }
    }

    /// The form that a tensor of this role and `shape` is a part of; `None` for those that several
    /// forms share.
    pub(super) fn form(self, shape: &[u64]) -> Option<Form> {
        match self {
            Self::Up | Self::Down | Self::Mid => Some(Form::Lora),
            Self::HadaW1A
            | Self::HadaW1B
            | Self::HadaW2A
            | Self::HadaW2B
            | Self::HadaT1
            | Self::HadaT2 => Some(Form::Loha),
            Self::LokrW1
            | Self::LokrW1A
            | Self::LokrW1B
            | Self::LokrW2
            | Self::LokrW2A
            | Self::LokrW2B
            | Self::LokrT2 => Some(Form::Lokr),
            Self::OftBlocks if shape.len() == 4 => Some(Form::Boft),
            Self::OftBlocks => Some(Form::Oft),
            Self::GloraA1 | Self::GloraA2 | Self::GloraB1 | Self::GloraB2 => Some(Form::Glora),
            Self::Ia3Weight | Self::OnInput => Some(Form::Ia3),
            Self::Diff => Some(Form::Diff),
            Self::Set => Some(Form::Set),
            Self::Rescale | Self::Magnitude | Self::Alpha | Self::Scalar | Self::Reshape => None,
        }
    }
}
