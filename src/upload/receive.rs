//! A request's body, part by part.

use super::{
    Desk, Problem, Received, UploadSession, backlog,
    commit::{self, Kept, Request, Sent},
    idempotency::{self, Claim},
    intake::{Intake, Purpose, Taken},
    name,
    pace::Pace,
    session::{Chunk, Finish},
};
use crate::{
    access::{Scope, Viewer, limit::Class},
    domain::ids::PatientId,
};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

/// Bytes of refused files that are read past to reach the files behind them; beyond that the
/// request ends with the refusal. Enough for the stray photograph in a batch of reports.
const SKIPPED_BYTES: usize = 64 << 20;

/// Bytes of any other field.
const FIELD_BYTES: usize = 1 << 10;

/// Receives the files of a form and makes documents of them.
///
/// Fields: `file`, several allowed, and `patient_id` before, between or behind them. `key` is the
/// sender's `Idempotency-Key`. The outer error means that nothing of the request was stored; within
/// [`Received`] each file has its own outcome.
pub async fn receive(
    desk: &Desk,
    form: Multipart,
    viewer: &Viewer,
    key: Option<&str>,
) -> Result<Received, Problem> {
    let begun = std::time::Instant::now();
    let received = received(desk, form, viewer, key).await;
    metrics::histogram!("fertidoc_upload_duration_seconds").record(begun.elapsed());
    match &received {
        Ok(received) => received.files.iter().for_each(|file| file.outcome.count()),
        Err(problem) => {
            metrics::counter!("fertidoc_upload_files_total", "outcome" => problem.code())
                .increment(1);
        }
    }
    received
}

async fn received(
    desk: &Desk,
    form: Multipart,
    viewer: &Viewer,
    key: Option<&str>,
) -> Result<Received, Problem> {
    viewer
        .require(Scope::Upload)
        .map_err(|_| Problem::Forbidden)?;
    let claim = match key {
        Some(key) => Some(idempotency::claim(desk, viewer, key).await?),
        None => None,
    };
    let _permit = desk.permits.try_acquire().map_err(|_| Problem::Busy)?;
    if !matches!(claim, Some(Claim::Answered(_))) {
        desk.store.require_voice().await?;
        backlog::admit(desk, viewer).await?;
    }
    match claim {
        Some(Claim::Answered(answer)) => {
            let request = walk(desk, form, viewer, Purpose::Compare).await?;
            if answer.fingerprint != request.fingerprint() {
                return Err(Problem::IdempotencyKeyReused);
            }
            Ok(answer.received)
        }
        Some(Claim::Ours(ours)) => {
            let request = walk(desk, form, viewer, Purpose::Keep).await?;
            commit::commit(desk, viewer, request, Kept::Key(ours)).await
        }
        None => {
            let request = walk(desk, form, viewer, Purpose::Keep).await?;
            commit::commit(desk, viewer, request, Kept::Nowhere).await
        }
    }
}

/// Reads the body to its end. An error drops what was taken, and so removes it.
async fn walk(
    desk: &Desk,
    mut form: Multipart,
    viewer: &Viewer,
    purpose: Purpose,
) -> Result<Request, Problem> {
    let limits = &desk.limits;
    let mut pace = Pace::new(limits);
    let mut request = Request::default();
    let mut fields = 0;
    let mut skippable = SKIPPED_BYTES;
    while let Some(field) = pace.next(form.next()).await? {
        let mut field = Arriving(Some(field.map_err(broken)?));
        if field.name() == Some("file") {
            if request.files.len() == limits.max_files {
                return Err(Problem::TooManyFiles {
                    limit: limits.max_files,
                });
            }
            let name = name::displayable(field.file_name(), limits.max_name_bytes);
            let intake = Intake::new(desk, viewer.clinic, name.clone(), purpose);
            // One that was answered before is only compared, and does not count.
            let admitted = match purpose {
                Purpose::Keep => admit(desk, viewer).await,
                Purpose::Compare => Ok(()),
            };
            let taken = match admitted {
                Ok(()) => take(&mut field, &mut pace, intake).await?,
                Err(problem) => Err(problem),
            };
            let taken = match taken {
                Ok(taken) => Ok(taken),
                Err(problem @ Problem::FileTooLarge { .. }) => return Err(problem),
                Err(problem) => {
                    if !skip(&mut field, &mut pace, &mut skippable).await? {
                        return Err(problem);
                    }
                    Err(problem)
                }
            };
            request.files.push(Sent { name, taken });
        } else {
            fields += 1;
            if fields > limits.max_fields {
                return Err(Problem::TooManyFields {
                    limit: limits.max_fields,
                });
            }
            let is_patient = field.name() == Some("patient_id");
            let value = text(&mut field, &mut pace, &mut skippable).await?;
            if is_patient {
                say_patient(&mut request, value.as_deref())?;
            }
        }
    }
    if request.files.is_empty() {
        return Err(Problem::NoFile);
    }
    Ok(request)
}

/// Counts a file of an agent.
pub(super) async fn admit(desk: &Desk, viewer: &Viewer) -> Result<(), Problem> {
    match desk.quota.take(Class::Upload, viewer.agent.id()).await {
        Ok(_) => Ok(()),
        Err(exceeded) => Err(Problem::QuotaUsed {
            seconds: exceeded.seconds(),
        }),
    }
}

/// Reads past the rest of a refused body, as far as can be afforded, so that a sender that does not
/// listen before it has sent everything hears why.
pub async fn read_past(
    desk: &Desk,
    body: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
) {
    let mut pace = Pace::new(&desk.limits);
    let mut left = SKIPPED_BYTES;
    while let Ok(Some(Ok(chunk))) = pace.next(body.next()).await {
        let Some(rest) = left.checked_sub(chunk.len()) else {
            return;
        };
        left = rest;
        if pace.came(chunk.len()).is_err() {
            return;
        }
    }
}

/// A part of the form whose end may be asked for twice.
struct Arriving(Option<Field>);

impl Arriving {
    fn name(&self) -> Option<&str> {
        self.0.as_ref()?.name()
    }

    fn file_name(&self) -> Option<&str> {
        self.0.as_ref()?.content_disposition()?.get_filename()
    }

    /// The next bytes, at the pace that is asked for.
    async fn next(&mut self, pace: &mut Pace) -> Result<Option<Bytes>, Problem> {
        let Some(field) = &mut self.0 else {
            return Ok(None);
        };
        let Some(chunk) = pace.next(field.next()).await? else {
            self.0 = None;
            return Ok(None);
        };
        let chunk = chunk.map_err(broken)?;
        pace.came(chunk.len())?;
        Ok(Some(chunk))
    }
}

/// The outer error ends the request, the inner one is the file's.
async fn take(
    field: &mut Arriving,
    pace: &mut Pace,
    intake: Intake,
) -> Result<Result<Taken, Problem>, Problem> {
    let session = UploadSession::begin(intake);
    while let Some(chunk) = field.next(pace).await? {
        match session.send(Chunk(chunk)).await {
            Ok(Ok(())) => {}
            Ok(Err(problem)) => return Ok(Err(problem)),
            Err(error) => return Ok(Err(ended(error))),
        }
    }
    Ok(session
        .send(Finish)
        .await
        .unwrap_or_else(|error| Err(ended(error))))
}

/// A session ends by itself only through a fault of ours.
fn ended(error: actix::MailboxError) -> Problem {
    tracing::error!(cause = %error, "an upload session ended early");
    Problem::Internal
}

/// Reads past the rest of a refused file; false where that is more than can be afforded.
async fn skip(field: &mut Arriving, pace: &mut Pace, left: &mut usize) -> Result<bool, Problem> {
    while let Some(chunk) = field.next(pace).await? {
        let Some(rest) = left.checked_sub(chunk.len()) else {
            return Ok(false);
        };
        *left = rest;
    }
    Ok(true)
}

/// The value of a short field; `None` where it is too long or no text.
async fn text(
    field: &mut Arriving,
    pace: &mut Pace,
    skippable: &mut usize,
) -> Result<Option<String>, Problem> {
    let mut value = Vec::new();
    while let Some(chunk) = field.next(pace).await? {
        if value.len() + chunk.len() > FIELD_BYTES {
            return if skip(field, pace, skippable).await? {
                Ok(None)
            } else {
                Err(Problem::NotAForm {
                    reason: "a field besides the files is too long.".into(),
                })
            };
        }
        value.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8(value).ok())
}

/// Takes the patient that the sender states; an empty value states none.
fn say_patient(request: &mut Request, value: Option<&str>) -> Result<(), Problem> {
    let value = value.ok_or(Problem::PatientIdUnusable)?.trim();
    if value.is_empty() {
        return Ok(());
    }
    let patient: PatientId = value.parse().map_err(|_| Problem::PatientIdUnusable)?;
    match request.patient.replace(patient) {
        Some(before) if before != patient => Err(Problem::PatientIdUnusable),
        _ => Ok(()),
    }
}

/// What a body that cannot be read any further means.
fn broken(error: MultipartError) -> Problem {
    match error {
        MultipartError::Incomplete
        | MultipartError::Payload(PayloadError::Incomplete(_) | PayloadError::Io(_)) => {
            Problem::BodyIncomplete
        }
        error => Problem::NotAForm {
            reason: format!("{error}."),
        },
    }
}
