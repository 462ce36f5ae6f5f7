//! Every tensor of real checkpoints has a component, a block and a kind, and the parts add up to
//! the whole.

mod kin;

use std::collections::BTreeMap;

use kin::{Written, headers};
use regex_lite::Regex;
use weightkin::architecture::{Component, Kind};
use weightkin::canonical::{CanonicalModel, CanonicalTensor};
use weightkin::report::{Report, Scope, ScopeBy, pattern_regex};
use weightkin_family::{Family, Manifest};

/// Component, block and kind of every tensor at full size, with its parameters.
fn places(manifest: &Manifest) -> Vec<(String, Component, String, Kind, u64)> {
    let canonical =
        CanonicalModel::from_model(&headers(&[("m.safetensors", &manifest.tensors(1).unwrap())]));
    let tensors = canonical.tensors.into_iter();
    tensors
        .map(|(name, CanonicalTensor { source, role, .. })| {
            (name, role.component, role.block, role.kind, source.elements())
        })
        .collect()
}

fn parameters_by_block(manifest: &Manifest) -> BTreeMap<String, u64> {
    let mut blocks = BTreeMap::new();
    for (_, _, block, _, parameters) in places(manifest) {
        *blocks.entry(block).or_default() += parameters;
    }
    blocks
}

#[test]
fn no_tensor_is_without_a_place() {
    for (manifest, count) in
        [(Manifest::Sdxl, 2515), (Manifest::Sd15, 1131), (Manifest::Qwen2, 290)]
    {
        let places = places(&manifest);
        assert_eq!(places.len(), count);
        for (name, component, block, kind, _) in places {
            assert_ne!(component, Component::Other, "{name}");
            assert_ne!(kind, Kind::Other, "{name}");
            assert!(!block.contains('.'), "{name} is in {block}");
        }
    }
}

#[test]
fn sdxl_blocks_have_the_known_parameters() {
    let blocks = parameters_by_block(&Manifest::Sdxl);
    let millions = [
        ("IN00", 0.01),
        ("IN01", 2.3),
        ("IN02", 2.3),
        ("IN03", 0.9),
        ("IN04", 27.4),
        ("IN05", 29.0),
        ("IN06", 3.7),
        ("IN07", 375.4),
        ("IN08", 382.0),
        ("MID", 413.0),
        ("OUT00", 400.0),
        ("OUT01", 400.0),
        ("OUT02", 406.6),
        ("OUT03", 37.6),
        ("OUT04", 33.5),
        ("OUT05", 35.2),
        ("OUT06", 4.4),
        ("OUT07", 3.4),
        ("OUT08", 3.4),
    ];
    for (block, wanted) in millions {
        let found = blocks[block] as f64 / 1e6;
        // half a unit of the last digit given
        let tolerance = if block == "MID" { 0.5 } else { 0.0501 };
        assert!((found - wanted).abs() < tolerance, "{block}: {found} M, not {wanted} M");
    }
    let named: Vec<&str> = millions.iter().map(|(block, _)| *block).collect();
    let others: Vec<&str> =
        blocks.keys().map(String::as_str).filter(|block| !named.contains(block)).collect();
    assert_eq!(others, ["EMB", "FINAL", "TE-G", "TE-L", "VAE"]);
    assert_eq!(blocks["TE-G"], 694_659_841);
    let unet: u64 = named.iter().chain(&["EMB", "FINAL"]).map(|block| blocks[*block]).sum();
    assert_eq!(unet, 2_567_463_684);
}

#[test]
fn sd15_has_twelve_blocks_each_way() {
    let blocks = parameters_by_block(&Manifest::Sd15);
    let numbered = |prefix: &str| {
        let names = blocks.keys().filter(|block| block.starts_with(prefix));
        names.cloned().collect::<Vec<String>>()
    };
    assert_eq!(numbered("IN"), (0..12).map(|n| format!("IN{n:02}")).collect::<Vec<_>>());
    assert_eq!(numbered("OUT"), (0..12).map(|n| format!("OUT{n:02}")).collect::<Vec<_>>());
    let others: Vec<&String> =
        blocks.keys().filter(|b| !b.starts_with("IN") && !b.starts_with("OUT")).collect();
    assert_eq!(others, ["EMB", "FINAL", "MID", "TE-L", "VAE"]);
}

#[test]
fn language_models_by_layer_and_projection() {
    let places = places(&Manifest::Qwen2);
    let of = |wanted: &str| places.iter().filter(|(_, _, block, ..)| block == wanted).count();
    for layer in 0..24 {
        assert_eq!(of(&format!("L{layer:02}")), 12, "layer {layer}");
    }
    // the norm before the head; the head itself is the embedding
    assert_eq!((of("EMBED"), of("HEAD")), (1, 1));
    for (kind, count) in [
        (Kind::QProj, 24),
        (Kind::KProj, 24),
        (Kind::VProj, 24),
        (Kind::OProj, 24),
        (Kind::GateProj, 24),
        (Kind::UpProj, 24),
        (Kind::DownProj, 24),
        (Kind::Embedding, 1),
        (Kind::OneDimensional, 24 * 5 + 1),
    ] {
        assert_eq!(places.iter().filter(|place| place.3 == kind).count(), count, "{kind}");
    }
}

#[test]
fn kinds_of_sdxl() {
    use Kind::{
        Convolution1x1, Convolution3x3, CrossAttention, Embedding, FeedForward, OneDimensional,
        Projection, SelfAttention,
    };
    let mut kinds: BTreeMap<Kind, u64> = BTreeMap::new();
    for (_, component, _, kind, parameters) in places(&Manifest::Sdxl) {
        if component == Component::UNet {
            *kinds.entry(kind).or_default() += parameters;
        }
    }
    let found: Vec<Kind> = kinds.keys().copied().collect();
    assert_eq!(
        found,
        [
            SelfAttention,
            CrossAttention,
            FeedForward,
            Projection,
            Convolution3x3,
            Convolution1x1,
            Embedding,
            OneDimensional
        ]
    );
    // 60 transformer blocks of width 1280, 10 of width 640, text of width 2048
    let widths = [(60, 1280_u64), (10, 640)];
    let sum = |each: &dyn Fn(u64) -> u64| widths.iter().map(|(n, width)| n * each(*width)).sum();
    let expected: [(Kind, u64); 3] = [
        (SelfAttention, sum(&|width| 4 * width * width)),
        (CrossAttention, sum(&|width| 2 * width * width + 2 * width * 2048)),
        (FeedForward, sum(&|width| 12 * width * width)),
    ];
    for (kind, parameters) in expected {
        assert_eq!(kinds[&kind], parameters, "{kind}");
    }
}

fn report() -> Report {
    let family = Family::new(Manifest::Sdxl).scale(64).files(&["base_a", "base_nai", "root"]);
    Written::new(&family).compare(&["base_a", "base_nai", "root"], Some("root"))
}

fn by(report: &Report, by: ScopeBy) -> Vec<&Scope> {
    report.scopes.iter().filter(|scope| scope.by == by).collect()
}

#[test]
fn scopes_sum_to_the_whole() {
    let report = report();
    for way in [ScopeBy::Component, ScopeBy::Block, ScopeBy::Kind] {
        let scopes = by(&report, way);
        let sum =
            |count: &dyn Fn(&Scope) -> u64| scopes.iter().map(|scope| count(scope)).sum::<u64>();
        assert_eq!(sum(&|scope| scope.tensors), report.compared.tensors);
        assert_eq!(sum(&|scope| scope.columns), report.compared.columns);
        for (index, whole) in report.pairs.iter().enumerate() {
            assert_eq!(sum(&|scope| scope.pairs[index].identical_tensors), whole.identical_tensors);
            let cosines: f64 = scopes
                .iter()
                .map(|scope| scope.pairs[index].figures)
                .map(|here| here.column_cosine.unwrap() * here.columns as f64)
                .sum();
            let mean = cosines / report.compared.columns as f64;
            assert!((mean - whole.figures.column_cosine.unwrap()).abs() < 1e-12);
        }
    }
    let parts = by(&report, ScopeBy::Part);
    let named = |name: &str| parts.iter().find(|scope| scope.name == name).unwrap();
    assert_eq!(named("1-D tensors").tensors + named("matrices").tensors, report.compared.tensors);
    let near: u64 = by(&report, ScopeBy::Block)
        .iter()
        .filter(|scope| ["IN07", "IN08", "MID", "OUT00", "OUT01", "OUT02"].contains(&&*scope.name))
        .map(|scope| scope.tensors)
        .sum();
    assert_eq!(named("closer to MID").tensors, near);
}

#[test]
fn scopes_come_in_the_order_of_the_model() {
    let report = report();
    let names = |way| by(&report, way).iter().map(|scope| scope.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(ScopeBy::Component), ["U-Net", "TE-L", "TE-G"]);
    let blocks: Vec<String> = (0..9)
        .map(|n| format!("IN{n:02}"))
        .chain(["MID".to_owned()])
        .chain((0..9).map(|n| format!("OUT{n:02}")))
        .chain(["EMB", "FINAL", "TE-G", "TE-L"].map(str::to_owned))
        .collect();
    assert_eq!(names(ScopeBy::Block), blocks);
    let layers = names(ScopeBy::Layer);
    assert_eq!(layers.len(), 12 + 32);
    assert!(layers.contains(&"TE-L 11".to_owned()) && layers.contains(&"TE-G 31".to_owned()));
    for scope in &report.scopes {
        assert_eq!(scope.recipes.len(), 2, "{}", scope.name);
    }
}

#[test]
fn any_filter_is_a_scope() {
    let report = report();
    let scope = |pattern: &str| {
        let regex = Regex::new(&pattern_regex(pattern)).unwrap();
        report.scope(pattern, |name| regex.is_match(name))
    };
    let all = scope("*");
    assert_eq!((all.by, all.tensors), (ScopeBy::Filter, report.compared.tensors));
    assert_eq!(all.pairs, report.pairs);

    let count = |test: &dyn Fn(&str) -> bool| {
        report.tensors.iter().filter(|tensor| test(&tensor.name)).count() as u64
    };
    let cross = count(&|name| name.contains("attn2"));
    assert!(cross > 0);
    assert_eq!(scope("attn2").tensors, cross);
    assert_eq!(scope("*attn2*").tensors, cross);
    assert_eq!(scope("/attn[2]/").tensors, cross);
    assert_eq!(scope("attn2*").tensors, 0, "a glob is for the whole name");
    assert_eq!(
        scope("*.to_?.weight").tensors,
        count(&|name| ["q", "k", "v"].iter().any(|l| name.ends_with(&format!(".to_{l}.weight"))))
    );
    let unet = by(&report, ScopeBy::Component)[0];
    let same = scope("model.diffusion_model.*");
    assert_eq!((&same.pairs, same.columns), (&unet.pairs, unet.columns));
    assert_eq!(same.recipes, unet.recipes);

    let none = scope("nothing is called this");
    assert_eq!((none.tensors, none.columns), (0, 0));
    assert_eq!(none.pairs[0].figures.column_cosine, None);
}

#[test]
fn unknown_architectures_are_grouped_by_the_first_number() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [1, 2].map(|seed| {
        let names = ["enc.3.a.0.w", "enc.3.b.w", "enc.10.w", "enc.2.w", "head.w", "7.w"];
        let tensors =
            names.iter().map(|name| ((*name).to_owned(), kin::f32s(&[2, 3], &kin::noise(seed, 6))));
        let path = folder.path().join(format!("{seed}.safetensors"));
        kin::write(&path, &tensors.collect());
        path
    });
    let report = kin::compare(&paths, &weightkin::matching::Options::default());
    let blocks: Vec<(String, u64)> = by(&report, ScopeBy::Block)
        .iter()
        .map(|scope| (scope.name.clone(), scope.tensors))
        .collect();
    let expected = [("7", 1), ("enc.2", 1), ("enc.3", 2), ("enc.10", 1), ("head", 1)];
    assert_eq!(blocks, expected.map(|(name, count)| (name.to_owned(), count)));
}
