//! A small line of earlier values, drawn only where there is more than one number in one unit.

use super::words;
use crate::summary::Series;

const WIDTH: f64 = 72.0;
const HEIGHT: f64 = 20.0;
/// Room for the circle at the end.
const EDGE: f64 = 3.0;

/// Geometry of the line and the same in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    pub points: String,
    pub last: (String, String),
    pub said: String,
}

struct Point {
    value: f64,
    /// Days on a common scale.
    day: f64,
    said: String,
}

/// The line of a series, oldest first. Values without a day, and values that are only known to be
/// below or above something, have no place on it.
pub fn of(series: &Series) -> Option<Trend> {
    let unit = series.canonical_unit.as_deref();
    let mut points: Vec<Point> = Vec::new();
    if series.comparator.is_none() {
        let day = series.observed_on?;
        points.push(point(series.canonical_value?, day));
    } else {
        return None;
    }
    for earlier in &series.trend {
        if let (Some(value), Some(day), None) = (
            earlier.canonical_value,
            earlier.observed_on,
            earlier.comparator,
        ) && earlier.canonical_unit.as_deref() == unit
        {
            points.push(point(value, day));
        }
    }
    if points.len() < 2 {
        return None;
    }
    points.reverse();
    Some(draw(&points, &unit.map(words::unit).unwrap_or_default()))
}

fn point(value: f64, day: jiff::civil::Date) -> Point {
    let since = day.duration_since(jiff::civil::Date::ZERO);
    Point {
        value,
        day: (since.as_hours() / 24) as f64,
        said: format!("{}: {}", words::date(day), words::number(value)),
    }
}

fn draw(points: &[Point], unit: &str) -> Trend {
    let (first_day, last_day) = ends(points.iter().map(|point| point.day));
    let (low, high) = ends(points.iter().map(|point| point.value));
    let scale = |value: f64, from: f64, to: f64, size: f64| {
        let share = if to > from {
            (value - from) / (to - from)
        } else {
            0.5
        };
        EDGE + share * (size - 2.0 * EDGE)
    };
    let places: Vec<(String, String)> = points
        .iter()
        .map(|point| {
            let x = scale(point.day, first_day, last_day, WIDTH);
            let y = HEIGHT - scale(point.value, low, high, HEIGHT);
            (format!("{x:.1}"), format!("{y:.1}"))
        })
        .collect();
    let said: Vec<&str> = points.iter().map(|point| point.said.as_str()).collect();
    Trend {
        points: places
            .iter()
            .map(|(x, y)| format!("{x},{y}"))
            .collect::<Vec<_>>()
            .join(" "),
        last: places.last().cloned().unwrap_or_default(),
        said: format!("{} {unit}", said.join(", ")).trim_end().to_owned(),
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_line_runs_by_time_and_ends_at_the_latest_value() {
        let points = [
            point(16.8, date(2021, 6, 14)),
            point(12.0, date(2023, 11, 9)),
            point(8.9, date(2025, 12, 2)),
        ];
        let trend = draw(&points, "pmol/L");
        assert!(trend.points.starts_with("3.0,3.0 "), "{}", trend.points);
        assert_eq!(trend.last, ("69.0".into(), "17.0".into()));
        assert_eq!(
            trend.said,
            "14 Jun 2021: 16.8, 9 Nov 2023: 12, 2 Dec 2025: 8.9 pmol/L"
        );
    }

    #[test]
    fn values_that_do_not_change_are_a_level_line() {
        let trend = draw(
            &[point(5.0, date(2024, 1, 1)), point(5.0, date(2024, 1, 1))],
            "",
        );
        assert_eq!(trend.points, "36.0,10.0 36.0,10.0");
    }
}
