//! Every action that the record knows, with what it says to whoever reads the record.
//!
//! The code stands in the rows and in exports and never changes; the words are for pages. Below, a
//! test reads the sources: an action without words fails it, and words that nothing records too.

/// Code and words: "Ada Example *looked at the summary*".
pub const ACTIONS: [(&str, &str); 63] = [
    ("access.refuse", "was refused something"),
    ("audit.export", "took the record away"),
    ("audit.list", "looked at the record"),
    ("audit.who_looked", "asked who looked"),
    ("authority.create", "named an issuer of numbers"),
    ("clinic.change_policy", "decided what is masked"),
    ("document.assign", "filed a document"),
    ("document.download", "took the original away"),
    ("document.fail", "could not read a document"),
    ("document.file", "filed a document by the rules"),
    ("document.hold", "held a document back"),
    ("document.list", "looked at a list of documents"),
    ("document.page_image", "looked at a page"),
    ("document.quarantine", "put a document into quarantine"),
    ("document.read", "looked at a document"),
    ("document.read_again", "read a document once more"),
    ("document.receive", "sent a document"),
    (
        "document.receive_again",
        "sent a document that was here already",
    ),
    ("document.refuse", "refused a document that cannot be read"),
    ("document.text", "read the text of a document"),
    ("document.unassign", "took a document back"),
    ("document.watch", "watched a document being read"),
    ("donation.end", "ended a donation"),
    ("donation.link", "recorded a donation"),
    ("emergency.end", "ended emergency access"),
    ("emergency.open", "opened emergency access"),
    ("inbox.list", "looked at the inbox"),
    ("job.requeue", "had a document read once more"),
    ("notice.acknowledge", "took note of emergency access"),
    ("observation.enter", "entered a value"),
    ("observation.list", "looked at the values of a document"),
    ("patient.change", "changed the details"),
    ("patient.consent", "recorded the consent of a couple"),
    ("patient.create", "registered the patient"),
    ("patient.find_number", "met a number that is taken"),
    ("patient.import", "imported patients"),
    ("patient.import_try", "checked a file of patients"),
    ("patient.link", "linked partners"),
    ("patient.list", "looked at a list of patients"),
    ("patient.read", "looked at the details"),
    ("patient.unlink", "ended a partnership"),
    (
        "patient.withdraw_consent",
        "took the consent of a couple back",
    ),
    ("session.confirm", "proved anew who they are"),
    ("session.end", "ended a session"),
    ("session.fail", "failed to sign in"),
    ("session.open", "signed in"),
    ("summary.list", "looked at a list of summaries"),
    ("summary.read", "looked at the summary"),
    ("token.create", "made a token"),
    ("token.revoke", "revoked a token"),
    ("upload.create", "began to send a file"),
    ("upload.terminate", "gave up sending a file"),
    ("user.add", "added a person"),
    ("user.disable", "disabled an account"),
    ("user.enable", "enabled an account"),
    ("user.grant", "gave a role"),
    ("user.link", "made a one-time link"),
    ("user.list", "looked at the list of people"),
    ("user.password", "set a password"),
    ("user.recovery_codes", "made recovery codes"),
    ("user.reset_second_factor", "reset a second factor"),
    ("user.revoke", "took a role away"),
    ("user.second_factor", "set up a second factor"),
];

/// What an action says; `None` for one that a later version recorded.
#[must_use]
pub fn words(action: &str) -> Option<&'static str> {
    ACTIONS
        .iter()
        .find(|(code, _)| *code == action)
        .map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// What is written like an action and is a setting or a file.
    const NO_THINGS: [&str; 8] = [
        "cache", "db", "http", "oidc", "public", "scan", "store", "take",
    ];

    /// Stages that record nothing, and this table.
    const SILENT: [&str; 5] = ["domain", "lexicon", "text", "extraction", "actions.rs"];

    /// Every literal `"thing.verb"` of the sources, but of their tests.
    fn literals(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if SILENT.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                literals(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                let code = source.split("#[cfg(test)]").next().unwrap();
                for line in code
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .filter(|line| !line.contains("fail_point!"))
                {
                    let words = line.split('"').skip(1).step_by(2);
                    found.extend(words.filter(|it| is_an_action(it)).map(ToOwned::to_owned));
                }
            }
        }
    }

    fn is_an_action(literal: &str) -> bool {
        let word = |part: &str| {
            !part.is_empty() && part.chars().all(|it| it.is_ascii_lowercase() || it == '_')
        };
        literal.split_once('.').is_some_and(|(thing, verb)| {
            word(thing)
                && word(verb)
                && !NO_THINGS.contains(&thing)
                && !["html", "pdf", "csv", "sql", "rs", "conf"].contains(&verb)
        })
    }

    #[test]
    fn every_action_of_the_sources_has_its_words_and_none_is_left_over() {
        let mut recorded = BTreeSet::new();
        literals(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut recorded,
        );
        let told: BTreeSet<String> = ACTIONS.iter().map(|(code, _)| (*code).to_owned()).collect();
        assert_eq!(recorded, told, "left: in the sources; right: with words");
        assert_eq!(told.len(), ACTIONS.len(), "each once");
    }

    #[test]
    fn an_action_of_a_later_version_has_no_words() {
        assert_eq!(words("session.open"), Some("signed in"));
        assert_eq!(words("robot.dance"), None);
    }
}
