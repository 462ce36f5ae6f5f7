//! Adapters: which modules a file holds, where they belong, and what they change.

use std::convert::Infallible;

use weightkin::canonical::CanonicalModel;
use weightkin::dtype::Dtype;
use weightkin::format::safetensors::{Header, PREFIX_BYTES, json_bytes};
use weightkin::lora::{Adapter, AdapterConfig, LoadError, Placement, Rectangle, load};
use weightkin::model::{FileFacts, Model};
use weightkin::read::{ByteStream, Read, Source};

use crate::assert_fit;

/// Largest change that is worked out.
const MOST_ELEMENTS: u64 = 1 << 16;

/// Layers of the model that adapters are placed on: names and dimensions.
const LAYERS: [(&str, &[u64]); 6] = [
    ("model.diffusion_model.input_blocks.1.1.proj_in.weight", &[12, 16, 1, 1]),
    ("model.diffusion_model.input_blocks.1.0.in_layers.2.weight", &[8, 6, 3, 3]),
    ("model.diffusion_model.middle_block.1.proj_out.weight", &[12, 16]),
    ("model.diffusion_model.out.0.weight", &[12]),
    ("conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight", &[24, 8]),
    ("conditioner.embedders.0.transformer.text_model.encoder.layers.0.mlp.fc1.weight", &[12, 16]),
];

/// `data` is an adapter's file, or the settings of one.
pub fn adapter(data: &[u8]) {
    let config = std::str::from_utf8(data).ok().map(AdapterConfig::parse);
    if let Some(Err(message)) = &config {
        assert!(!message.is_empty());
    }
    let Some(model) = model_of(data) else { return };
    let mut adapter = Adapter::from_model(&model, None);
    let Ok(()) = pollster::block_on(adapter.read_alphas(&File(data), 0));
    for skipped in &adapter.skipped {
        assert_fit(&skipped.why.to_string());
    }
    let canonical = canonical();
    let placement = Placement::new(&adapter, &canonical);
    assert_eq!(placement.placed() + placement.unplaced.len(), adapter.modules.len());
    for unplaced in &placement.unplaced {
        assert_fit(&unplaced.reason.to_string());
    }
    for (tensor, placed) in &placement.tensors {
        let source = &canonical.tensors[tensor].source;
        let mut top = 0;
        for placed in placed {
            assert!(placed.rows > 0 && placed.first_row >= top);
            top = placed.first_row + placed.rows;
        }
        assert!(top <= source.rows());
    }
    for module in &adapter.modules {
        assert!(module.scale().is_finite() || module.alpha.is_some());
        let size = (module.extent.rows.unwrap_or(12), module.extent.cols.unwrap_or(16));
        if size.0.saturating_mul(size.1) > MOST_ELEMENTS {
            continue;
        }
        match pollster::block_on(load(&File(data), 0, module, size)) {
            Ok(delta) => {
                let (rows, cols) = (size.0 as usize, size.1 as usize);
                let delta = delta.for_model(&vec![0.5; rows * cols], rows, cols);
                let mut whole = vec![0.0; rows * cols];
                delta.fill(Rectangle { first_row: 0, rows, first_col: 0, cols }, &mut whole);
            }
            Err(LoadError::Module { fault, .. }) => assert_fit(&fault.to_string()),
            Err(LoadError::Read(never)) => match never {},
        }
    }
}

fn model_of(data: &[u8]) -> Option<Model> {
    let bytes = data.len() as u64;
    let prefix = data.get(..PREFIX_BYTES as usize)?;
    let json_bytes = json_bytes(prefix, bytes).ok()? as usize;
    let header = Header::parse(data.get(prefix.len()..prefix.len() + json_bytes)?, bytes).ok()?;
    let file = FileFacts { name: "file.safetensors".to_owned(), bytes };
    Model::assemble("file".to_owned(), vec![(file, header)], &[]).ok()
}

/// The model that adapters are placed on.
fn canonical() -> CanonicalModel {
    let mut start = 0;
    let tensors = LAYERS.iter().map(|(name, shape)| {
        let bytes = shape.iter().product::<u64>() * Dtype::F16.bitsize() as u64 / 8;
        start += bytes;
        format!(
            r#""{name}":{{"dtype":"F16","shape":{shape:?},"data_offsets":[{},{start}]}}"#,
            start - bytes
        )
    });
    let json = format!("{{{}}}", tensors.collect::<Vec<_>>().join(","));
    let bytes = PREFIX_BYTES + json.len() as u64 + start;
    let header = Header::parse(json.as_bytes(), bytes).expect("the header is valid");
    let file = FileFacts { name: "model.safetensors".to_owned(), bytes };
    let model = Model::assemble("model".to_owned(), vec![(file, header)], &[]);
    CanonicalModel::from_model(&model.expect("one file is a model"))
}

/// A file in memory.
struct File<'a>(&'a [u8]);

/// The bytes of some reads that are still to come, and those of the last fetch.
struct Stream(Vec<u8>, Vec<u8>);

impl Source for File<'_> {
    type Stream = Stream;

    fn open(&self, reads: &[Read]) -> Stream {
        let bytes = |read: &Read| &self.0[read.start as usize..read.end as usize];
        Stream(reads.iter().flat_map(bytes).copied().collect(), Vec::new())
    }
}

impl ByteStream for Stream {
    type Error = Infallible;

    async fn fetch(&mut self, len: usize) -> Result<(), Infallible> {
        self.1 = self.0.drain(..len).collect();
        Ok(())
    }

    fn fetched(&self) -> &[u8] {
        &self.1
    }

    async fn skip(&mut self, len: u64) -> Result<(), Infallible> {
        self.0.drain(..len as usize);
        Ok(())
    }
}
