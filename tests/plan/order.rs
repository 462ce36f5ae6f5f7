//! Batches may be executed anywhere, in any order: the report has the same bytes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use weightkin::dtype::Dtype;
use weightkin::gram::{RecordAssembler, WindowResult};
use weightkin::model::Model;
use weightkin::pass::plan::{Batch, Plan};

use crate::support::comparison::{execute, plan, report, results, run};
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

fn json(models: &[Model], plan: &Plan, assembler: &RecordAssembler) -> String {
    assert!(assembler.is_complete());
    report(models, plan, assembler).to_json()
}

#[test]
fn neither_order_nor_threads_show() {
    let models = family();
    let plan = plan(&models);
    let double = Double::made(&models);
    let all: Vec<_> = (0..plan.batches()).map(|b| results(&plan, &double, b)).collect();
    assert!(all.len() >= 4, "{} batches", all.len());

    let mut forward = RecordAssembler::new(&plan);
    for found in &all {
        forward.accept(found.clone());
    }
    let want = json(&models, &plan, &forward);

    let mut backward = RecordAssembler::new(&plan);
    for found in all.iter().rev() {
        backward.accept(found.clone());
    }
    assert!(json(&models, &plan, &backward) == want, "backwards");

    for start in 0..all.len() {
        let mut turned = RecordAssembler::new(&plan);
        for step in 0..all.len() {
            // a step that shares no factor with the number of batches visits them all
            let stride = if all.len() % 5 == 0 { 7 } else { 5 };
            turned.accept(all[(start + step * stride) % all.len()].clone());
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
                    let found = results(&plan, &double, batch);
                    threads.lock().unwrap().accept(found);
                }
            });
        }
    });
    assert!(json(&models, &plan, &threads.into_inner().unwrap()) == want, "threads");
}

#[test]
fn batches_and_results_survive_the_way_to_a_worker() {
    let models = &family()[..2];
    let plan = plan(models);
    let double = Double::made(models);
    for index in [0, plan.batches() - 1] {
        let batch = plan.batch(index);
        let sent: Batch = postcard::from_bytes(&postcard::to_allocvec(&batch).unwrap()).unwrap();
        assert_eq!(format!("{sent:?}"), format!("{batch:?}"));
        let found = results(&plan, &double, index);
        let bytes = postcard::to_allocvec(&found).unwrap();
        assert_eq!(postcard::from_bytes::<Vec<WindowResult>>(&bytes).unwrap(), found);
    }
}

#[test]
fn results_twice_count_once() {
    let models = &family()[..2];
    let plan = plan(models);
    let double = Double::made(models);
    let want = json(models, &plan, &run(&plan, &double));
    let mut assembler = RecordAssembler::new(&plan);
    for batch in 0..plan.batches() {
        let found = results(&plan, &double, batch);
        assembler.accept(found.clone());
        assembler.accept(found);
    }
    assert!(json(models, &plan, &assembler) == want);
}

#[test]
fn tensors_complete_one_by_one() {
    let models = &family()[..2];
    let plan = plan(models);
    let double = Double::made(models);
    let mut assembler = RecordAssembler::new(&plan);
    let mut complete = 0;
    for batch in 0..plan.batches() {
        assert!(!assembler.is_complete());
        assert_eq!(assembler.records().flatten().count(), assembler.complete());
        assembler.accept(results(&plan, &double, batch));
        assert!(assembler.complete() >= complete);
        complete = assembler.complete();
        let columns: u64 = assembler.records().flatten().map(|record| record.columns).sum();
        assert_eq!(assembler.running().columns, columns);
    }
    assert!(assembler.is_complete());
    assert_eq!(complete, plan.tensors.len());
    assert_eq!(assembler.running().columns, plan.columns());
}

#[test]
fn progress_tells_every_byte_once() {
    let models = &family()[..2];
    let plan = plan(models);
    let double = Double::made(models);
    let mut told = 0;
    for index in 0..plan.batches() {
        let batch = plan.batch(index);
        execute(batch, &double, |bytes, name| {
            assert!(plan.tensors.iter().any(|tensor| tensor.name == name));
            told += bytes;
        });
    }
    assert_eq!(told, plan.bytes());
}
