//! Whether dates in figures begin with the day or with the month.

use jiff::civil::Date;

use super::dated::Dated;
use crate::extraction::dates::Order;
use crate::extraction::spoken::SpokenLines;
use crate::lexicon::{Context, Field, Lexicon};

pub(super) fn order(lines: &SpokenLines, lexicon: &Lexicon, dates: &[Dated]) -> Order {
    let votes = |order: Order| {
        dates
            .iter()
            .filter(|dated| dated.date.proves() == Some(order))
            .count()
    };
    let (day, month) = (votes(Order::DayFirst), votes(Order::MonthFirst));
    if day != month {
        return if day > month {
            Order::DayFirst
        } else {
            Order::MonthFirst
        };
    }
    if let Some(order) = by_turnaround(dates) {
        return order;
    }
    let (mut day, mut month) = (0, 0);
    for spoken in lines.all() {
        for at in 0..spoken.len() {
            match lexicon.words.contexts.longest(&spoken[at..]) {
                Some((Context::DayFirst, _)) => day += 1,
                Some((Context::MonthFirst, _)) => month += 1,
                _ => {}
            }
        }
    }
    match (day, month) {
        (0, 0) => Order::Unknown,
        (day, month) if day >= 2 * month.max(1) || month == 0 => Order::DayFirst,
        (day, month) if month >= 2 * day.max(1) || day == 0 => Order::MonthFirst,
        _ => Order::Unknown,
    }
}

/// A report follows its sample within days, not months.
fn by_turnaround(dates: &[Dated]) -> Option<Order> {
    let of = |field: Field| {
        dates
            .iter()
            .find(|dated| dated.field == field)?
            .date
            .readings()
    };
    let (collected_day, collected_month) = of(Field::Collected)?;
    let (later_day, later_month) = of(Field::Reported).or_else(|| of(Field::Received))?;
    let days = |from: Date, to: Date| {
        from.until(to)
            .map_or(i32::MAX, |span| span.get_days() + span.get_months() * 30)
    };
    let (day, month) = (
        days(collected_day, later_day),
        days(collected_month, later_month),
    );
    let near = |days: i32| (0..=14).contains(&days);
    let far = |days: i32| !(0..=25).contains(&days);
    match (day, month) {
        (day, month) if near(day) && far(month) => Some(Order::DayFirst),
        (day, month) if far(day) && near(month) => Some(Order::MonthFirst),
        _ => None,
    }
}
