//! Sorted lists and maps that take little room in the binary.
//!
//! The standard sort and the standard map are compiled anew for every type, five kilobytes and
//! more each time, which a page would have to download. Here one copy sorts positions, and maps are
//! sorted lists, built at once: entry by entry, names in the wrong order would take forever.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use litemap::LiteMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// Sorts `items` stably by `compare`.
pub(crate) fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let mut order: Vec<usize> = (0..items.len()).collect();
    sort_positions(&mut order, &|a, b| compare(&items[a], &items[b]));
    let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|position| unsorted[position].take()));
}

#[inline(never)]
fn sort_positions(order: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    order.sort_by(|a, b| compare(*a, *b));
}

/// The map of `entries`.
///
/// # Errors
/// A key that comes twice, with its first two values.
pub(crate) fn unique<K: Ord, V>(mut entries: Vec<(K, V)>) -> Result<LiteMap<K, V>, (K, V, V)> {
    sort_by(&mut entries, |(a, _), (b, _)| a.cmp(b));
    if let Some(first) = entries.windows(2).position(|pair| pair[0].0 == pair[1].0) {
        let (_, second) = entries.swap_remove(first + 1);
        let (key, first) = entries.swap_remove(first);
        return Err((key, first, second));
    }
    Ok(LiteMap::from_sorted_store_unchecked(entries))
}

/// The map of `entries`, of which the first counts where a key comes more than once.
pub(crate) fn first<K: Ord, V>(mut entries: Vec<(K, V)>) -> LiteMap<K, V> {
    sort_by(&mut entries, |(a, _), (b, _)| a.cmp(b));
    entries.dedup_by(|(later, _), (earlier, _)| later == earlier);
    LiteMap::from_sorted_store_unchecked(entries)
}

/// Whether any key of `map` starts with `prefix`.
pub(crate) fn has_prefix<V>(map: &LiteMap<String, V>, prefix: &str) -> bool {
    let (Ok(first) | Err(first)) = map.find_index(prefix);
    map.get_indexed(first).is_some_and(|(key, _)| key.starts_with(prefix))
}

/// Whether any of the sorted `names` starts with `prefix`.
pub(crate) fn begins(names: &[&str], prefix: &str) -> bool {
    let first = names.partition_point(|name| *name < prefix);
    names.get(first).is_some_and(|name| name.starts_with(prefix))
}

/// An object as it is written: in its order, with its duplicates.
pub(crate) struct Entries<V>(pub Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Object<V> {
            type Value = Entries<V>;
            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Object(PhantomData))
    }
}

/// Writes a map as an object.
pub(crate) fn serialize<S, V>(map: &LiteMap<String, V>, serializer: S) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    V: Serialize,
{
    serializer.collect_map(map)
}

/// Reads a map from an object, of which the last entry counts where a key comes more than once.
pub(crate) fn deserialize<'de, D, V>(deserializer: D) -> Result<LiteMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    let Entries(mut entries) = Entries::deserialize(deserializer)?;
    entries.reverse();
    Ok(first(entries))
}

#[cfg(test)]
mod tests {
    use super::{first, sort_by, unique};

    #[test]
    fn sorts_stably() {
        let mut items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        sort_by(&mut items, |a, b| a.0.cmp(&b.0));
        assert_eq!(items, [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
    }

    #[test]
    fn maps_tell_of_the_first_two_values_of_a_key_or_keep_the_first() {
        let entries = vec![(2, 'a'), (1, 'b'), (2, 'c'), (2, 'd')];
        assert_eq!(unique(entries.clone()), Err((2, 'a', 'c')));
        assert_eq!(unique(entries[..2].to_vec()).unwrap().into_tuple_vec(), [(1, 'b'), (2, 'a')]);
        assert_eq!(first(entries).into_tuple_vec(), [(1, 'b'), (2, 'a')]);
    }
}
