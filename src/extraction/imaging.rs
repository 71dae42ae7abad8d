//! Tubes and the cavity of the uterus, told in sentences.
//!
//! A sentence has a subject (a tube of one side, both tubes, the cavity) and says something of it.
//! All sentences about one thing must agree; where they do not, a person decides. History, method
//! and indication are no findings.

use super::finding::{Finding, Value};
use super::pieces::union;
use super::spoken::Spoken;
use crate::domain::analysis::Site;
use crate::lexicon::{Anchor, Aside, Lexicon, Phrases};
use crate::text::page::{Bounds, Page, Word};

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Tube(Site),
    Tubes,
    Cavity,
}

/// One thing said of one subject.
struct Said {
    subject: Subject,
    code: String,
    page: usize,
    bounds: Bounds,
    source: String,
}

/// Sentences with one of these say what was, what is asked, or what was done.
const TURNED: [&str; 24] = [
    "previous",
    "previously",
    "earlier",
    "history",
    "elsewhere",
    "rule",
    "suspected",
    "indication",
    "before",
    "planned",
    "advised",
    "recommended",
    "fruher",
    "anamnese",
    "anterior",
    "previo",
    "previa",
    "antecedente",
    "antecedentes",
    "precedente",
    "anterieur",
    "technique",
    "ago",
    "centre",
];

/// Reads the findings of all pages.
#[must_use]
pub fn read<'l>(pages: &[Page], lexicon: &'l Lexicon) -> Vec<Finding<'l>> {
    let mut said = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        let mut aside = false;
        let mut sentence: Vec<&Word> = Vec::new();
        let mut block = None;
        for line in &page.lines {
            let head = Spoken::of(line.words.iter().take(5)).tokens;
            let begins = sentence.is_empty() || block != Some(line.block);
            if let Some((Aside::History, _)) = lexicon.words.asides.longest(&head) {
                aside = true;
            } else if begins
                || line
                    .words
                    .first()
                    .is_some_and(|word| word.text.ends_with(':'))
            {
                aside = is_preamble(&head).unwrap_or(aside);
            }
            block = Some(line.block);
            for word in &line.words {
                if word.struck {
                    continue;
                }
                sentence.push(word);
                let stop = word.text.ends_with(['.', ';'])
                    && word.text.chars().filter(|c| c.is_alphanumeric()).count() > 1;
                if stop {
                    tell(&sentence, index, aside, lexicon, &mut said);
                    sentence.clear();
                }
            }
            // A short line is a sentence of its own; the next one begins with a new subject.
            let next_is_new =
                line.words.len() <= 6 || line.words.iter().any(|word| word.gap_before);
            if next_is_new {
                tell(&sentence, index, aside, lexicon, &mut said);
                sentence.clear();
            }
        }
        tell(&sentence, index, aside, lexicon, &mut said);
    }
    settle(&said, lexicon)
}

/// Whether a line begins the part of a report before or behind its findings.
fn is_preamble(head: &[String]) -> Option<bool> {
    let first = head.first()?;
    let asides = [
        "clinical",
        "history",
        "indication",
        "technique",
        "method",
        "procedure",
        "anamnese",
        "indikation",
        "technik",
        "indicacion",
        "tecnica",
        "antecedentes",
        "indicazione",
        "anamnesi",
        "recommendation",
        "advice",
        "plan",
        "indicacao",
        "reason",
        "recommendations",
    ];
    let results = [
        "findings",
        "finding",
        "impression",
        "conclusion",
        "result",
        "results",
        "befund",
        "beurteilung",
        "hallazgos",
        "conclusion",
        "resultats",
        "resultado",
        "reperti",
        "conclusioni",
        "achados",
        "uterine",
        "uterus",
        "cavity",
        "right",
        "left",
        "diagnosis",
        "diagnose",
        "resultados",
        "referto",
        "conclusao",
    ];
    if asides.contains(&first.as_str()) {
        return Some(true);
    }
    results.contains(&first.as_str()).then_some(false)
}

fn tell(sentence: &[&Word], page: usize, aside: bool, lexicon: &Lexicon, said: &mut Vec<Said>) {
    if sentence.is_empty() || aside {
        return;
    }
    let tokens = Spoken::of(sentence.iter().copied()).tokens;
    // "HSG in 2022" is an old one; a whole date is that of this one.
    let figure = |at: usize| tokens[at].bytes().all(|byte| byte.is_ascii_digit());
    let old = (0..tokens.len()).any(|at| {
        is_year(&tokens[at]) && (at == 0 || !figure(at - 1) && !is_month(&tokens[at - 1]))
    });
    if old || tokens.iter().any(|token| TURNED.contains(&token.as_str())) {
        return;
    }
    let subjects = subjects(&tokens, lexicon);
    let source = sentence
        .iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    for (order, (at, subject)) in subjects.iter().enumerate() {
        let end = subjects
            .get(order + 1)
            .map_or(tokens.len(), |(next, _)| *next);
        let from = if order == 0 { 0 } else { *at };
        let words = match subject {
            Subject::Cavity => lexicon.words.results("cavity"),
            _ => lexicon.words.results("tube"),
        };
        let Some(code) = words.and_then(|words| verdict(&tokens[from..end], words, *subject))
        else {
            continue;
        };
        let bounds = sentence[1..]
            .iter()
            .filter(|word| (word.bounds[1] - sentence[0].bounds[1]).abs() < 4.0)
            .fold(sentence[0].bounds, |all, word| union(all, word.bounds));
        said.push(Said {
            subject: *subject,
            code,
            page,
            bounds,
            source: source.clone(),
        });
    }
}

fn is_year(token: &str) -> bool {
    token.len() == 4 && token.starts_with("20") && token.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_month(token: &str) -> bool {
    crate::extraction::dates::date(&["1", token, "2020"]).is_some()
}

/// The subjects of a sentence, in their order.
#[must_use]
fn subjects(tokens: &[String], lexicon: &Lexicon) -> Vec<(usize, Subject)> {
    let is_tube = |token: &str| {
        [
            "tube",
            "tubes",
            "tubal",
            "tuba",
            "tuben",
            "trompa",
            "trompas",
            "trompe",
            "trompes",
            "salpinx",
            "tubo",
            "eileiter",
            "tubas",
            "fallopian",
            "tuba",
        ]
        .contains(&token)
    };
    let mut found: Vec<(usize, Subject)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let near = |wanted: &dyn Fn(&str) -> bool, reach: usize| {
            tokens[at.saturating_sub(reach)..tokens.len().min(at + reach + 1)]
                .iter()
                .any(|token| wanted(token))
        };
        let site = lexicon
            .names
            .site(lexicon.names.label(std::slice::from_ref(token)).concepts);
        let subject = if let Some(site) = site {
            near(&is_tube, 2).then_some(Subject::Tube(site))
        } else if [
            "bilateral",
            "both",
            "beide",
            "beidseits",
            "beidseitig",
            "bilaterally",
            "ambas",
            "bilateralmente",
            "deux",
            "entrambe",
            "bilaterale",
        ]
        .contains(&token.as_str())
        {
            near(&is_tube, 3).then_some(Subject::Tubes)
        } else if [
            "cavity",
            "cavum",
            "cavidad",
            "cavite",
            "cavita",
            "cavidade",
            "uterushohle",
            "gebarmutterhohle",
        ]
        .contains(&token.as_str())
        {
            (!near(
                &|token| matches!(token, "peritoneal" | "abdominal" | "pelvic"),
                1,
            ))
            .then_some(Subject::Cavity)
        } else {
            None
        };
        if let Some(subject) = subject
            && found.last().is_none_or(|(_, last)| *last != subject)
        {
            found.push((at, subject));
        }
    }
    found
}

/// What words say of a subject; `None` where they say two things that differ.
fn verdict(tokens: &[String], words: &Phrases<String>, subject: Subject) -> Option<String> {
    let mut codes: Vec<&String> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match words.longest(&tokens[at..]) {
            Some((code, taken)) => {
                let denied = at > 0
                    && matches!(
                        tokens[at - 1].as_str(),
                        "no" | "not"
                            | "without"
                            | "kein"
                            | "keine"
                            | "sin"
                            | "sans"
                            | "senza"
                            | "sem"
                            | "nicht"
                            | "ohne"
                            | "or"
                    );
                let denied = denied && subject == Subject::Cavity && code == "abnormal";
                if !denied {
                    codes.push(code);
                }
                at += taken;
            }
            None => at += 1,
        }
    }
    codes.dedup();
    // Slow spill is spill, and "proximal patent, no spill" is a block.
    for strong in ["indeterminate", "blocked", "delayed", "abnormal"] {
        if codes.iter().any(|code| *code == strong) {
            return Some(strong.to_owned());
        }
    }
    codes.first().map(|code| (*code).clone())
}

fn settle<'l>(said: &[Said], lexicon: &'l Lexicon) -> Vec<Finding<'l>> {
    let mut findings = Vec::new();
    for (analyte, about) in [
        ("tubal_patency_right", Subject::Tube(Site::Right)),
        ("tubal_patency_left", Subject::Tube(Site::Left)),
        ("uterine_cavity", Subject::Cavity),
    ] {
        let both = matches!(about, Subject::Tube(_));
        let of: Vec<&Said> = said
            .iter()
            .filter(|said| said.subject == about || both && said.subject == Subject::Tubes)
            .collect();
        let (Some(last), Some(analyte)) = (of.last(), lexicon.find(analyte)) else {
            continue;
        };
        let agree = of.iter().all(|said| said.code == last.code);
        findings.push(Finding {
            analyte,
            label: String::new(),
            anchor: Anchor::Row,
            value: Value::Text(last.code.clone()),
            value_text: last.code.clone(),
            unit: None,
            mark: None,
            range: None,
            reference_text: None,
            alternate: None,
            preparation: None,
            site: match about {
                Subject::Tube(site) => Some(site),
                _ => None,
            },
            specimen: None,
            day: None,
            scheme: None,
            observed_on: None,
            page: last.page,
            bounds: last.bounds,
            source_text: last.source.clone(),
            doubts: if agree {
                Vec::new()
            } else {
                vec!["several_values"]
            },
        });
    }
    findings
}

/// Whether words fold to something that the tubes or the cavity are said of; for letters.
#[must_use]
pub fn of_sentence<'l>(sentence: &[&Word], page: usize, lexicon: &'l Lexicon) -> Vec<Finding<'l>> {
    let mut said = Vec::new();
    tell(sentence, page, false, lexicon, &mut said);
    settle(&said, lexicon)
        .into_iter()
        .map(|finding| Finding {
            anchor: Anchor::Prose,
            ..finding
        })
        .collect()
}
