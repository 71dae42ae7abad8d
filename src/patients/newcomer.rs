//! The patient that a paper proposes to register; a person confirms it.

use super::paper::fold_identifier;
use super::{Identifier, NewPatient};
use crate::domain::analysis::Analysis;

/// A patient out of what the paper says; `None` where it names nobody.
///
/// Numbers come along only under the issuer that the paper prints: the one beside the number, else
/// the laboratory for its own record number.
#[must_use]
pub fn newcomer(analysis: &Analysis) -> Option<NewPatient> {
    let printed = &analysis.patient;
    let (given_names, family_name) = split(printed.name.as_deref()?)?;
    let laboratory = analysis.report.laboratory.clone();
    let mut identifiers: Vec<Identifier> = Vec::new();
    let record_number = printed.mrn.iter().map(|mrn| (mrn, None));
    let numbers = printed.identifiers.iter().map(|identifier| {
        let own = identifier.kind.as_deref() == Some("MR");
        let issuer = identifier.authority.clone();
        (
            &identifier.value,
            issuer.or_else(|| laboratory.clone().filter(|_| own)),
        )
    });
    for (value, issuer) in numbers.chain(record_number) {
        let folded = fold_identifier(value);
        let known = identifiers
            .iter()
            .any(|identifier| fold_identifier(&identifier.value) == folded);
        let is_record_number = printed.mrn.as_deref().map(fold_identifier) == Some(folded.clone());
        let issuer = issuer.or_else(|| laboratory.clone().filter(|_| is_record_number));
        if let Some(authority) = issuer.filter(|_| !known && !folded.is_empty()) {
            identifiers.push(Identifier {
                authority,
                value: value.clone(),
            });
        }
    }
    Some(NewPatient {
        family_name,
        given_names,
        birth_date: printed.dob,
        sex: printed.sex,
        identifiers,
        donor_code: None,
    })
}

/// Given names and family name. A comma says which is which, and so do capitals (`Anna SCHMIDT`);
/// otherwise the last word is the family name, with the small words before it.
fn split(name: &str) -> Option<(String, String)> {
    if let Some((family, given)) = name.split_once(',') {
        let (family, given) = (family.trim(), given.trim());
        return (!family.is_empty()).then(|| (given.to_owned(), family.to_owned()));
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let shouted = |word: &&&str| {
        word.chars().filter(|letter| letter.is_alphabetic()).count() > 1
            && !word.chars().any(char::is_lowercase)
    };
    let family: Vec<&str> = words.iter().filter(shouted).copied().collect();
    if !family.is_empty() && family.len() < words.len() {
        let given: Vec<&str> = words.iter().filter(|w| !shouted(w)).copied().collect();
        return Some((given.join(" "), family.join(" ")));
    }
    let mut from = words.len().checked_sub(1)?;
    while from > 1
        && words[from - 1]
            .chars()
            .next()
            .is_some_and(char::is_lowercase)
    {
        from -= 1;
    }
    Some((words[..from].join(" "), words[from..].join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_name_is_split_into_given_and_family() {
        for (printed, given, family) in [
            ("Emma Louise Whitfield", "Emma Louise", "Whitfield"),
            ("Whitfield, Emma Louise", "Emma Louise", "Whitfield"),
            ("NÚÑEZ AROSEMENA Gabriela", "Gabriela", "NÚÑEZ AROSEMENA"),
            ("Daniel J KIM", "Daniel J", "KIM"),
            ("DANIEL KIM", "DANIEL", "KIM"),
            ("Willem de Groot", "Willem", "de Groot"),
            ("Anna van der Berg", "Anna", "van der Berg"),
            ("Suharto", "", "Suharto"),
        ] {
            assert_eq!(
                split(printed),
                Some((given.to_owned(), family.to_owned())),
                "{printed}"
            );
        }
        assert_eq!(split("  "), None);
    }
}
