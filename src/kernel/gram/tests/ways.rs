//! Which way tiles take through the kernel. All of them give the same bits, so only time would
//! tell that the wrong one was chosen.

use super::weights::{Noise, Weights};
use crate::dtype::Dtype;
use crate::gram::direct::{Direct, Subnormals};
use crate::gram::vector::Portable;

/// Whether `weights` are widened in registers, by vectors that are slow with subnormal numbers.
fn is_direct(weights: &Weights, subnormals: &mut Subnormals) -> bool {
    Direct::of::<Portable>(&weights.tiles(0..weights.rows()), subnormals).is_some()
}

fn is_direct_at_once(weights: &Weights) -> bool {
    is_direct(weights, &mut Subnormals::default())
}

/// Weights of two models of which every `every`-th number is subnormal as `F16`.
fn subnormal(every: usize) -> Weights {
    subnormal_of(64, every)
}

/// The same with so many rows.
fn subnormal_of(rows: usize, every: usize) -> Weights {
    let mut noise = Noise(5);
    let mut values = || -> Vec<f32> {
        let ordinary = (0..rows * 128).map(|_| 1.0 + (noise.bits() % 1000) as f32 / 1000.0);
        let small = |(at, value): (usize, f32)| if at % every == every - 1 { 1e-5 } else { value };
        ordinary.enumerate().map(small).collect()
    };
    let (a, b) = (values(), values());
    Weights::new(rows, 128, vec![(Dtype::F16, a), (Dtype::F16, b)])
}

#[test]
fn short_formats_of_few_models_are_widened_in_registers() {
    for dtype in [Dtype::F16, Dtype::BF16] {
        for models in 1..=6 {
            let weights = Weights::family(&vec![dtype; models], 64, 64, 1);
            assert_eq!(is_direct_at_once(&weights), (2..=4).contains(&models), "{models}");
        }
        let two = Weights::family(&[dtype; 2], 64, 64, 1);
        assert!(!is_direct_at_once(&two.clone().scaled(1, vec![2.0])));
        assert!(!is_direct_at_once(&two.scaled(0, vec![2.0; 64])));
    }
    for dtypes in [[Dtype::F16, Dtype::BF16], [Dtype::F32; 2], [Dtype::F8_E4M3; 2]] {
        assert!(!is_direct_at_once(&Weights::family(&dtypes, 64, 64, 1)), "{dtypes:?}");
    }
}

#[test]
fn subnormal_numbers_take_the_other_way() {
    for every in [1, 2, 5, 13] {
        assert!(!is_direct_at_once(&subnormal(every)), "every {every}");
    }
    assert!(is_direct_at_once(&subnormal(7919)));
    // what tiles before had is forgotten after some
    let mut subnormals = Subnormals::default();
    assert!(!is_direct(&subnormal(2), &mut subnormals));
    assert!(!is_direct(&subnormal(7919), &mut subnormals));
    assert!((0..100).any(|_| is_direct(&subnormal(7919), &mut subnormals)));
    // and one tile full of them is enough to change the way back
    assert!(!is_direct(&subnormal(1), &mut subnormals));
}

#[test]
fn subnormal_numbers_are_counted_against_all_others() {
    // one of the 512 numbers of each model that are looked at
    assert!(is_direct_at_once(&subnormal_of(256, 16_385)));
    // one of 128
    assert!(!is_direct_at_once(&subnormal_of(64, 4097)));
}

#[test]
fn what_was_long_ago_does_not_count() {
    let mut subnormals = Subnormals::default();
    let (ordinary, full) = (subnormal(7919), subnormal(1));
    assert!((0..300).all(|_| is_direct(&ordinary, &mut subnormals)));
    assert!(!is_direct(&full, &mut subnormals));
}

/// An instruction widens subnormal numbers as fast as any other.
#[cfg(target_arch = "x86_64")]
#[test]
fn registers_with_an_instruction_for_it_take_one_way() {
    let weights = subnormal(1);
    let tiles = weights.tiles(0..weights.rows());
    let mut subnormals = Subnormals::default();
    assert!(Direct::of::<std::arch::x86_64::__m512>(&tiles, &mut subnormals).is_some());
}
