//! How things are written on pages: dates, sizes, units, limits and kinds in plain words.

use crate::domain::analysis::{Flag, Kind, Sex};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// `3 Feb 2026`.
pub fn date(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// `3 Feb 2026, 09:42 UTC`, in the zone of the server.
pub fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%-d %b %Y, %H:%M %Z")
        .to_string()
}

/// `3 Feb, 09:42`: beside others of its kind in a list.
pub fn short_moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%-d %b, %H:%M")
        .to_string()
}

/// `3 Feb 2026, 09:42:18 UTC`: the state of a summary.
pub fn exact_moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%-d %b %Y, %H:%M:%S %Z")
        .to_string()
}

/// How long something waits: `12 min`, `3 h 10`, `2 d`.
pub fn waits(since: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(since).as_secs().max(0) / 60;
    match minutes {
        0 => "now".into(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h {:02}", minutes / 60, minutes % 60),
        _ => format!("{} d", minutes / 1440),
    }
}

/// Full years between birth and a day.
pub fn age(born: Date, on: Date) -> i16 {
    let had_birthday = (on.month(), on.day()) >= (born.month(), born.day());
    on.year() - born.year() - i16::from(!had_birthday)
}

/// `214 kB`, in steps of a thousand as file managers count.
pub fn size(bytes: i64) -> String {
    let mut value = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if value < 999.5 || unit == "GB" {
            return if unit == "bytes" || value >= 9.95 {
                format!("{value:.0} {unit}")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1000.0;
    }
    String::new()
}

/// A unit as clinicians write it: `10*6/mL` is `10⁶/mL`, `u[IU]/mL` is `µIU/mL`.
pub fn unit(ucum: &str) -> String {
    ucum.split('/')
        .map(unit_part)
        .collect::<Vec<_>>()
        .join("/")
        .trim_end_matches('/')
        .to_owned()
}

fn unit_part(part: &str) -> String {
    if let Some(exponent) = part.strip_prefix("10*") {
        let raised: String = exponent.chars().map(superscript).collect();
        return format!("10{raised}");
    }
    match part {
        "[pH]" | "1" => String::new(),
        "[HPF]" => "HPF".into(),
        _ if part.starts_with('{') => String::new(),
        _ => {
            let part = part.replace(['[', ']'], "");
            match part.strip_prefix('u') {
                Some(rest) => format!("µ{rest}"),
                None => part,
            }
        }
    }
}

fn superscript(digit: char) -> char {
    match digit {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        other => other,
    }
}

/// A number without a tail of zeros that nobody printed.
pub fn number(value: f64) -> String {
    format!("{value}")
}

/// `3.5 – 12.5`, `≥ 1.4`, `≤ 60`, or nothing.
pub fn range(low: Option<f64>, high: Option<f64>) -> Option<String> {
    match (low, high) {
        (Some(low), Some(high)) => Some(format!("{} – {}", number(low), number(high))),
        (Some(low), None) => Some(format!("≥ {}", number(low))),
        (None, Some(high)) => Some(format!("≤ {}", number(high))),
        (None, None) => None,
    }
}

/// The word beside the shape of a flag.
pub fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::Low => "below",
        Flag::High => "above",
        Flag::Normal => "within",
        Flag::Abnormal => "marked",
    }
}

/// The class that draws the shape of a flag.
pub fn flag_shape(flag: Flag) -> &'static str {
    match flag {
        Flag::Low => "low",
        Flag::High => "high",
        Flag::Normal => "normal",
        Flag::Abnormal => "abnormal",
    }
}

/// What a document is, in words.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::SemenAnalysis => "Semen analysis",
        Kind::HormonePanel => "Hormone panel",
        Kind::Ultrasound => "Ultrasound",
        Kind::Embryology => "Embryology",
        Kind::Genetics => "Genetics",
        Kind::InfectiousScreen => "Infectious screen",
        Kind::Imaging => "Imaging",
        Kind::BloodPanel => "Blood panel",
        Kind::Letter => "Letter",
        Kind::Consent => "Consent",
        Kind::Other => "Other document",
    }
}

/// Sex, in words.
pub fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
    }
}

/// `Siân Prosser`; a register may hold the family name alone.
pub fn name(given: &str, family: &str) -> String {
    format!("{given} {family}").trim().to_owned()
}

/// `1 value`, `2 values`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn units_are_written_as_clinicians_write_them() {
        for (ucum, written) in [
            ("10*6/mL", "10⁶/mL"),
            ("10*6", "10⁶"),
            ("m[IU]/mL", "mIU/mL"),
            ("u[IU]/mL", "µIU/mL"),
            ("[IU]/L", "IU/L"),
            ("ug/dL", "µg/dL"),
            ("umol/L", "µmol/L"),
            ("%", "%"),
            ("[pH]", ""),
            ("{count}", ""),
            ("10*6/{ejaculate}", "10⁶"),
            ("{count}/[HPF]", "/HPF"),
            ("pg/mL", "pg/mL"),
        ] {
            assert_eq!(unit(ucum), written, "{ucum}");
        }
    }

    #[test]
    fn dates_ages_and_waits() {
        assert_eq!(date(day(2026, 2, 3)), "3 Feb 2026");
        assert_eq!(age(day(1988, 1, 13), day(2026, 1, 12)), 37);
        assert_eq!(age(day(1988, 1, 13), day(2026, 1, 13)), 38);
        let start: Timestamp = "2026-02-03T09:00:00Z".parse().unwrap();
        for (later, said) in [
            ("2026-02-03T09:00:40Z", "now"),
            ("2026-02-03T09:12:00Z", "12 min"),
            ("2026-02-03T12:10:00Z", "3 h 10"),
            ("2026-02-05T10:00:00Z", "2 d"),
        ] {
            assert_eq!(waits(start, later.parse().unwrap()), said);
        }
    }

    #[test]
    fn ranges_say_only_what_is_there() {
        assert_eq!(range(Some(3.5), Some(12.5)).unwrap(), "3.5 – 12.5");
        assert_eq!(range(Some(16.0), None).unwrap(), "≥ 16");
        assert_eq!(range(None, Some(0.1)).unwrap(), "≤ 0.1");
        assert_eq!(range(None, None), None);
    }

    #[test]
    fn sizes() {
        for (bytes, written) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_200, "1.2 kB"),
            (214_000, "214 kB"),
            (999_900, "1.0 MB"),
            (11_800_000, "12 MB"),
            (2_147_483_648, "2.1 GB"),
        ] {
            assert_eq!(size(bytes), written);
        }
    }
}
