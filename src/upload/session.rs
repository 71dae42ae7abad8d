//! The actor of one file. It lives for one file of one request on one instance; what lasts is the
//! row of its object.

use super::{
    Problem,
    intake::{Intake, Taken},
};
use crate::failpoint::fail_point;
use actix::prelude::*;
use bytes::Bytes;

/// Takes the chunks of one file, one at a time: the next is looked at when the one before has
/// found its place, and the sender of messages waits for each answer. So backpressure is real,
/// and the mailbox never holds more than one message.
pub struct UploadSession {
    /// `None` while a message is being worked on and once the file has ended.
    intake: Option<Intake>,
}

/// The next bytes of the file.
#[derive(Message)]
#[rtype(result = "Result<(), Problem>")]
pub(super) struct Chunk(pub Bytes);

/// The file has ended.
#[derive(Message)]
#[rtype(result = "Result<Taken, Problem>")]
pub(super) struct Finish;

impl UploadSession {
    pub(super) fn begin(intake: Intake) -> Addr<Self> {
        Self {
            intake: Some(intake),
        }
        .start()
    }
}

impl Actor for UploadSession {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(1);
        metrics::gauge!("fertidoc_upload_sessions").increment(1.0);
    }

    /// Reached on every end, a panic included. An intake that is still here is dropped, and what
    /// it had sent is removed.
    fn stopped(&mut self, _: &mut Self::Context) {
        metrics::gauge!("fertidoc_upload_sessions").decrement(1.0);
    }
}

impl Handler<Chunk> for UploadSession {
    type Result = AtomicResponse<Self, Result<(), Problem>>;

    fn handle(&mut self, Chunk(bytes): Chunk, _: &mut Self::Context) -> Self::Result {
        let intake = self.intake.take();
        let work = async move {
            fail_point!("upload.chunk");
            let mut intake = intake.ok_or(Problem::Internal)?;
            intake.write(bytes).await?;
            Ok::<_, Problem>(intake)
        };
        let work = work.into_actor(self).map(|written, session, _| {
            session.intake = Some(written?);
            Ok(())
        });
        AtomicResponse::new(Box::pin(work))
    }
}

impl Handler<Finish> for UploadSession {
    type Result = AtomicResponse<Self, Result<Taken, Problem>>;

    fn handle(&mut self, Finish: Finish, _: &mut Self::Context) -> Self::Result {
        let intake = self.intake.take();
        let work = async move { intake.ok_or(Problem::Internal)?.finish().await };
        let work = work.into_actor(self).map(|taken, _, context| {
            context.stop();
            taken
        });
        AtomicResponse::new(Box::pin(work))
    }
}
