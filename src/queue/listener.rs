//! The ear of a worker, as an actor: what comes over its LISTEN connection are its messages, and
//! it passes each on as a word that there may be work. It never carries the work itself, so a
//! notice that is lost costs one pause of polling.

use crate::db::{self, Heard, Login};
use actix::prelude::*;
use futures_util::stream;
use tokio::sync::mpsc;

/// Notices that wait for the actor; more of them say nothing new.
const BACKLOG: usize = 16;

/// One per worker: the LISTEN connection of the queue.
pub struct QueueListener {
    login: Login,
    wake: Box<dyn Fn()>,
    listening: bool,
}

/// Asks whether the LISTEN connection stands. Without it the worker polls.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Listening;

impl QueueListener {
    /// `wake` is called for every notice, and after every new connection, because something may
    /// have been missed. It must not wait: `try_send` to the pool.
    pub fn new(login: impl Into<Login>, wake: impl Fn() + 'static) -> Self {
        Self {
            login: login.into(),
            wake: Box::new(wake),
            listening: false,
        }
    }
}

impl Actor for QueueListener {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let (heard, mut ear) = mpsc::channel(BACKLOG);
        tokio::spawn(db::listen(self.login.clone(), &["fertidoc_job"], heard));
        ctx.add_stream(stream::poll_fn(move |cx| ear.poll_recv(cx)));
    }
}

impl StreamHandler<Heard> for QueueListener {
    fn handle(&mut self, heard: Heard, _ctx: &mut Self::Context) {
        self.listening = heard != Heard::Lost;
        ::metrics::gauge!("fertidoc_queue_listening").set(f64::from(u8::from(self.listening)));
        if self.listening {
            (self.wake)();
        }
    }
}

impl Handler<Listening> for QueueListener {
    type Result = bool;

    fn handle(&mut self, _: Listening, _ctx: &mut Self::Context) -> bool {
        self.listening
    }
}
