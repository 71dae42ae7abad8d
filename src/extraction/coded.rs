//! Results that are words: which vocabulary an analyte speaks.

use crate::lexicon::{Lexicon, Phrases, fold, tokens};

/// The vocabulary of an analyte with text or code results.
#[must_use]
pub fn vocabulary<'l>(lexicon: &'l Lexicon, code: &str) -> Option<&'l Phrases<String>> {
    let name = match code {
        "semen_viscosity" => "viscosity",
        "sperm_agglutination" => "agglutination",
        "blood_group" => "abo",
        "rh_type" => "rh",
        "hiv"
        | "hbsag"
        | "anti_hbc"
        | "anti_hcv"
        | "syphilis_treponemal"
        | "syphilis_nontreponemal"
        | "rubella_igg"
        | "cmv_igg"
        | "varicella_igg"
        | "htlv"
        | "chlamydia_naat"
        | "gonorrhoea_naat" => "serology",
        "endometrial_pattern" => "pattern",
        "y_microdeletion" => "deletion",
        _ => return None,
    };
    lexicon.words.results(name)
}

/// A printed result in the code of its vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    pub text: String,
    /// Whether all printed words were understood.
    pub whole: bool,
}

/// Reads a printed result.
#[must_use]
pub fn coded(vocabulary: &Phrases<String>, printed: &str) -> Option<Coded> {
    let first = printed.split([';', '.', ',']).next().unwrap_or(printed);
    let folded = fold(first);
    let trimmed = folded.trim_matches([' ', '"', '\'', '(', ')']);
    // "1+" and "+" are results of their own.
    let words: Vec<String> = match trimmed {
        "+" | "pos+" => vec!["positive".into()],
        "-" => return None,
        _ => tokens(trimmed).map(str::to_owned).collect(),
    };
    let (text, taken) = vocabulary.longest(&words)?;
    let rest = &words[taken..];
    // "Non-reactive (neat)": a remark in brackets, unless it says another result.
    let remark = first.split_once('(').is_some_and(|(before, _)| {
        tokens(&fold(before)).count() == taken
            && !(0..rest.len()).any(|at| {
                vocabulary
                    .longest(&rest[at..])
                    .is_some_and(|(other, _)| other != text)
            })
    });
    // "keine / none" says one thing twice.
    let repeated = vocabulary
        .longest(rest)
        .is_some_and(|(again, n)| again == text && n == rest.len());
    Some(Coded {
        text: text.clone(),
        whole: rest.is_empty() || repeated || remark,
    })
}

/// `AB Rh positive`: the group and the factor in one result.
#[must_use]
pub fn rhesus_behind(lexicon: &Lexicon, printed: &str) -> Option<String> {
    let folded = fold(printed.split('(').next().unwrap_or(printed));
    let words: Vec<&str> = tokens(&folded).collect();
    let (_, taken) = lexicon.words.results("abo")?.longest(&words)?;
    if folded.trim_end().ends_with('+') && words.len() == taken {
        return Some("positive".to_owned());
    }
    let (text, told) = lexicon.words.results("rh")?.longest(&words[taken..])?;
    (taken + told == words.len()).then(|| text.clone())
}
