//! What one file for each family of denoisers says, and how it is applied.
//!
//! A table of renames is text, a rule a line: a name of diffusers, the name of single files, and how
//! the rows go. `#` stands for a number and is carried over; `<4>` stands for four times the next
//! number plus the one after it, `<4+3>` for four times the next number plus three. A rule holds for
//! the name itself and for everything behind it and a dot. Names that no rule is about are the same
//! in both layouts.
//!
//! | third word | rows |
//! |---|---|
//! | none | as they are |
//! | `1/3` | the second of three tensors that single files keep one below the other |
//! | `swap` | the lower half first |
//! | `swap-last` | the same in the last block only |
//! | `flat` | one dimension in place of two |

/// A family of denoisers with the same names.
pub(crate) struct Family {
    /// Its usual name.
    pub title: &'static str,
    /// Ways to know it: beginnings of names, all of which are there, without the prefix of the
    /// denoiser.
    pub marks: &'static [&'static [&'static str]],
    /// Names of diffusers and those of single files, which are the canonical ones: tables, some of
    /// which families share.
    pub renames: &'static [&'static str],
    /// Beginnings of canonical names, and the block that they are in.
    pub blocks: &'static str,
    /// Tensors that are computed, not learnt: tables of positions.
    pub position_tables: &'static [&'static str],
}

/// A rule of a table of renames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rename {
    from: &'static str,
    to: &'static str,
    rows: Rows,
}

/// How the rows of a stored tensor become those of the canonical one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Rows {
    /// As they are.
    #[default]
    Same,
    /// They are this one of so many parts, from the top.
    Part(u8, u8),
    /// The lower half comes first.
    Swapped,
    /// The lower half comes first, in the last block.
    SwappedInLast,
    /// All elements are one dimension.
    Flat,
    /// Rows and columns are exchanged.
    Transposed,
}

/// What a rule makes of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renamed {
    /// The canonical name, without the prefix of the denoiser.
    pub name: String,
    /// How its rows go.
    pub rows: Rows,
    /// The first number of the name: mostly that of the block.
    pub number: Option<u64>,
}

impl Family {
    /// Whether names that begin with `prefix` are those of the family. `has` tells whether any name
    /// begins with what it is given.
    pub(crate) fn is_at(&self, prefix: &str, has: &impl Fn(&str) -> bool) -> bool {
        self.marks.iter().any(|marks| marks.iter().all(|mark| has(&format!("{prefix}{mark}"))))
    }

    /// Its renames.
    pub(crate) fn rules(&self) -> Vec<Rename> {
        self.renames.iter().flat_map(|table| Rename::parse(table)).collect()
    }

    /// The block of the canonical `name`, without the prefix of the denoiser.
    pub(crate) fn block(&self, name: &str) -> Option<String> {
        self.blocks.lines().find_map(|line| {
            let (from, label) = line.split_once(' ')?;
            let numbers = matched(from, name)?.0;
            Some(match numbers.first() {
                Some(number) => format!("{label}{number:02}"),
                None => label.to_owned(),
            })
        })
    }

    /// Whether `name` is a table of positions.
    pub(crate) fn is_position_table(&self, name: &str) -> bool {
        let is = |table: &&str| {
            name.strip_prefix(*table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.position_tables.iter().any(is)
    }
}

impl Rename {
    /// The rules of `table`, in its order.
    pub(crate) fn parse(table: &'static str) -> Vec<Self> {
        let rule = |line: &'static str| {
            let mut words = line.split(' ');
            let (from, to) = (words.next()?, words.next()?);
            let rows = match words.next() {
                None => Rows::Same,
                Some("swap") => Rows::Swapped,
                Some("swap-last") => Rows::SwappedInLast,
                Some("flat") => Rows::Flat,
                Some(part) => {
                    let (part, of) = part.split_once('/')?;
                    Rows::Part(part.parse().ok()?, of.parse().ok()?)
                }
            };
            Some(Self { from, to, rows })
        };
        table.lines().filter_map(rule).collect()
    }

    /// What the rule makes of `name`, if it is about it.
    fn apply(&self, name: &str) -> Option<Renamed> {
        let (numbers, rest) = matched(self.from, name)?;
        let mut to = String::with_capacity(name.len() + 8);
        let mut left = numbers.iter();
        let mut template = self.to;
        while let Some(at) = template.find(['#', '<']) {
            to.push_str(&template[..at]);
            let number = *left.next()?;
            if template[at..].starts_with('#') {
                to.push_str(&number.to_string());
                template = &template[at + 1..];
                continue;
            }
            let end = at + template[at..].find('>')?;
            let (factor, plus) = match template[at + 1..end].split_once('+') {
                Some((factor, plus)) => (factor, plus.parse().ok()?),
                None => (&template[at + 1..end], *left.next()?),
            };
            let factor: u64 = factor.parse().ok()?;
            to.push_str(&number.checked_mul(factor)?.checked_add(plus)?.to_string());
            template = &template[end + 1..];
        }
        to.push_str(template);
        to.push_str(rest);
        Some(Renamed { name: to, rows: self.rows, number: numbers.first().copied() })
    }
}

/// What the first of `rules` that is about `name` makes of it.
pub(crate) fn rename(rules: &[Rename], name: &str) -> Option<Renamed> {
    rules.iter().find_map(|rule| rule.apply(name))
}

/// The largest number that any of `rules` with [`Rows::SwappedInLast`] finds in `names`.
pub(crate) fn last_number<'a>(
    rules: &[Rename],
    names: impl Iterator<Item = &'a str>,
) -> Option<u64> {
    let rules: Vec<&Rename> =
        rules.iter().filter(|rule| rule.rows == Rows::SwappedInLast).collect();
    if rules.is_empty() {
        return None;
    }
    // the block is there even where this very tensor is not
    let beginning = |rule: &&Rename| rule.from.find('#').map(|at| &rule.from[..=at]);
    let beginnings: Vec<&str> = rules.iter().filter_map(beginning).collect();
    names
        .filter_map(|name| {
            let found = beginnings.iter().find_map(|beginning| matched(beginning, name));
            found?.0.first().copied()
        })
        .max()
}

/// The numbers that stand for `#` where `name` begins with `pattern`, and the rest of it: nothing,
/// or a dot and more.
fn matched<'a>(pattern: &str, name: &'a str) -> Option<(Vec<u64>, &'a str)> {
    let mut numbers = Vec::new();
    let mut rest = name;
    let mut parts = pattern.split('#');
    rest = rest.strip_prefix(parts.next()?)?;
    for part in parts {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        numbers.push(rest[..digits].parse::<u32>().ok().map(u64::from)?);
        rest = rest[digits..].strip_prefix(part)?;
    }
    // the table of a family may end a beginning with an underscore: names that go on after it
    let ends = rest.is_empty() || rest.starts_with('.') || pattern.ends_with('_');
    ends.then_some((numbers, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(table: &'static str, name: &str) -> Option<(String, Rows)> {
        rename(&Rename::parse(table), name).map(|renamed| (renamed.name, renamed.rows))
    }

    #[test]
    fn a_rule_holds_up_to_a_dot() {
        let table = "a.#.b c.#.d 1/3\n";
        assert_eq!(
            renamed(table, "a.12.b.weight"),
            Some(("c.12.d.weight".into(), Rows::Part(1, 3)))
        );
        assert_eq!(renamed(table, "a.12.b"), Some(("c.12.d".into(), Rows::Part(1, 3))));
        for other in ["a.12.bc", "a..b", "a.x.b", "aa.1.b", "a.99999999999.b", ""] {
            assert_eq!(renamed(table, other), None, "{other}");
        }
    }

    #[test]
    fn numbers_are_counted_through() {
        let table = "up.#.res.# u.<4>.r\nup.#.sample u.<4+3>.s\n";
        assert_eq!(renamed(table, "up.2.res.1.w"), Some(("u.9.r.w".into(), Rows::Same)));
        assert_eq!(renamed(table, "up.2.sample"), Some(("u.11.s".into(), Rows::Same)));
    }

    #[test]
    fn the_last_block_is_found_by_any_of_its_tensors() {
        let rules = Rename::parse("a.#.b c.#.d swap-last\n");
        let names = ["a.0.b.weight", "a.3.x.weight", "b.9.b"];
        assert_eq!(last_number(&rules, names.into_iter()), Some(3));
        assert_eq!(last_number(&Rename::parse("a.#.b c.#.d\n"), names.into_iter()), None);
    }
}
