//! `demo`: a demonstration clinic, made through the API of a running server as a user would make it.
//!
//! All people and values in it are invented: the patients of `config/demonstration/patients.csv`
//! and documents of `tests/corpus`. Some documents fit a patient and are filed; one names nobody
//! whom the clinic knows and one was handed in for another man than its paper names, so that the
//! inbox shows what waiting looks like.

use crate::{
    access::{self, Authenticator, By, Keys, NewAccount, PeopleError, Place, Role, Scopes, SignIn},
    config::Config,
    db,
    domain::ids::ClinicId,
};
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

const PATIENTS: &str = include_str!("../../config/demonstration/patients.csv");

/// Documents that say themselves whose they are.
const DOCUMENTS: [&str; 6] = [
    "semen_us_andrology_reportlab.pdf",
    "hormone_us_flags_reportlab.pdf",
    "hormone_uk_si_libreoffice.pdf",
    "semen_spermiogramm_de_comma.pdf",
    "semen_who6_typst.pdf",
    "hormone_es_decimal_comma.pdf",
];
/// A document that is handed in for somebody else than its paper names.
const MISPLACED: (&str, &str) = ("semen_nhs_andrology_who5.pdf", "O'Connor");
/// Who is treated together, from a day on.
const COUPLES: [(&str, &str, &str); 3] = [
    ("Quintero", "Kim", "2025-03-01"),
    ("Grigoriadis-Weber", "Grigoriadis", "2024-08-12"),
    ("Bērziņa", "Bērziņš", "2025-06-20"),
];

/// Who works in the demonstration clinic: user name, name, role.
const PEOPLE: [(&str, &str, Role); 8] = [
    ("clinician", "Clara Invented", Role::Clinician),
    ("nurse", "Nora Invented", Role::Nurse),
    ("embryologist", "Emil Invented", Role::Embryologist),
    ("andrologist", "Andrea Invented", Role::Andrologist),
    ("manager", "Milan Invented", Role::LabManager),
    ("admin", "Adam Invented", Role::ClinicAdmin),
    ("auditor", "Audrey Invented", Role::Auditor),
    ("ops", "Otto Invented", Role::Ops),
];

#[derive(Debug, Args)]
pub struct Demo {
    /// Address of the running server.
    #[arg(long)]
    url: String,
    /// Folder of the documents.
    #[arg(long, default_value = "tests/corpus")]
    corpus: PathBuf,
    /// Name of the clinic that is made.
    #[arg(long, default_value = "Kestrel Bay Fertility (demonstration)")]
    clinic: String,
}

impl Demo {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let pools = db::Pools::new(&config.db)?;
        let clinic = access::create_clinic(&pools.app, &self.clinic).await?;
        let token =
            access::create_token(&pools.app, clinic, "demonstration", Scopes::all(), None).await?;
        let api = Api {
            url: self.url.trim_end_matches('/').to_owned(),
            token: token.secret,
            http: reqwest::Client::new(),
        };
        let patients = api.patients().await?;
        for (one, other, since) in COUPLES {
            let body = json!({ "partner_id": id(&patients, other)?, "since": since, "consented_on": since });
            api.post(
                &format!("/api/v1/patients/{}/partners", id(&patients, one)?),
                body,
            )
            .await?;
        }
        for name in DOCUMENTS {
            api.upload(&self.corpus.join(name), None).await?;
        }
        let (name, family) = MISPLACED;
        api.upload(&self.corpus.join(name), Some(id(&patients, family)?))
            .await?;
        let people = self::people(config, &api, clinic).await?;
        let line = json!({ "clinic": clinic, "people": people, "token": api.token });
        super::print_line(&line.to_string());
        Ok(())
    }
}

/// Somebody of every role, with a password of their own that nobody else has: made as everybody is
/// made, by a one-time link that is followed here. Answers the passwords by user name.
async fn people(config: &Config, api: &Api, clinic: ClinicId) -> anyhow::Result<Value> {
    let app = db::Pools::new(&config.db)?.app;
    let door = Authenticator::new(app.clone()).under(&config.access, &Keys::new(&config.access)?);
    let sign_in = SignIn::new(app.clone(), door, &config.access)?;
    let mut passwords = serde_json::Map::new();
    for (user_name, display_name, role) in PEOPLE {
        let new = NewAccount {
            user_name,
            display_name,
            identity: None,
        };
        let place = Place::Clinic(clinic);
        let user = match access::add_person(&app, By::House, new, place, &[role]).await {
            Ok(user) => user,
            // The people of an earlier demonstration in the same database.
            Err(PeopleError::NameTaken) => {
                let found = access::find_account(&app, user_name).await?;
                let user = found.context("a person of the demonstration is gone")?.id;
                access::grant(&app, By::House, user, place, role).await?;
                user
            }
            Err(error) => return Err(error.into()),
        };
        let link = sign_in.link(By::House, user).await?;
        let password = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 15]>());
        let answer = api
            .http
            .post(format!("{}/welcome", api.url))
            .header("sec-fetch-site", "same-origin")
            .form(&[("link", &link.secret), ("password", &password)])
            .send()
            .await?;
        let status = answer.status();
        anyhow::ensure!(
            status.is_success(),
            "the one-time link was answered {status}"
        );
        passwords.insert(user_name.into(), password.into());
    }
    Ok(passwords.into())
}

/// The id of the demonstration patient of this family name.
fn id<'a>(patients: &'a [Value], family: &str) -> anyhow::Result<&'a str> {
    patients
        .iter()
        .find(|patient| patient["family_name"] == family)
        .and_then(|patient| patient["id"].as_str())
        .with_context(|| format!("the demonstration patient {family} was not made"))
}

struct Api {
    url: String,
    token: String,
    http: reqwest::Client,
}

impl Api {
    /// Makes the patients and reads them back.
    async fn patients(&self) -> anyhow::Result<Vec<Value>> {
        let answer = self
            .http
            .post(format!("{}/api/v1/patients/import", self.url))
            .bearer_auth(&self.token)
            .header("content-type", "text/csv")
            .body(PATIENTS)
            .send()
            .await?;
        said(answer).await?;
        let answer = self
            .http
            .get(format!("{}/api/v1/patients?limit=200", self.url))
            .bearer_auth(&self.token)
            .send()
            .await?;
        let page = said(answer).await?;
        Ok(page["items"].as_array().cloned().unwrap_or_default())
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        said(request.json(&body).send().await?).await
    }

    async fn upload(&self, path: &std::path::Path, patient: Option<&str>) -> anyhow::Result<Value> {
        let bytes = tokio::fs::read(path)
            .await
            .with_context(|| path.display().to_string())?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut form = reqwest::multipart::Form::new();
        if let Some(patient) = patient {
            form = form.text("patient_id", patient.to_owned());
        }
        let form = form.part(
            "file",
            reqwest::multipart::Part::bytes(bytes).file_name(name),
        );
        let answer = self
            .http
            .post(format!("{}/api/v1/documents", self.url))
            .bearer_auth(&self.token)
            .multipart(form)
            .send()
            .await?;
        said(answer).await
    }
}

/// The body of an answer that is no refusal.
async fn said(answer: reqwest::Response) -> anyhow::Result<Value> {
    let status = answer.status();
    let body: Value = answer.json().await?;
    anyhow::ensure!(status.is_success(), "the server answered {status}: {body}");
    Ok(body)
}
