//! Who imports whom: no circles between files, none between folders, and every layer of the core
//! imports only from those below it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{files, read, sources};

/// Folders and files of `src`, each of which imports only from those before it.
const LAYERS: [&str; 25] = [
    "escape",
    "sorted",
    "read",
    "format",
    "write",
    "model",
    "delta",
    "tensor",
    "architecture",
    "quantised",
    "canonical",
    "matching",
    "pass",
    "gram",
    "lora",
    "sample",
    "fingerprint",
    "input",
    "layers",
    "report",
    "job",
    "identify",
    "schema",
    "native",
    "cli",
];

/// The edge of the browser, which is above everything but the other edge.
const WEB: &str = "web";

/// Folders whose files still import one another in circles. There may be none anywhere else.
const IN_CIRCLES: [&str; 1] = ["report"];

type Graph = BTreeMap<String, BTreeSet<String>>;

/// The modules of the crate: what each one's file says, by path (`pass::plan`; the root is empty).
struct Modules(BTreeMap<String, String>);

impl Modules {
    fn of_src() -> Self {
        let files = sources().into_iter().filter_map(|path| {
            let module = path.strip_prefix("src/")?.strip_suffix(".rs")?;
            let is_test = path.ends_with("tests.rs") || path.contains("/tests/");
            let is_other = module.starts_with("kernel/") || module == "main" || is_test;
            let module = module.strip_suffix("/mod").unwrap_or(module);
            let module = if module == "lib" { "" } else { module };
            (!is_other).then(|| (module.replace('/', "::"), code(&read(&path))))
        });
        Self(files.collect())
    }

    /// The module and the rest of the path that `path`, said in `module`, stands for.
    fn resolve(&self, module: &str, path: &[String]) -> Option<(String, Vec<String>)> {
        let mut here: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" | "weightkin" => (here, rest) = (Vec::new(), &rest[1..]),
            "self" => rest = &rest[1..],
            "super" => {}
            child if self.0.contains_key(&joined(module, child)) => {}
            _ => return None,
        }
        while rest.first().is_some_and(|part| part == "super") {
            here.pop();
            rest = &rest[1..];
        }
        let mut found = here.join("::");
        while let Some(next) = rest.first().map(|part| joined(&found, part))
            && self.0.contains_key(&next)
        {
            (found, rest) = (next, &rest[1..]);
        }
        Some((found, rest.to_vec()))
    }

    /// The module that defines what `path`, said in `module`, stands for: through whatever
    /// re-exports it.
    fn defining(&self, module: &str, path: &[String]) -> Option<String> {
        let (found, rest) = self.resolve(module, path)?;
        let Some(name) = rest.first() else { return Some(found) };
        for (reexport, alias) in uses(&self.0[&found], true) {
            if alias == *name {
                return self.defining(&found, &reexport);
            }
        }
        Some(found)
    }

    /// Which module imports from which. A module that only declares its parts and passes their
    /// names on imports nothing.
    fn imports(&self) -> Graph {
        let of = |(module, text): (&String, &String)| {
            // what is passed on and named nowhere else is not used here
            let used = |name: &str| rest(text).any(|word| word == name);
            let passed_on = uses(text, true).into_iter().filter(|(_, name)| used(name));
            let said = uses(text, false).into_iter().chain(passed_on);
            let said = said.map(|(path, _)| path).chain(inline(text));
            let imported = said.filter_map(|path| self.defining(module, &path));
            (module.clone(), imported.filter(|other| other != module).collect())
        };
        self.0.iter().map(of).collect()
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn joined(module: &str, child: &str) -> String {
    if module.is_empty() { child.to_owned() } else { format!("{module}::{child}") }
}

/// The source without comments, and without what only tests are built with.
fn code(source: &str) -> String {
    let mut kept = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let indent = &line[..line.len() - line.trim_start().len()];
            let end = format!("{indent}}}");
            if !lines.next().is_some_and(|line| line.ends_with(';')) {
                lines.by_ref().find(|line| *line == end);
            }
        } else {
            kept.push_str(line.split("//").next().unwrap_or_default());
            kept.push('\n');
        }
    }
    kept
}

/// The import that a statement ends with: what stands before it, its visibility and its tree.
fn import(statement: &str) -> Option<(&str, &str, &str)> {
    let (before, tree) = statement.split_once("use ")?;
    let (before, visibility) = before.rsplit_once('\n').unwrap_or(("", before));
    let visibility = visibility.trim();
    let is_one = visibility.is_empty() || visibility.starts_with("pub");
    is_one.then_some((before, visibility, tree.trim()))
}

/// The paths of all imports, or of all that are passed on, each with the name that it gets.
fn uses(code: &str, passed_on: bool) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    for (_, visibility, tree) in code.split(';').filter_map(import) {
        if visibility.starts_with("pub") == passed_on {
            expand(&mut Vec::new(), tree, &mut found);
        }
    }
    found
}

/// The paths that the tree of an import stands for.
fn expand(before: &mut Vec<String>, tree: &str, found: &mut Vec<(Vec<String>, String)>) {
    let depth = before.len();
    let (path, branches) = match tree.split_once('{') {
        Some((path, rest)) => (path, rest.rsplit_once('}').map(|(inner, _)| inner)),
        None => (tree, None),
    };
    let (path, alias) =
        path.split_once(" as ").map_or((path, None), |(path, as_)| (path, Some(as_)));
    before
        .extend(path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
    match branches {
        None => {
            if before.last().is_some_and(|last| last == "self") && before.len() > 1 {
                before.pop();
            }
            let name =
                alias.map_or_else(|| before.last().cloned(), |name| Some(name.trim().to_owned()));
            found.extend(name.map(|name| (before.clone(), name)));
        }
        Some(inner) => {
            let (mut level, mut start) = (0, 0);
            for (at, character) in inner.char_indices().chain([(inner.len(), ',')]) {
                match character {
                    '{' => level += 1,
                    '}' => level -= 1,
                    ',' if level == 0 => {
                        if !inner[start..at].trim().is_empty() {
                            expand(before, inner[start..at].trim(), found);
                        }
                        start = at + 1;
                    }
                    _ => {}
                }
            }
        }
    }
    before.truncate(depth);
}

/// What stands between imports and declarations of modules: words, and paths as one word.
fn rest(code: &str) -> impl Iterator<Item = &str> {
    let rest = code
        .split(';')
        .map(|statement| import(statement).map_or(statement, |(before, ..)| before))
        .filter(|text| !text.lines().next_back().unwrap_or_default().contains("mod "));
    rest.flat_map(|text| text.split(|c: char| !(is_word(c) || c == ':')))
}

/// Paths in the midst of code, of modules and of other things.
fn inline(code: &str) -> Vec<Vec<String>> {
    let paths = rest(code).filter(|word| word.contains("::"));
    paths
        .map(|path| path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect())
        .collect()
}

/// The circles of `graph`: its parts in which each reaches each.
fn circles(graph: &Graph) -> Vec<Vec<&String>> {
    let reach = |from: &String| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(next) = open.pop() {
            let others = graph.get(next).into_iter().flatten();
            open.extend(others.filter(|other| seen.insert(*other)).collect::<Vec<_>>());
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        graph.keys().map(|module| (module, reach(module))).collect();
    let mut found: Vec<Vec<&String>> = reached
        .iter()
        .filter(|(module, reached)| reached.contains(*module))
        .map(|(module, others)| {
            let both = |other: &&&String| reached.get(**other).is_some_and(|r| r.contains(module));
            others.iter().filter(both).copied().collect()
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The folder of `src` that `module` lies in, or its own name.
fn folder(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

#[test]
fn files_are_not_imported_in_circles() {
    let modules = Modules::of_src().imports();
    assert!(modules.values().map(BTreeSet::len).sum::<usize>() > 300);
    for circle in circles(&modules) {
        let is_known = |module: &&String| IN_CIRCLES.contains(&folder(module));
        assert!(circle.iter().all(is_known), "{circle:?} import one another");
    }
}

#[test]
fn layers_import_from_those_below() {
    for (module, imported) in Modules::of_src().imports() {
        let place = |module: &str| {
            let place = LAYERS.iter().position(|layer| *layer == folder(module));
            place.or((folder(module) == WEB).then_some(LAYERS.len()))
        };
        for other in imported {
            let (from, to) = (folder(&module), folder(&other));
            if from == to {
                continue;
            }
            assert!(place(&module).is_some(), "{module}: which layer is {from}?");
            assert!(place(&other) < place(&module), "{module} imports from {other}");
            assert!(from != WEB || !["native", "cli"].contains(&to), "{module} imports {other}");
        }
    }
}

#[test]
fn circles_are_found() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        graph
    };
    assert!(circles(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    assert_eq!(
        circles(&graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")])),
        [["a", "b", "c"]]
    );
    let source = "use super::{a::{self, B as C}, d};\npub(crate) use self::e::F; // use g;\n";
    let source = code(&format!(
        "{source}#[cfg(test)]\nmod tests {{\n    use h;\n}}\nlet x = crate::i::J::k();"
    ));
    let paths = |uses: Vec<(Vec<String>, String)>| {
        uses.into_iter()
            .map(|(path, name)| format!("{} {name}", path.join("::")))
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(uses(&source, false)), ["super::a a", "super::a::B C", "super::d d"]);
    assert_eq!(paths(uses(&source, true)), ["self::e::F F"]);
    assert_eq!(inline(&source), [["crate", "i", "J", "k"]]);
}

/// What each module of the page imports, types apart, which are gone when it runs.
fn page() -> Graph {
    let imports = |path: String| {
        let text = read(&path);
        let statements = text.split(';').filter(|statement| !statement.contains("import type "));
        let imported = statements.filter_map(|statement| {
            let (_, from) = statement.rsplit_once("from \"")?;
            let mut parts: Vec<&str> = path.split('/').collect();
            parts.pop();
            for part in from.strip_suffix(".js\"")?.split('/') {
                match part {
                    "." => {}
                    ".." => drop(parts.pop()),
                    part => parts.push(part),
                }
            }
            Some(format!("{}.ts", parts.join("/")))
        });
        let imported = imported.collect();
        (path, imported)
    };
    files("www/src", "ts").into_iter().map(imports).collect()
}

#[test]
fn the_page_is_not_imported_in_circles() {
    let page = page();
    let known = page.values().flatten().filter(|path| page.contains_key(*path)).count();
    assert!(known > 100, "{known} imports");
    assert_eq!(circles(&page), Vec::<Vec<&String>>::new(), "import one another");
}
