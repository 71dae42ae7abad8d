//! Who did what: the whole record for auditors, and of one patient for those who treat her or him.

mod view;

use super::{answer, failure::WebError, session::Visitor, shell::Section};
use crate::access::{Scope, audit};
use crate::domain::ids::PatientId;
use actix_web::{HttpResponse, web};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;
use view::{AuditPage, LookedPage};

/// Rows of one page.
const ROWS: u16 = 50;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/audit", web::get().to(show))
        .route("/patients/{id}/audit", web::get().to(looked));
}

/// The form of the page as it stands in the address; an empty field says nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    patient: String,
    agent: String,
    action: String,
    outcome: String,
    /// Days.
    from: String,
    until: String,
    /// Where the page before ended.
    after: String,
}

async fn show(visitor: Visitor, wanted: web::Query<Wanted>) -> Result<HttpResponse, WebError> {
    let viewer = visitor.may(Scope::Audit)?;
    let shell = visitor.shell(Section::Audit, "Who did what").await?;
    let wanted = wanted.into_inner();
    let filter = match wanted.filter() {
        Ok(filter) => filter,
        Err(problem) => return answer::page(&AuditPage::unusable(shell, wanted, problem)),
    };
    let after = place(&wanted.after);
    let (rows, more) = audit::list(&visitor.pools.app, viewer, &filter, after, ROWS).await?;
    answer::page(&AuditPage::new(shell, wanted, &filter, &rows, more))
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: String,
}

async fn looked(
    visitor: Visitor,
    id: web::Path<PatientId>,
    wanted: web::Query<After>,
) -> Result<HttpResponse, WebError> {
    let (pool, viewer) = (&visitor.pools.app, &visitor.viewer);
    let found = audit::who_looked(pool, viewer, *id, place(&wanted.after), ROWS).await?;
    let (rows, more) = found.ok_or(WebError::NotFound)?;
    let shell = visitor.shell(Section::Patients, "Who looked").await?;
    answer::page(&LookedPage::new(shell, *id, &rows, more))
}

impl Wanted {
    fn filter(&self) -> Result<audit::Filter, &'static str> {
        Ok(audit::Filter {
            patient: id(&self.patient).map_err(|_| "The id of the patient is not complete.")?,
            agent: id(&self.agent).map_err(|_| "The id of who did it is not complete.")?,
            action: Some(self.action.trim().replace('\0', "")).filter(|action| !action.is_empty()),
            outcome: match self.outcome.as_str() {
                "success" => Some(audit::Outcome::Success),
                "refused" => Some(audit::Outcome::Refused),
                "failed" => Some(audit::Outcome::Failed),
                _ => None,
            },
            from: day(&self.from, 0)?,
            to: day(&self.until, 1)?,
        })
    }
}

fn id<I: std::str::FromStr>(written: &str) -> Result<Option<I>, I::Err> {
    match written.trim() {
        "" => Ok(None),
        written => written.parse().map(Some),
    }
}

/// The beginning of a day, or of the one behind it.
fn day(written: &str, days: i64) -> Result<Option<Timestamp>, &'static str> {
    const WRONG: &str = "A day is written as 2026-01-31.";
    if written.trim().is_empty() {
        return Ok(None);
    }
    let day: Date = written.trim().parse().map_err(|_| WRONG)?;
    let day = day
        .checked_add(jiff::Span::new().days(days))
        .map_err(|_| WRONG)?;
    let begins = day.to_zoned(TimeZone::system()).map_err(|_| WRONG)?;
    Ok(Some(begins.timestamp()))
}

/// A place as [`written_place`] writes it; what is none begins anew.
fn place(written: &str) -> Option<audit::Place> {
    let (at, id) = written.split_once('_')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

fn written_place((at, id): audit::Place) -> String {
    format!("{at}_{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_is_wanted_or_what_is_wrong() {
        let wanted = Wanted {
            action: " document. ".into(),
            outcome: "refused".into(),
            from: "2026-01-31".into(),
            until: "2026-01-31".into(),
            ..Wanted::default()
        };
        let filter = wanted.filter().unwrap();
        assert_eq!(filter.action.as_deref(), Some("document."));
        assert_eq!(filter.outcome, Some(audit::Outcome::Refused));
        let hours = filter
            .to
            .unwrap()
            .duration_since(filter.from.unwrap())
            .as_hours();
        assert!((23..=25).contains(&hours));
        assert!(
            Wanted {
                patient: "Ada".into(),
                ..Wanted::default()
            }
            .filter()
            .is_err()
        );
        assert!(
            Wanted {
                from: "31.1.2026".into(),
                ..Wanted::default()
            }
            .filter()
            .is_err()
        );
    }

    #[test]
    fn a_place_is_found_again() {
        let at: Timestamp = "2026-01-02T03:04:05.678901Z".parse().unwrap();
        assert_eq!(place(&written_place((at, 42))), Some((at, 42)));
        assert_eq!(place("nonsense"), None);
    }
}
