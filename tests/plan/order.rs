//! Batches may be executed anywhere, in any order: the report has the same bytes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use weightkin::dtype::Dtype;
use weightkin::gram::RecordAssembler;
use weightkin::model::Model;
use weightkin::pass::plan::{Batch, Plan};

use crate::support::comparison::{outcome, plan, report, run};
use crate::support::double::Double;
use crate::support::model::{Spec, model};

/// Small tensors, and one that is cut into bands and stripes.
fn family() -> Vec<Model> {
    let mut specs: Vec<Spec> =
        (0..60).map(|i| Spec::new(format!("w.{i:02}"), Dtype::F16, &[64 + i, 100 - i])).collect();
    specs.insert(20, Spec::new("tall and wide", Dtype::F8_E4M3, &[520, 66_000]));
    specs.push(Spec::new("tall", Dtype::F8_E5M2, &[68_000_000]));
    let mixed: Vec<Spec> = specs
        .iter()
        .enumerate()
        .map(|(i, spec)| if i % 3 == 0 { spec.stored_as(Dtype::F8_E5M2) } else { spec.clone() })
        .collect();
    vec![model("a", &specs), model("b", &mixed), model("c", &specs)]
}

fn json(models: &[Model], plan: &Plan, tally: &RecordAssembler) -> String {
    assert!(tally.is_complete());
    report(models, plan, tally).to_json()
}

#[test]
fn neither_order_nor_threads_show() {
    let models = family();
    let plan = plan(&models);
    let double = Double::made(&models);
    let outcomes: Vec<_> = (0..plan.batches()).map(|b| outcome(&plan, &double, b)).collect();
    assert!(outcomes.len() >= 4, "{} batches", outcomes.len());

    let mut forward = RecordAssembler::new(&plan);
    for outcome in &outcomes {
        forward.accept(outcome.clone());
    }
    let want = json(&models, &plan, &forward);

    let mut backward = RecordAssembler::new(&plan);
    for outcome in outcomes.iter().rev() {
        backward.accept(outcome.clone());
    }
    assert!(json(&models, &plan, &backward) == want, "backwards");

    for start in 0..outcomes.len() {
        let mut turned = RecordAssembler::new(&plan);
        for step in 0..outcomes.len() {
            // a step that shares no factor with the number of batches visits them all
            let stride = if outcomes.len() % 5 == 0 { 7 } else { 5 };
            turned.accept(outcomes[(start + step * stride) % outcomes.len()].clone());
        }
        assert!(json(&models, &plan, &turned) == want, "from {start}");
    }

    let (next, threads) = (AtomicUsize::new(0), Mutex::new(RecordAssembler::new(&plan)));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let batch = next.fetch_add(1, Ordering::Relaxed);
                    if batch >= plan.batches() {
                        return;
                    }
                    let outcome = outcome(&plan, &double, batch);
                    threads.lock().unwrap().accept(outcome);
                }
            });
        }
    });
    assert!(json(&models, &plan, &threads.into_inner().unwrap()) == want, "threads");
}

#[test]
fn batches_and_outcomes_survive_the_way_to_a_lane() {
    let models = &family()[..2];
    let plan = plan(models);
    let double = Double::made(models);
    for index in [0, plan.batches() - 1] {
        let batch = plan.batch(index);
        let sent: Batch = postcard::from_bytes(&postcard::to_allocvec(&batch).unwrap()).unwrap();
        assert_eq!(format!("{sent:?}"), format!("{batch:?}"));
        let outcome = outcome(&plan, &double, index);
        let bytes = postcard::to_allocvec(&outcome).unwrap();
        assert_eq!(postcard::from_bytes::<weightkin::pass::run::Outcome>(&bytes).unwrap(), outcome);
    }
}

#[test]
fn an_outcome_twice_counts_once() {
    let models = &family()[..2];
    let plan = plan(models);
    let double = Double::made(models);
    let want = json(models, &plan, &run(&plan, &double));
    let mut tally = RecordAssembler::new(&plan);
    for batch in 0..plan.batches() {
        let outcome = outcome(&plan, &double, batch);
        tally.accept(outcome.clone());
        tally.accept(outcome);
    }
    assert!(json(models, &plan, &tally) == want);
}

#[test]
fn tensors_complete_one_by_one() {
    let models = &family()[..2];
    let plan = plan(models);
    let double = Double::made(models);
    let mut tally = RecordAssembler::new(&plan);
    let mut complete = 0;
    for batch in 0..plan.batches() {
        assert!(!tally.is_complete());
        assert_eq!(tally.records().flatten().count(), tally.complete());
        tally.accept(outcome(&plan, &double, batch));
        assert!(tally.complete() >= complete);
        complete = tally.complete();
        let columns: u64 = tally.records().flatten().map(|record| record.columns).sum();
        assert_eq!(tally.running().columns, columns);
    }
    assert!(tally.is_complete());
    assert_eq!(complete, plan.tensors.len());
    assert_eq!(tally.running().columns, plan.columns());
}

#[test]
fn progress_tells_every_byte_once() {
    let models = &family()[..2];
    let plan = plan(models);
    let double = Double::made(models);
    let mut told = 0;
    for index in 0..plan.batches() {
        let batch = plan.batch(index);
        let Ok(_) =
            pollster::block_on(weightkin::pass::run::execute(&batch, &double, |bytes, name| {
                assert!(plan.tensors.iter().any(|tensor| tensor.name == name));
                told += bytes;
            }));
    }
    assert_eq!(told, plan.bytes());
}
