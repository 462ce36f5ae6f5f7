//! Which files descend from which, and by what weights in each block.

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::field::Component;
use crate::recipe::Recipe;

/// What a file is made of in one block.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Step {
    /// Parents (by place among the family's files) and weights.
    pub mix: Vec<(usize, f64)>,
    /// Components (by place among the family's components) and amounts.
    pub add: Vec<(usize, f64)>,
}

/// The files a family needs, parents before children.
pub(crate) fn generations(
    wanted: &[String],
    recipes: &BTreeMap<String, Recipe>,
) -> Result<Vec<String>, Error> {
    let mut ordered = Vec::new();
    for file in wanted {
        visit(file, recipes, &mut Vec::new(), &mut ordered)?;
    }
    Ok(ordered)
}

fn visit<'a>(
    file: &'a str,
    recipes: &'a BTreeMap<String, Recipe>,
    open: &mut Vec<&'a str>,
    ordered: &mut Vec<String>,
) -> Result<(), Error> {
    if ordered.iter().any(|done| done == file) {
        return Ok(());
    }
    if open.contains(&file) {
        return Err(Error::Cycle { name: file.to_owned() });
    }
    let Some(recipe) = recipes.get(file) else {
        let known: Vec<&str> = recipes.keys().map(String::as_str).collect();
        return Err(Error::UnknownRecipe { name: file.to_owned(), known: known.join(" ") });
    };
    open.push(file);
    for parent in recipe.mix.keys() {
        visit(parent, recipes, open, ordered)?;
    }
    open.pop();
    ordered.push(file.to_owned());
    Ok(())
}

/// All components that the given recipes name.
pub(crate) fn components<'a>(recipes: impl Iterator<Item = &'a Recipe>) -> Vec<Component> {
    let named = recipes.flat_map(|recipe| {
        let inits = recipe.init.keys().map(|name| (name, true));
        inits.chain(recipe.add.keys().map(|name| (name, false)))
    });
    let named = named.map(|(name, is_init)| Component { name: name.clone(), is_init });
    named.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a recipe comes to in a block.
pub(crate) fn step(
    file: &str,
    recipe: &Recipe,
    block: &str,
    files: &[String],
    components: &[Component],
) -> Result<Step, Error> {
    let mut step = Step::default();
    for (parent, weights) in &recipe.mix {
        let Some(&weight) = weights.get(block) else {
            let (file, parent, block) = (file.to_owned(), parent.clone(), block.to_owned());
            return Err(Error::NoWeight { file, parent, block });
        };
        let place = files.iter().position(|name| name == parent);
        step.mix.push((place.expect("parents are among the files"), weight));
    }
    for (amounts, is_init) in [(&recipe.init, true), (&recipe.add, false)] {
        for (name, amount) in amounts {
            let Some(&amount) = amount.get(block) else { continue };
            let place = components.iter().position(|c| c.name == *name && c.is_init == is_init);
            step.add.push((place.expect("every named component is listed"), amount));
        }
    }
    Ok(step)
}

/// The amount of every component in every file, through all generations.
pub(crate) fn compositions(steps: &[Step], components: usize) -> Vec<Vec<f64>> {
    let mut all: Vec<Vec<f64>> = Vec::with_capacity(steps.len());
    for step in steps {
        let mut amounts = vec![0.0; components];
        for &(parent, weight) in &step.mix {
            for (amount, inherited) in amounts.iter_mut().zip(&all[parent]) {
                *amount += weight * inherited;
            }
        }
        for &(component, amount) in &step.add {
            amounts[component] += amount;
        }
        all.push(amounts);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    #[test]
    fn parents_come_before_children() {
        let recipes = builtin::recipes();
        let wanted = ["mix_wai".to_owned(), "pony".to_owned()];
        let order = generations(&wanted, &recipes).unwrap();
        assert_eq!(order, ["root", "base_a", "base_nai", "mix_wai", "pony"]);
    }

    #[test]
    fn unknown_parents_and_circles_are_refused() {
        let mut recipes = builtin::recipes();
        recipes.insert("x".into(), Recipe::new().mix("y", 1.0));
        let wanted = ["x".to_owned()];
        let error = generations(&wanted, &recipes).unwrap_err();
        assert!(error.to_string().starts_with("no recipe named \"y\"; there are base_a "));
        recipes.insert("y".into(), Recipe::new().mix("x", 1.0));
        let error = generations(&wanted, &recipes).unwrap_err();
        assert_eq!(error.to_string(), "recipe \"x\" is its own ancestor");
    }

    #[test]
    fn weights_multiply_through_the_generations() {
        let recipes = builtin::recipes();
        let files = generations(&["mix_wai".to_owned()], &recipes).unwrap();
        let components = components(files.iter().map(|file| &recipes[file]));
        let names: Vec<&str> = components.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["R", "dA", "dN", "f_wai"]);
        let steps: Result<Vec<Step>, Error> = files
            .iter()
            .map(|file| step(file, &recipes[file], "IN07", &files, &components))
            .collect();
        let wai = compositions(&steps.unwrap(), components.len()).pop().unwrap();
        for (got, want) in wai.iter().zip([1.0, 0.36, 0.85 * 0.3, 0.105]) {
            assert!((got - want).abs() < 1e-12, "{got} {want}");
        }
    }
}
