//! A comparison over any source, one step at a time.

use std::sync::Arc;

use weightkin::gram::{Accumulator, RecordAssembler, WindowResult};
use weightkin::input::{FullModel, Input, match_inputs};
use weightkin::job::{Done, Work};
use weightkin::matching::{MatchError, Matching, Options, Reason};
use weightkin::model::Model;
use weightkin::pass::plan::{Batch, Plan};
use weightkin::report::{Account, Report, ReportModel};

use super::double::Double;

/// What comparisons take for `model`.
pub fn input(model: &Model) -> Arc<Input> {
    Arc::new(Input::Full(FullModel::new(model.clone())))
}

/// What is compared of `models`.
pub fn match_models(models: &[&Model], options: &Options) -> Result<Matching, MatchError> {
    let inputs: Vec<Arc<Input>> = models.iter().map(|model| input(model)).collect();
    let inputs: Vec<&Input> = inputs.iter().map(AsRef::as_ref).collect();
    match_inputs(&inputs, options)
}

/// The plan for `models`, VAE left out.
pub fn plan(models: &[Model]) -> Plan {
    plan_with(models, &Options::default())
}

pub fn plan_with(models: &[Model], options: &Options) -> Plan {
    let models: Vec<&Model> = models.iter().collect();
    let matching = match_models(&models, options).expect("they can be compared");
    let files: Vec<usize> = models.iter().map(|model| model.files.len()).collect();
    Plan::new(&files, matching).expect("they are not too large")
}

/// What comes of `batch`; `progress` is told the bytes taken and the name of their tensor.
pub fn execute(
    batch: Batch,
    source: &Double,
    progress: impl FnMut(u64, &str),
) -> Vec<WindowResult> {
    let work = Work::Windows(batch);
    let Ok(done) = pollster::block_on(work.execute(Accumulator::new, source, progress));
    let Done::Windows(results) = done else { panic!("windows were asked for") };
    results
}

/// What comes of one batch of `plan`.
pub fn results(plan: &Plan, source: &Double, batch: usize) -> Vec<WindowResult> {
    execute(plan.batch(batch), source, |_, _| {})
}

/// Everything, batch by batch.
pub fn run(plan: &Plan, source: &Double) -> RecordAssembler {
    let mut assembler = RecordAssembler::new(plan);
    for batch in 0..plan.batches() {
        assembler.accept(results(plan, source, batch));
    }
    assert!(assembler.is_complete());
    assembler
}

pub fn report(models: &[Model], plan: &Plan, assembler: &RecordAssembler) -> Report {
    // what the plan was made of
    let include_vae = !plan.left_out.iter().any(|left_out| left_out.reason == Reason::Vae);
    let options = Options { include_vae, ..Options::default() };
    let matching = match_models(&models.iter().collect::<Vec<_>>(), &options).unwrap();
    let models = models.iter().enumerate().map(|(position, model)| {
        let input = input(model);
        ReportModel::new(&input, false).with_account(Account::of(&input, position, &matching))
    });
    Report::new(models.collect(), plan, assembler.records(), None)
}
