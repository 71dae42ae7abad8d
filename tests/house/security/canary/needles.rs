//! What is looked for, and how it may be disguised.

use super::life::Lived;
use super::sinks::Sinks;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// In every name, number, file name and free text. Letters only: nothing escapes them.
pub const WORD: &str = "ZZCANARY";

/// The day on which nobody of the corpus was born, as we write it and as the paper and the pages do.
pub const BORN: &str = "1907-03-19";
const BORN_ELSEWHERE: [&str; 3] = ["19.03.1907", "19/03/1907", "19 Mar 1907"];

/// A value that no limit and no other paper has.
pub const VALUE: &str = "77.3121";

/// Each of them in lower case, as the sinks are searched.
fn needles() -> Vec<String> {
    let mut needles = vec![WORD.to_lowercase(), BORN.into(), VALUE.into()];
    needles.extend(BORN_ELSEWHERE.map(str::to_lowercase));
    // Base64 of the word at each of its three alignments, without the letters at the ends that its
    // neighbours decide.
    for word in [WORD, "Zzcanary", "zzcanary"] {
        for shift in 0..3 {
            let padded = format!("{}{word}", "_".repeat(shift));
            for encoded in [
                STANDARD_NO_PAD.encode(&padded),
                URL_SAFE_NO_PAD.encode(&padded),
            ] {
                let begin = [0, 2, 3][shift];
                needles.push(encoded[begin..encoded.len() - 2].to_lowercase());
            }
        }
        let hexadecimal: Vec<String> = word.bytes().map(|byte| format!("{byte:02x}")).collect();
        needles.push(hexadecimal.concat());
    }
    needles
}

/// The needles find what the house showed to those who may see it.
pub fn must_be_found(lived: &Lived) {
    for (what, text) in &lived.shown {
        assert!(
            text.to_lowercase().contains(&WORD.to_lowercase()),
            "{what} does not hold the canary: the test proves nothing: {text}"
        );
    }
    assert!(lived.shown.len() >= 10, "{} answers", lived.shown.len());
    let shown: String = lived.shown.iter().map(|(_, text)| text.as_str()).collect();
    for needle in [BORN, VALUE] {
        assert!(shown.contains(needle), "{needle} was shown nowhere");
    }
    let coded = STANDARD_NO_PAD.encode("Mrs. ZZCANARY, Ada").to_lowercase();
    assert!(needles().iter().any(|needle| coded.contains(needle)));
}

/// Nor the secrets: tokens, cookies, passwords.
pub fn must_not_be_found(sinks: &Sinks, secrets: &[String]) {
    let needles = needles();
    let mut found = Vec::new();
    for (name, text) in sinks.all() {
        let lowered = text.to_lowercase();
        let secret = secrets.iter().map(|secret| secret.to_lowercase());
        for needle in needles.iter().cloned().chain(secret) {
            if let Some(at) = lowered.find(&needle) {
                let around: String = lowered[..at].chars().rev().take(200).collect();
                let around: String = around.chars().rev().collect();
                let rest: String = lowered[at..].chars().take(200).collect();
                found.push(format!("{name} holds {needle}: ...{around}{rest}..."));
            }
        }
    }
    assert!(
        found.is_empty(),
        "{} found:\n{}",
        found.len(),
        found.join("\n")
    );
}
