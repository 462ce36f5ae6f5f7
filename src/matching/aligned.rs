//! Models of unknown architectures whose names have nothing in common: tensors are aligned by what
//! their names end with.

use litemap::LiteMap;

use crate::architecture::classify;
use crate::canonical::{CanonicalModel, CanonicalTensor};
use crate::sorted;

/// Segments that names have to end with alike: `weight` alone says nothing.
const LEAST_SEGMENTS: usize = 2;

/// Gives the tensors of all models but the first the names that the first one uses, where each of
/// them has one counterpart only: of the same shape, with the longest common end of the name. Only
/// where that finds most tensors of every model; otherwise nothing is aligned and nothing changed.
/// Returns the name of each aligned tensor in every model, by the first.
pub(super) fn align(canonical: &mut [CanonicalModel]) -> LiteMap<String, Vec<String>> {
    let Some((first, others)) = canonical.split_first_mut() else { return LiteMap::new() };
    let mut renamed: Vec<Vec<(String, String)>> = Vec::new();
    for other in others.iter() {
        let pairs = pairs(first, other);
        if pairs.len() * 2 <= first.tensors.len().min(other.tensors.len()) {
            return LiteMap::new();
        }
        renamed.push(pairs);
    }
    let found = |name: &str, pairs: &[(String, String)]| {
        let at = pairs.binary_search_by(|(of_first, _)| of_first.as_str().cmp(name)).ok()?;
        Some(pairs[at].1.clone())
    };
    let aligned = first.tensors.keys().filter_map(|name| {
        let others = renamed.iter().map(|pairs| found(name, pairs));
        let names = [Some(name.clone())].into_iter().chain(others).collect::<Option<_>>()?;
        Some((name.clone(), names))
    });
    let aligned = sorted::first(aligned.collect());
    for (other, pairs) in others.iter_mut().zip(renamed) {
        let new: LiteMap<String, String> =
            sorted::first(pairs.into_iter().map(|(to, from)| (from, to)).collect());
        let tensors = std::mem::take(&mut other.tensors).into_iter().map(|(name, tensor)| {
            let Some(name) = new.get(&name) else { return (name, tensor) };
            let role = classify(name, &tensor.source.shape);
            (name.clone(), CanonicalTensor { role, ..tensor })
        });
        other.tensors = sorted::first(tensors.collect());
    }
    aligned
}

/// Names of `a` and of `b` that mean the same, sorted by those of `a`.
fn pairs(a: &CanonicalModel, b: &CanonicalModel) -> Vec<(String, String)> {
    let all: Vec<(bool, &String, &[u64])> = [(false, a), (true, b)]
        .into_iter()
        .flat_map(|(of_b, model)| {
            let named = model.tensors.iter();
            named.map(move |(name, tensor)| (of_b, name, tensor.source.shape.as_slice()))
        })
        .collect();
    let longest = all.iter().map(|(_, name, _)| name.split('.').count()).max().unwrap_or(0);
    let mut pairs: Vec<(String, String)> = Vec::new();
    for segments in (LEAST_SEGMENTS..=longest).rev() {
        let ends = all.iter().enumerate().filter_map(|(at, (_, name, shape))| {
            let start = end_of(name, segments)?;
            Some((&name[start..], *shape, start, at))
        });
        let mut ends: Vec<(&str, &[u64], usize, usize)> = ends.collect();
        sorted::sort_by(&mut ends, |x, y| (x.0, x.1).cmp(&(y.0, y.1)));
        for same in ends.chunk_by(|x, y| (x.0, x.1) == (y.0, y.1)) {
            let [(.., start_a, x), (.., start_b, y)] = same else { continue };
            let ((false, of_a, _), (true, of_b, _)) = (all[*x], all[*y]) else { continue };
            // layers of different numbers are different layers
            let (last_a, last_b) = (last_number(&of_a[..*start_a]), last_number(&of_b[..*start_b]));
            if last_a.is_none() || last_b.is_none() || last_a == last_b {
                pairs.push((of_a.clone(), of_b.clone()));
            }
        }
    }
    // whoever is alone with an end is alone with a longer one
    sorted::sort_by(&mut pairs, Ord::cmp);
    pairs.dedup();
    pairs
}

/// Where the last so many segments of `name` begin; `None` where it has fewer.
fn end_of(name: &str, segments: usize) -> Option<usize> {
    let mut starts = name.rmatch_indices('.').map(|(dot, _)| dot + 1).chain([0]);
    starts.nth(segments - 1)
}

/// The last segment of `beginning` that is a number.
fn last_number(beginning: &str) -> Option<u32> {
    beginning.rsplit('.').find_map(|segment| segment.parse().ok())
}

#[cfg(test)]
mod tests {
    use litemap::LiteMap;

    use super::*;
    use crate::dtype::Dtype;
    use crate::tensor::TensorSource;

    fn model(names: &[(&str, u64)]) -> CanonicalModel {
        let tensor = |(name, rows): &(&str, u64)| {
            let source = TensorSource::plain(Dtype::F32, vec![*rows, 4], 0, 0);
            let role = classify(name, &source.shape);
            ((*name).to_owned(), CanonicalTensor { source, role, stored_names: Vec::new() })
        };
        let tensors = sorted::first(names.iter().map(tensor).collect());
        CanonicalModel { tensors, excluded: LiteMap::default() }
    }

    fn found(a: &[(&str, u64)], b: &[(&str, u64)]) -> Vec<[String; 2]> {
        let mut models = [model(a), model(b)];
        let untouched = models.clone();
        let aligned = align(&mut models);
        assert_eq!(models[0], untouched[0]);
        if aligned.is_empty() {
            assert_eq!(models, untouched);
        }
        aligned
            .into_iter()
            .map(|(_, names): (String, Vec<String>)| names.try_into().unwrap())
            .collect()
    }

    #[test]
    fn the_longest_common_end_counts() {
        let pair = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        let a = [("enc.blocks.0.fc.w", 3), ("enc.blocks.1.fc.w", 3), ("enc.out.w", 5)];
        let b = [("trunk.layers.0.fc.w", 3), ("trunk.layers.1.fc.w", 3), ("trunk.head.out.w", 5)];
        assert_eq!(
            found(&a, &b),
            [
                pair("enc.blocks.0.fc.w", "trunk.layers.0.fc.w"),
                pair("enc.blocks.1.fc.w", "trunk.layers.1.fc.w"),
                pair("enc.out.w", "trunk.head.out.w"),
            ]
        );
        // behind any prefix
        let c = [("x.enc.blocks.0.fc.w", 3), ("x.enc.blocks.1.fc.w", 3), ("x.enc.out.w", 5)];
        assert_eq!(found(&a, &c).len(), 3);
    }

    #[test]
    fn what_may_mean_several_or_has_another_shape_is_not_aligned() {
        // two blocks of the same number
        let a = [("a.0.fc.w", 3), ("b.0.fc.w", 3)];
        assert_eq!(found(&a, &[("c.0.fc.w", 3), ("d.0.fc.w", 3)]), Vec::<[String; 2]>::new());
        assert!(found(&[("a.0.fc.w", 3)], &[("b.0.fc.w", 4)]).is_empty());
        // other layers
        assert!(found(&[("a.0.fc.w", 3)], &[("b.1.fc.w", 3)]).is_empty());
        // a last word alone
        assert!(found(&[("a.w", 3)], &[("b.w", 3)]).is_empty());
        // less than most of them
        let one = [("a.0.fc.w", 3), ("a.1.fc.w", 3)];
        assert!(found(&one, &[("b.0.fc.w", 3), ("b.2.fc.w", 3)]).is_empty());
    }
}
