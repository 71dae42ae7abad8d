//! Columns by their titles, and the fields of a line by their columns.

use crate::domain::analysis::Sex;
use crate::domain::name;
use crate::patients::authority::code_of;
use crate::patients::search::birth_date;
use crate::patients::{Identifier, NewPatient, PatientsError};
use csv::ByteRecord;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    FamilyName,
    GivenNames,
    BirthDate,
    Sex,
    Mrn,
    MrnAuthority,
    Identifier(String),
}

/// What separates the columns: whichever the first line has most of.
#[expect(clippy::naive_bytecount, reason = "one line; no reason for a crate")]
pub(super) fn delimiter(file: &[u8]) -> u8 {
    let first = file.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |delimiter| first.iter().filter(|&&byte| byte == delimiter).count();
    [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|&delimiter| count(delimiter))
        .unwrap_or(b',')
}

pub(super) fn columns(header: &ByteRecord) -> Result<Vec<Column>, PatientsError> {
    let mut columns = Vec::new();
    for (at, title) in header.iter().enumerate() {
        let column = std::str::from_utf8(title).ok().and_then(column);
        // A file without titles has a patient in this line: the title is not repeated.
        let column = column.ok_or_else(|| {
            PatientsError::Unimportable(format!(
                "the title of column {} is none of family_name, given_names, birth_date, sex, \
                 mrn, mrn_authority, identifier:NAME",
                at + 1
            ))
        })?;
        if columns.contains(&column) {
            return Err(PatientsError::Unimportable(format!(
                "column {} is there twice",
                at + 1
            )));
        }
        columns.push(column);
    }
    if !columns.contains(&Column::FamilyName) {
        return Err(PatientsError::Unimportable(
            "the column family_name is missing".into(),
        ));
    }
    Ok(columns)
}

fn column(title: &str) -> Option<Column> {
    let title = title.trim();
    if let Some((kind, issuer)) = title.split_once(':')
        && kind.trim().eq_ignore_ascii_case("identifier")
    {
        return code_of(issuer).map(|_| Column::Identifier(issuer.trim().to_owned()));
    }
    Some(match name::fold(title).as_str() {
        "family name" | "last name" | "surname" => Column::FamilyName,
        "given names" | "given name" | "first name" => Column::GivenNames,
        "birth date" | "date of birth" | "dob" => Column::BirthDate,
        "sex" | "gender" => Column::Sex,
        "mrn" => Column::Mrn,
        "mrn authority" | "authority" => Column::MrnAuthority,
        _ => return None,
    })
}

pub(super) fn parse(record: &ByteRecord, columns: &[Column]) -> Result<NewPatient, &'static str> {
    if record.len() != columns.len() {
        return Err("it has more or fewer columns than the first line");
    }
    let mut patient = NewPatient::default();
    let mut mrn = None;
    let mut issuer = "clinic".to_owned();
    for (field, column) in record.iter().zip(columns) {
        let text = std::str::from_utf8(field)
            .map_err(|_| "it is not in UTF-8")?
            .trim();
        if text.is_empty() {
            continue;
        }
        match column {
            Column::FamilyName => text.clone_into(&mut patient.family_name),
            Column::GivenNames => text.clone_into(&mut patient.given_names),
            Column::BirthDate => {
                patient.birth_date = Some(
                    birth_date(text).ok_or("birth_date is neither YYYY-MM-DD nor DD.MM.YYYY")?,
                );
            }
            Column::Sex => patient.sex = Some(sex(text).ok_or("sex is neither female nor male")?),
            Column::Mrn => mrn = Some(text.to_owned()),
            Column::MrnAuthority => text.clone_into(&mut issuer),
            Column::Identifier(issuer) => patient.identifiers.push(Identifier {
                authority: issuer.clone(),
                value: text.to_owned(),
            }),
        }
    }
    patient.identifiers.extend(mrn.map(|value| Identifier {
        authority: issuer,
        value,
    }));
    Ok(patient)
}

fn sex(text: &str) -> Option<Sex> {
    match text.to_lowercase().as_str() {
        "female" | "f" => Some(Sex::Female),
        "male" | "m" => Some(Sex::Male),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn header(text: &str) -> Result<Vec<Column>, PatientsError> {
        columns(&ByteRecord::from(text.split(',').collect::<Vec<_>>()))
    }

    #[test]
    fn titles_come_in_any_order_and_spelling() {
        use Column::{BirthDate, FamilyName, GivenNames, Identifier, Mrn, MrnAuthority, Sex};
        assert_eq!(
            header("Sex,DOB,Surname,first_name,MRN,authority,identifier:NHS").unwrap(),
            [
                Sex,
                BirthDate,
                FamilyName,
                GivenNames,
                Mrn,
                MrnAuthority,
                Identifier("NHS".into())
            ]
        );
    }

    #[test]
    fn a_file_without_titles_is_refused_and_not_repeated() {
        let error = header("Schmidt,Anna,1988-01-02").unwrap_err().to_string();
        assert!(
            error.contains("column 1") && !error.contains("Schmidt"),
            "{error}"
        );
        assert!(header("given_names,sex").is_err());
        assert!(header("surname,last name").is_err());
    }

    #[test]
    fn the_separator_is_the_one_that_is_there() {
        assert_eq!(delimiter(b"a;b;c\n1,5;2;3"), b';');
        assert_eq!(delimiter(b"a,b\n"), b',');
        assert_eq!(delimiter(b"a\tb\n"), b'\t');
        assert_eq!(delimiter(b"family_name\nX"), b',');
    }

    #[test]
    fn lines_are_read_or_refused_without_repeating_them() {
        let columns = header("family_name,birth_date,sex,mrn").unwrap();
        let line = |fields: &[&str]| parse(&ByteRecord::from(fields.to_vec()), &columns);
        let patient = line(&["Weber", "4.3.1988", "F", "A-1"]).unwrap();
        assert_eq!(patient.birth_date, Some(date(1988, 3, 4)));
        assert_eq!(patient.identifiers[0].authority, "clinic");
        for wrong in [
            &["Weber", "03/04/1988", "F", ""][..],
            &["Weber", "", "x", ""],
            &["Weber", ""],
        ] {
            assert!(!line(wrong).unwrap_err().contains("Weber"));
        }
        let bytes = ByteRecord::from(vec![&b"M\xfcller"[..], b"", b"", b""]);
        assert_eq!(parse(&bytes, &columns), Err("it is not in UTF-8"));
    }
}
