//! Whoever acts and is named in the record.

use crate::domain::ids::{AgentId, TokenId, UserId};

/// A person, or the holder of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Agent {
    User(UserId),
    Token(TokenId),
}

impl Agent {
    /// As it stands in the rows that name an author.
    #[must_use]
    pub fn id(self) -> AgentId {
        match self {
            Self::User(user) => AgentId(user.0),
            Self::Token(token) => AgentId(token.0),
        }
    }
}
