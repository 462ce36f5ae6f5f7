//! From headers of any shapes and dtypes to a report.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt::Write as _;

use arbitrary::{Arbitrary, Unstructured};
use weightkin::format::safetensors::Header;
use weightkin::gram::{Accumulator, RecordAssembler};
use weightkin::input::{FullModel, Input, match_inputs};
use weightkin::job::{Done, Work};
use weightkin::matching::Options;
use weightkin::model::{FileFacts, Model};
use weightkin::pass::plan::Plan;
use weightkin::read::{ByteStream, Read, Source};
use weightkin::report::{Report, ReportModel};

use weightkin_family::header::{entry, object};

use crate::assert_fit;

/// Largest models whose bytes are read, and batches of larger ones that are looked at.
const READ_BYTES: u64 = 1 << 20;
const BATCHES: usize = 64;

const NAMES: [&str; 24] = [
    "w",
    "a.weight",
    "a.bias",
    "a.weight_scale",
    "a.scale_weight",
    "a.weight.absmax",
    "a.qweight",
    "model.embed_tokens.weight",
    "lm_head.weight",
    "model.layers.0.self_attn.q_proj.weight",
    "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
    "model.diffusion_model.out.2.weight",
    "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight",
    "conditioner.embedders.1.model.text_projection",
    "conditioner.embedders.1.model.transformer.resblocks.24.ln_1.weight",
    "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight",
    "text_model.encoder.layers.24.layer_norm1.weight",
    "text_model.encoder.layers.0.self_attn.q_proj.weight",
    "text_projection.weight",
    "first_stage_model.decoder.conv_in.weight",
    "model_ema.w",
    "double_blocks.0.img_attn.qkv.weight",
    "lora_unet.lora_up.weight",
    "encoder.block.0.layer.0.SelfAttention.q.weight",
];

const DTYPES: [&str; 16] = [
    "F32",
    "F16",
    "BF16",
    "F8_E4M3",
    "F8_E5M2",
    "F64",
    "I64",
    "U8",
    "BOOL",
    "F4",
    "F6_E2M3",
    "C64",
    "I8",
    "U32",
    "F8_E4M3FNUZ",
    "F8_E8M0",
];

/// Dimensions that real tensors have, and those at which things go wrong.
const DIMENSIONS: [u64; 16] =
    [0, 1, 2, 3, 8, 16, 31, 64, 65, 320, 65_536, 65_537, 1 << 25, (1 << 32) + 1, 1 << 53, 1 << 61];

#[derive(Debug, Arbitrary)]
struct Headers {
    models: Vec<Vec<Tensor>>,
    same: bool,
    include_vae: bool,
    ancestor: Option<u8>,
}

#[derive(Debug, Clone, Arbitrary)]
struct Tensor {
    name: u8,
    suffix: Option<u8>,
    dtype: u8,
    shape: Vec<u8>,
}

/// `data` describes headers.
pub fn planner(data: &[u8]) {
    let Ok(mut input) = Headers::arbitrary(&mut Unstructured::new(data)) else { return };
    input.models.truncate(18);
    if input.same
        && let Some(first) = input.models.first().cloned()
    {
        input.models.push(first);
    }
    let models: Option<Vec<Model>> =
        input.models.iter().enumerate().map(|(i, tensors)| model(i, tensors)).collect();
    let Some(models) = models else { return };
    let inputs: Vec<Input> =
        models.into_iter().map(|model| Input::Full(FullModel::new(model))).collect();
    let inputs: Vec<&Input> = inputs.iter().collect();
    let ancestor = input.ancestor.map(usize::from);
    let options = Options { include_vae: input.include_vae, ancestor, target: 0 };
    let matching = match match_inputs(&inputs, &options) {
        Ok(matching) => matching,
        Err(error) => return assert_fit(&error.to_string()),
    };
    let plan = match Plan::new(&vec![1; inputs.len()], matching) {
        Ok(plan) => plan,
        Err(error) => return assert_fit(&error.to_string()),
    };
    let models: Vec<ReportModel> =
        inputs.iter().map(|input| ReportModel::new(input, false)).collect();
    let files = Files(models.iter().map(|model| model.files[0].bytes).collect());
    assert_planned(&plan, &files);
    if plan.bytes() <= READ_BYTES {
        run(models, &plan, &files, ancestor);
    }
}

/// A model with these tensors one after the other, if a file can hold them.
fn model(index: usize, tensors: &[Tensor]) -> Option<Model> {
    let mut entries = Vec::new();
    let mut end = 0_u64;
    let mut seen = Vec::new();
    for tensor in tensors.iter().take(64) {
        let mut name = NAMES[usize::from(tensor.name) % NAMES.len()].to_owned();
        if let Some(suffix) = tensor.suffix {
            let _ = write!(name, ".{suffix}");
        }
        if seen.contains(&name) {
            continue;
        }
        let shape: Vec<u64> = tensor
            .shape
            .iter()
            .take(6)
            .map(|&choice| DIMENSIONS[usize::from(choice) % DIMENSIONS.len()])
            .collect();
        let dtype = DTYPES[usize::from(tensor.dtype) % DTYPES.len()];
        let bits: u64 = match dtype {
            "F4" => 4,
            "F6_E2M3" => 6,
            "F16" | "BF16" => 16,
            "F32" | "U32" => 32,
            "F64" | "I64" | "C64" => 64,
            _ => 8,
        };
        let bits = shape.iter().try_fold(bits, |bits, &d| bits.checked_mul(d));
        // what the header refuses is another target's
        let Some(bytes) = bits.filter(|bits| bits % 8 == 0).map(|bits| bits / 8) else { continue };
        let start = end;
        let Some(next) = end.checked_add(bytes).filter(|end| *end < 1 << 62) else { continue };
        end = next;
        entries.push(entry(&name, dtype, &shape, start, end));
        seen.push(name);
    }
    let json = object(&entries);
    let bytes = 8 + json.len() as u64 + end;
    // products of a shape from the left may overflow before a zero undoes them
    let header = Header::parse(json.as_bytes(), bytes).ok()?;
    let file = FileFacts { name: format!("{index}.safetensors"), bytes };
    Model::assemble(index.to_string(), vec![(file, header)], &[]).ok()
}

/// Every read lies in its file, every batch survives the way to a worker.
fn assert_planned(plan: &Plan, files: &Files) {
    let _ = plan.columns();
    let batches = plan.batches();
    for index in (0..batches.min(BATCHES)).chain(batches.saturating_sub(BATCHES)..batches) {
        let batch = plan.batch(index);
        assert!(!batch.jobs.is_empty());
        for read in batch.reads.iter().flatten() {
            assert!(read.start < read.end && read.end <= files.0[read.file], "{read:?}");
        }
    }
}

fn run(models: Vec<ReportModel>, plan: &Plan, files: &Files, ancestor: Option<usize>) {
    let mut assembler = RecordAssembler::new(plan);
    for batch in 0..plan.batches() {
        let work = Work::Windows(plan.batch(batch));
        let Ok(done) = pollster::block_on(work.execute(Accumulator::new, files, |_, _| {}));
        let Done::Windows(results) = done else { panic!("windows were asked for") };
        assembler.accept(results);
    }
    assert!(assembler.is_complete());
    let report = Report::new(models, plan, assembler.records(), ancestor);
    assert_eq!(report.compared.unfinished, 0);
    let json = report.to_json();
    assert_eq!(Report::from_json(&json).expect("what we write we read").to_json(), json);
}

/// Files of these sizes, full of bytes that depend on their place.
struct Files(Vec<u64>);

impl Source for Files {
    type Stream = FileStream;

    fn open(&self, reads: &[Read]) -> FileStream {
        for read in reads {
            assert!(read.start < read.end && read.end <= self.0[read.file], "{read:?}");
            assert_eq!(read.file, reads[0].file);
        }
        FileStream { rest: reads.iter().copied().collect(), fetched: Vec::new() }
    }
}

struct FileStream {
    rest: VecDeque<Read>,
    fetched: Vec<u8>,
}

impl FileStream {
    /// What is left of the read at hand.
    fn rest(&mut self) -> &mut Read {
        while self.rest.front().is_some_and(|read| read.bytes() == 0) {
            self.rest.pop_front();
        }
        self.rest.front_mut().expect("there is more to read")
    }
}

impl ByteStream for FileStream {
    type Error = Infallible;

    async fn fetch(&mut self, len: usize) -> Result<(), Infallible> {
        let rest = self.rest();
        assert!(len as u64 <= rest.bytes());
        let Read { start, file, .. } = *rest;
        rest.start += len as u64;
        self.fetched.clear();
        self.fetched.extend((start..start + len as u64).map(|at| (at ^ file as u64) as u8));
        Ok(())
    }

    fn fetched(&self) -> &[u8] {
        &self.fetched
    }

    async fn skip(&mut self, len: u64) -> Result<(), Infallible> {
        let rest = self.rest();
        assert!(len > 0 && len <= rest.bytes());
        rest.start += len;
        Ok(())
    }
}
