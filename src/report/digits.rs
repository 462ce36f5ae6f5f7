//! Figures as they are shown: only digits that mean something.

/// What rounding alone can do to a figure: no digit behind it is shown, and no interval is shown
/// smaller.
pub const ACCURACY: f64 = 1e-6;
/// Decimals of that.
const PLACES: usize = 6;

/// A figure for reading, to six decimals; empty where it is undefined.
pub fn figure(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| rounded(value, PLACES))
}

/// `0.95634 ± 0.00021`: two digits of the half-width, no smaller than [`ACCURACY`], and the same
/// places of the figure.
pub fn estimated(figure: f64, half_width: f64) -> String {
    let half_width = half_width.max(ACCURACY);
    let enough =
        |places: &usize| half_width >= 10_f64.powi(1 - i32::try_from(*places).unwrap_or(i32::MAX));
    let places = (1..=PLACES).find(enough).unwrap_or(PLACES);
    format!("{} ± {}", rounded(figure, places), rounded(half_width, places))
}

/// A share in per cent: `1.3 %`, with a decimal below ten, `less than 0.1 %`, and never 100 % for
/// less than everything.
pub fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match percent {
        none if none <= 0.0 => "0 %".to_owned(),
        little if little < 0.1 => "less than 0.1 %".to_owned(),
        all if all >= 100.0 => "100 %".to_owned(),
        nearly if nearly >= 99.9 => "more than 99.9 %".to_owned(),
        some if !(9.95..90.0).contains(&some) => format!("{} %", rounded(some, 1)),
        some => format!("{} %", some.round() as u64),
    }
}

/// `value` to so many places. The standard formatting of floats would be a fiftieth of what a page
/// downloads, for this one use.
pub(super) fn rounded(value: f64, places: usize) -> String {
    let unit = 10_u64.pow(places as u32);
    let scaled = (value.abs() * unit as f64).round();
    // beyond that, neighbouring numbers are further apart than the last place
    if !scaled.is_finite() || scaled >= (1_u64 << f64::MANTISSA_DIGITS) as f64 {
        return all_digits(Some(value));
    }
    let scaled = scaled as u64;
    let sign = if value < 0.0 && scaled > 0 { "-" } else { "" };
    format!("{sign}{}.{:0places$}", scaled / unit, scaled % unit)
}

/// All digits, the same as in the JSON; empty where undefined.
pub(super) fn all_digits(value: Option<f64>) -> String {
    value.map(|value| serde_json::Value::from(value).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page keeps to the same table.
    #[test]
    fn figures_and_estimates_are_those_of_the_table() {
        let table = include_str!("../../tests/report/digits.json");
        let rows: Vec<(f64, Option<f64>, String)> = serde_json::from_str(table).unwrap();
        assert!(rows.len() > 20);
        for (value, half_width, shown) in rows {
            let text = half_width.map_or_else(|| figure(Some(value)), |by| estimated(value, by));
            assert_eq!(text, shown);
        }
        assert_eq!(figure(None), "");
    }

    #[test]
    fn shares_are_never_all_or_nothing_by_rounding() {
        for (share, shown) in [
            (0.0, "0 %"),
            (0.000_4, "less than 0.1 %"),
            (0.013, "1.3 %"),
            (0.0996, "10 %"),
            (0.5, "50 %"),
            (0.987, "98.7 %"),
            (0.999_5, "more than 99.9 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(share), shown, "{share}");
        }
    }
}
