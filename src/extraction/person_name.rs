//! Names of persons, from the order and case of a form to the order and case of a letter.

use crate::lexicon::fold;

/// Titles that are no part of a name.
const TITLES: [&str; 34] = [
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "herr", "frau", "sr", "sra", "srta", "dona",
    "don", "dna", "d", "m", "mme", "mlle", "monsieur", "madame", "sig", "signor", "signora",
    "sigra", "sig.ra", "dott", "dssa", "exma", "exmo", "smt", "shri", "kum", "baby",
];

/// Reads a name as printed in a field. `None` where it is no name.
#[must_use]
pub fn person_name(printed: &str) -> Option<String> {
    let printed = printed
        .split(['(', '[', '|', ';', '*'])
        .next()
        .unwrap_or(printed);
    let printed = printed.trim_matches(|c: char| !c.is_alphabetic() && c != '\'');
    let ordered = match printed.split_once(',') {
        Some((family, given)) if !given.trim().is_empty() => {
            format!("{} {}", given.trim(), family.trim())
        }
        _ => printed.trim_end_matches(',').to_owned(),
    };
    let mut words: Vec<&str> = ordered.split_whitespace().collect();
    while let [first, _, ..] = words.as_slice() {
        let bare = fold(first);
        let bare = bare.trim_matches('.');
        // A single capital is an initial unless a point makes it a title ("D. Juan").
        if !TITLES.contains(&bare) || (bare.len() == 1 && !first.ends_with('.')) {
            break;
        }
        words.remove(0);
    }
    words.retain(|word| word.chars().any(char::is_alphabetic));
    // "MARTIN Olivier": capitals in front of small letters are the family.
    let capitals = |word: &&&str| {
        word.chars().filter(|c| c.is_alphabetic()).count() > 1
            && !word.chars().any(char::is_lowercase)
    };
    let family = words.iter().take_while(capitals).count();
    if family > 0 && family < words.len() && words[family..].iter().all(|word| !capitals(&word)) {
        words.rotate_left(family);
    }
    let plain = words.iter().all(|word| {
        !word
            .chars()
            .any(|c| c.is_ascii_digit() || matches!(c, ':' | '@' | '/' | '_'))
    });
    if words.is_empty()
        || words.len() > 6
        || !plain
        || words.iter().all(|word| word.chars().count() < 2)
    {
        return None;
    }
    // Printed in capitals throughout a name has lost its case; initials have not.
    let shouted = words
        .iter()
        .all(|word| !word.chars().any(char::is_lowercase));
    let cased: Vec<String> = words
        .iter()
        .map(|word| {
            let long = word.chars().filter(|c| c.is_alphabetic()).count() > 1;
            let capital = !word.chars().any(char::is_lowercase);
            if long && (shouted || capital) {
                title_case(word)
            } else {
                (*word).trim_end_matches('.').to_owned()
            }
        })
        .collect();
    Some(cased.join(" "))
}

/// `O'CONNELL` is O'Connell, `TAYLOR-BROWN` Taylor-Brown.
fn title_case(word: &str) -> String {
    let mut cased = String::with_capacity(word.len());
    let mut begin = true;
    for c in word.chars() {
        if begin {
            cased.extend(c.to_uppercase());
        } else {
            cased.extend(c.to_lowercase());
        }
        begin = !c.is_alphanumeric();
    }
    cased
}

#[cfg(test)]
mod tests {
    use super::person_name;

    #[test]
    fn the_order_and_case_of_a_letter() {
        for (printed, name) in [
            ("KIM, DANIEL J", "Daniel J Kim"),
            ("O'CONNELL, Declan Patrick", "Declan Patrick O'Connell"),
            ("Mr. RAJESH VENKATARAMAN", "Rajesh Venkataraman"),
            ("WHITFIELD, Emma Louise", "Emma Louise Whitfield"),
            ("TAYLOR-BROWN, Jasmine", "Jasmine Taylor-Brown"),
            ("LUCÍA FERNÁNDEZ IBARRA", "Lucía Fernández Ibarra"),
            ("Zeynep Aydın Kaplan", "Zeynep Aydın Kaplan"),
            ("Mrs. PRIYANKA DESHMUKH", "Priyanka Deshmukh"),
            ("MARTIN Olivier", "Olivier Martin"),
        ] {
            assert_eq!(person_name(printed).as_deref(), Some(name), "{printed}");
        }
    }

    #[test]
    fn what_is_no_name() {
        for printed in ["______________________", "0048812", "", "J"] {
            assert_eq!(person_name(printed), None, "{printed}");
        }
    }
}
