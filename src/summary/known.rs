//! Which version each patient is at, as far as this process can know it without asking.
//!
//! A version gets in here only from a reader that asked Postgres, and only when no notice for that
//! patient came since it began; a notice takes it out. What is here is believed only while the
//! heartbeat is fresh.

use crate::domain::ids::{ClinicId, PatientId};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Versions that are remembered at once (some 10 MiB); beyond it all are forgotten and asked for
/// again.
const REMEMBERED: usize = 100_000;

type Subject = (ClinicId, PatientId);

/// A version, and the last moment (clock of the database) that it is known to have been current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Current {
    pub version: i64,
    pub as_of: Timestamp,
}

/// Whom a notice concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Notice {
    Patients(ClinicId, Vec<PatientId>),
    Clinic(ClinicId),
}

pub(super) struct Known {
    /// Tells our heartbeats from those of other processes.
    id: Uuid,
    began: Instant,
    silence: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    listening: bool,
    beat: Option<Beat>,
    versions: HashMap<Subject, Current>,
    /// Readers under way, by number: whom they read, and whether something changed meanwhile.
    readers: HashMap<u64, (Subject, bool)>,
    next: u64,
}

/// A heartbeat that came back.
#[derive(Clone, Copy)]
struct Beat {
    /// When it was sent, by our clock. Counted from then and not from when it was heard: a process
    /// that was frozen finds old beats in its socket before it finds what came after them.
    sent: Instant,
    /// When it was sent, by the clock of the database: every commit before that has been heard.
    at: Timestamp,
}

impl Known {
    pub(super) fn new(silence: Duration) -> Self {
        Self {
            id: Uuid::now_v7(),
            began: Instant::now(),
            silence,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The version of a patient, if it can be told without asking.
    pub(super) fn current(&self, clinic: ClinicId, patient: PatientId) -> Option<Current> {
        let state = self.state();
        let beat = state.beat.filter(|_| state.listening)?;
        if beat.sent.elapsed() >= self.silence {
            return None;
        }
        let current = state.versions.get(&(clinic, patient))?;
        Some(Current {
            version: current.version,
            as_of: current.as_of.max(beat.at),
        })
    }

    /// Begins a reading of Postgres.
    pub(super) fn reader(&self, clinic: ClinicId, patient: PatientId) -> Reader<'_> {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let subject = (clinic, patient);
        let deaf = !state.listening;
        state.readers.insert(number, (subject, deaf));
        Reader {
            known: self,
            number,
            subject,
        }
    }

    /// The listener hears from now on; what was said before is unknown.
    pub(super) fn connected(&self) {
        self.forget();
        self.state().listening = true;
    }

    /// The listener hears nothing.
    pub(super) fn lost(&self) {
        self.forget();
    }

    fn forget(&self) {
        let mut state = self.state();
        state.listening = false;
        state.beat = None;
        state.versions.clear();
        for (_, changed) in state.readers.values_mut() {
            *changed = true;
        }
    }

    pub(super) fn noticed(&self, notice: &Notice) {
        let mut state = self.state();
        let concerns = |(clinic, patient): &Subject| match notice {
            Notice::Patients(of, patients) => clinic == of && patients.contains(patient),
            Notice::Clinic(of) => clinic == of,
        };
        match notice {
            Notice::Patients(clinic, patients) => {
                for patient in patients {
                    state.versions.remove(&(*clinic, *patient));
                }
            }
            Notice::Clinic(_) => state.versions.retain(|subject, _| !concerns(subject)),
        }
        for (subject, changed) in state.readers.values_mut() {
            *changed |= concerns(subject);
        }
    }

    /// What to send now as a heartbeat; Postgres puts its clock behind it.
    pub(super) fn beat(&self) -> String {
        format!("{} {}", self.id, self.began.elapsed().as_micros())
    }

    /// A heartbeat came back, ours or another's.
    pub(super) fn heard(&self, payload: &str) {
        let mut words = payload.split(' ');
        let mut next = || words.next();
        let (Some(id), Some(sent), Some(at)) = (next(), next(), next()) else {
            return;
        };
        if id.parse() != Ok(self.id) {
            return;
        }
        let (Ok(sent), Ok(at)) = (sent.parse().map(Duration::from_micros), at.parse()) else {
            return;
        };
        let (Some(sent), Ok(at)) = (
            self.began.checked_add(sent),
            Timestamp::from_microsecond(at),
        ) else {
            return;
        };
        self.state().beat = Some(Beat { sent, at });
    }
}

impl std::str::FromStr for Notice {
    type Err = uuid::Error;

    /// `<clinic> <patient>,<patient>`, or `<clinic> *`.
    fn from_str(payload: &str) -> Result<Self, Self::Err> {
        let (clinic, patients) = payload.split_once(' ').unwrap_or((payload, "*"));
        let clinic = clinic.parse()?;
        if patients == "*" {
            return Ok(Self::Clinic(clinic));
        }
        let patients = patients
            .split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self::Patients(clinic, patients))
    }
}

/// A reading under way.
pub(super) struct Reader<'a> {
    known: &'a Known,
    number: u64,
    subject: Subject,
}

impl Reader<'_> {
    /// Remembers what was read, unless something changed since the reading began.
    pub(super) fn read(&self, current: Current) {
        let mut state = self.known.state();
        let unchanged = state
            .readers
            .get(&self.number)
            .is_some_and(|(_, changed)| !changed);
        if unchanged {
            if state.versions.len() >= REMEMBERED {
                state.versions.clear();
            }
            state.versions.insert(self.subject, current);
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.known.state().readers.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(10);

    fn listening() -> Known {
        let known = Known::new(LONG);
        known.connected();
        beat(&known);
        known
    }

    fn beat(known: &Known) {
        known.heard(&format!("{} 1000000", known.beat()));
    }

    fn at(version: i64) -> Current {
        Current {
            version,
            as_of: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_was_read_is_known_until_a_notice_comes() {
        let known = listening();
        let (clinic, patient) = (ClinicId::fresh(), PatientId::fresh());
        known.reader(clinic, patient).read(at(7));
        assert_eq!(known.current(clinic, patient).map(|it| it.version), Some(7));
        assert_eq!(
            known.current(ClinicId::fresh(), patient),
            None,
            "another clinic"
        );
        let notice: Notice = format!("{clinic} {},{patient}", PatientId::fresh())
            .parse()
            .unwrap();
        known.noticed(&notice);
        assert_eq!(known.current(clinic, patient), None);
    }

    #[test]
    fn a_reader_overtaken_by_a_notice_keeps_nothing() {
        let known = listening();
        let (clinic, patient) = (ClinicId::fresh(), PatientId::fresh());
        for notice in [format!("{clinic} {patient}"), format!("{clinic} *")] {
            let reader = known.reader(clinic, patient);
            known.noticed(&notice.parse().unwrap());
            reader.read(at(7));
            assert_eq!(known.current(clinic, patient), None);
        }
        let reader = known.reader(clinic, patient);
        known.noticed(&format!("{clinic} {}", PatientId::fresh()).parse().unwrap());
        reader.read(at(8));
        assert_eq!(known.current(clinic, patient).map(|it| it.version), Some(8));
    }

    #[test]
    fn a_lost_connection_forgets_and_its_readers_keep_nothing() {
        let known = listening();
        let (clinic, patient) = (ClinicId::fresh(), PatientId::fresh());
        known.reader(clinic, patient).read(at(7));
        let reader = known.reader(clinic, patient);
        known.lost();
        assert_eq!(known.current(clinic, patient), None);
        let deaf = known.reader(clinic, patient);
        known.connected();
        beat(&known);
        reader.read(at(7));
        deaf.read(at(7));
        assert_eq!(known.current(clinic, patient), None);
    }

    #[test]
    fn without_a_fresh_heartbeat_nothing_is_known() {
        let known = Known::new(Duration::from_millis(1));
        known.connected();
        let (clinic, patient) = (ClinicId::fresh(), PatientId::fresh());
        known.reader(clinic, patient).read(at(7));
        assert_eq!(known.current(clinic, patient), None, "no beat at all");
        let old = format!("{} 1000000", known.beat());
        std::thread::sleep(Duration::from_millis(2));
        known.heard(&old);
        assert_eq!(known.current(clinic, patient), None, "sent too long ago");
        let known = Known::new(LONG);
        known.connected();
        known.reader(clinic, patient).read(at(7));
        known.heard(&format!("{} 0 1000000", Uuid::now_v7()));
        assert_eq!(known.current(clinic, patient), None, "another's beat");
    }

    #[test]
    fn an_answer_is_as_of_the_last_beat_or_its_own_reading() {
        let known = listening();
        let (clinic, patient) = (ClinicId::fresh(), PatientId::fresh());
        known.reader(clinic, patient).read(at(7));
        let second = Timestamp::from_second(1).unwrap();
        assert_eq!(
            known.current(clinic, patient).map(|it| it.as_of),
            Some(second)
        );
    }
}
