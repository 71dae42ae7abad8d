use serde::{Deserialize, Serialize};
use std::fmt;

/// Signing in at the identity provider of the house (OpenID Connect).
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oidc {
    /// Address of the identity provider, exactly as its discovery document says it; empty switches
    /// signing in there off. https, but on loopback.
    pub issuer: String,
    /// What the sign-in page calls it: "Sign in with ...".
    pub name: String,
    /// What this server is called there.
    pub client_id: String,
    /// The secret of this server there; empty for a public client.
    pub client_secret: String,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim of the ID token that lists the person's groups.
    pub groups_claim: String,
    /// What a group gives, as `[{ group = "ivf-nurses", clinic = "<id>", role = "nurse" }]`.
    pub groups: Vec<GroupRole>,
    /// Values of the claim `amr` (RFC 8176) that say that a second factor was shown there. Whose
    /// role needs one is refused without; where the list is empty the provider is trusted to ask
    /// everybody for one.
    pub second_factor_methods: Vec<String>,
}

/// What a group of the identity provider gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRole {
    pub group: String,
    /// Id of the clinic.
    pub clinic: String,
    pub role: String,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            name: "your organisation".into(),
            client_id: String::new(),
            client_secret: String::new(),
            scopes: ["profile", "email"].map(String::from).into(),
            groups_claim: "groups".into(),
            groups: Vec::new(),
            second_factor_methods: ["mfa"].map(String::from).into(),
        }
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
