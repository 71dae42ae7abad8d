//! What the page of tokens shows.

use crate::access::{Scope, Token, TokenWish};
use crate::domain::ids::TokenId;
use crate::web::{shell::Shell, words};
use askama::Template;

/// Days that the form proposes: a quarter of a year.
const PROPOSED_DAYS: u16 = 90;

#[derive(Template)]
#[template(path = "tokens.html")]
pub struct TokensPage {
    shell: Shell,
    rows: Vec<Row>,
    next: Option<TokenId>,
    given: Option<Given>,
    problem: Option<String>,
    name: String,
    days: String,
    scopes: Vec<Choice>,
}

/// A token that was made just now.
struct Given {
    name: String,
    secret: String,
}

struct Choice {
    scope: Scope,
    meaning: &'static str,
    chosen: bool,
}

struct Row {
    id: TokenId,
    name: String,
    scopes: String,
    made: String,
    maker: String,
    used: String,
    ends: String,
    valid: bool,
}

impl TokensPage {
    pub fn new(shell: Shell, found: &[Token], rows: usize) -> Self {
        let shown = &found[..found.len().min(rows)];
        Self {
            shell,
            rows: shown.iter().map(Row::new).collect(),
            next: shown.last().filter(|_| found.len() > rows).map(|it| it.id),
            given: None,
            problem: None,
            name: String::new(),
            days: PROPOSED_DAYS.to_string(),
            scopes: Scope::ALL
                .into_iter()
                .map(|scope| Choice {
                    scope,
                    meaning: meaning(scope),
                    chosen: false,
                })
                .collect(),
        }
    }

    /// Shows a secret, this once.
    pub fn given(&mut self, name: &str, secret: String) {
        self.given = Some(Given {
            name: name.to_owned(),
            secret,
        });
    }

    /// Keeps what was entered and says what was wrong with it.
    pub fn refused(&mut self, wish: TokenWish, problem: String) {
        for choice in &mut self.scopes {
            choice.chosen = wish.scopes.contains(&choice.scope);
        }
        self.name = wish.name;
        self.days = wish.days.to_string();
        self.problem = Some(problem);
    }
}

impl Row {
    fn new(token: &Token) -> Self {
        let scopes: Vec<&str> = token.scopes.iter().map(Scope::as_str).collect();
        Self {
            id: token.id,
            name: token.name.clone(),
            scopes: scopes.join(", "),
            made: words::moment(token.created_at),
            maker: match (&token.created_by_name, token.created_by) {
                (Some(name), _) => name.clone(),
                (None, Some(_)) => "somebody who works here no more".into(),
                (None, None) => "command line".into(),
            },
            used: token
                .last_used_at
                .map_or_else(|| "never".into(), words::moment),
            ends: match (token.revoked_at, token.expires_at) {
                (None, Some(at)) if token.valid => words::moment(at),
                (Some(at), _) | (None, Some(at)) => format!("ended {}", words::moment(at)),
                (None, None) => "when it is revoked".into(),
            },
            valid: token.valid,
        }
    }
}

fn meaning(scope: Scope) -> &'static str {
    match scope {
        Scope::Upload => "hand documents in",
        Scope::Read => "see patients, documents and summaries",
        Scope::Write => "change patients and decide about documents",
        Scope::Ops => "see jobs and the state of the server",
        Scope::Audit => "see who did what",
        Scope::Admin => "decide about people and tokens",
        Scope::Donors => "see who donors are: opens a wall",
        Scope::Genetics => "see sex chromosomes where they are masked: opens a wall",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Scopes;
    use crate::domain::ids::AgentId;
    use crate::web::shell::Section;
    use jiff::Timestamp;

    #[test]
    fn a_row_says_who_made_it_and_whether_it_opens_anything() {
        let mut token = Token {
            id: TokenId::fresh(),
            name: "import <job>".into(),
            scopes: [Scope::Read, Scope::Upload].into_iter().collect::<Scopes>(),
            valid: true,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: None,
            created_by_name: None,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        };
        let row = Row::new(&token);
        assert_eq!(
            (row.scopes.as_str(), row.maker.as_str(), row.used.as_str()),
            ("upload, read", "command line", "never")
        );
        token.created_by = Some(AgentId::fresh());
        token.created_by_name = Some("Ada".into());
        token.revoked_at = Some(Timestamp::UNIX_EPOCH);
        token.valid = false;
        let row = Row::new(&token);
        assert_eq!(row.maker, "Ada");
        assert!(row.ends.starts_with("ended 1 Jan 1970"));
        let shell = Shell::of_somebody(Section::Tokens, "Tokens");
        let mut page = TokensPage::new(shell, &[token], 10);
        page.given("import <job>", "fd_once".into());
        let html = page.render().unwrap();
        assert!(html.contains("import &#60;job&#62;") && html.contains("fd_once"));
        assert!(!html.contains("/revoke"), "what ended cannot be ended");
    }
}
