//! A comparison over any source, one step at a time.

use weightkin::gram::RecordAssembler;
use weightkin::matching::{Options, match_models};
use weightkin::model::Model;
use weightkin::pass::plan::Plan;
use weightkin::pass::run::{Outcome, execute};
use weightkin::report::Report;

use super::double::Double;

/// The plan for `models`, VAE left out.
pub fn plan(models: &[Model]) -> Plan {
    plan_with(models, &Options::default())
}

pub fn plan_with(models: &[Model], options: &Options) -> Plan {
    let models: Vec<&Model> = models.iter().collect();
    let matching = match_models(&models, options).expect("they can be compared");
    Plan::new(&models, matching).expect("they are not too large")
}

/// What becomes of one batch.
pub fn outcome(plan: &Plan, source: &Double, batch: usize) -> Outcome {
    let Ok(outcome) = pollster::block_on(execute(&plan.batch(batch), source, |_, _| {}));
    outcome
}

/// Everything, batch by batch.
pub fn run(plan: &Plan, source: &Double) -> RecordAssembler {
    let mut tally = RecordAssembler::new(plan);
    for batch in 0..plan.batches() {
        tally.accept(outcome(plan, source, batch));
    }
    assert!(tally.is_complete());
    tally
}

pub fn report(models: &[Model], plan: &Plan, tally: &RecordAssembler) -> Report {
    let models: Vec<&Model> = models.iter().collect();
    Report::new(&models, plan, tally, None)
}
