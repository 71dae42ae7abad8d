//! What is said to the provider and what it answers.

use super::{Attempt, Oidc, OidcError, Proven};
use jiff::Timestamp;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, IdTokenClaims, IdTokenFields, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the provider's own description is believed; its keys change more seldom.
const BELIEVED: Duration = Duration::from_hours(1);

/// Clocks of two houses differ; more than this is no difference of clocks.
const CLOCKS: i64 = 60;

/// Signatures that prove something: asymmetric ones. `none` and those with a shared secret do not.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims beyond the standard ones; which of them lists the groups is a setting.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Others {
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl AdditionalClaims for Others {}

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Claims = IdTokenClaims<Others, CoreGenderClaim>;
type Described = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

/// What the provider said of itself.
#[derive(Default)]
pub struct Known(Mutex<Option<(Instant, Arc<CoreProviderMetadata>)>>);

/// The way to the provider, and what the browser takes along.
pub struct Begun {
    pub address: String,
    /// For a cookie that scripts cannot read, sent along when the provider sends the browser back.
    pub cookie: String,
}

/// What the provider sends the browser back with.
#[derive(Debug, Default, Deserialize)]
pub struct Returned {
    pub code: Option<String>,
    pub state: Option<String>,
    /// RFC 9207.
    pub iss: Option<String>,
    pub error: Option<String>,
}

impl Oidc {
    /// Begins a sign-in that leads on to `next`. With the secret of a session in `again`, the
    /// person is to prove once more who they are: the provider must ask anew.
    pub async fn begin(&self, next: &str, again: Option<&str>) -> Result<Begun, OidcError> {
        let client = self.client(BELIEVED).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        for scope in &self.config.scopes {
            request = request.add_scope(openidconnect::Scope::new(scope.clone()));
        }
        if again.is_some() {
            request = request
                .add_prompt(CoreAuthPrompt::Login)
                .set_max_age(Duration::ZERO);
        }
        let (address, state, nonce) = request.url();
        let attempt = Attempt {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            begun: Timestamp::now(),
            next: next.to_owned(),
            again: again.map(str::to_owned),
        };
        Ok(Begun {
            address: address.into(),
            cookie: self
                .seal(&attempt)
                .ok_or_else(|| refused("the attempt could not be sealed"))?,
        })
    }

    /// Who came back, where everything about it is right.
    pub async fn prove(&self, attempt: &Attempt, back: &Returned) -> Result<Proven, OidcError> {
        let state = back.state.as_deref().unwrap_or_default();
        if Sha256::digest(state) != Sha256::digest(&attempt.state) {
            return Err(refused("the state is not the one that was sent"));
        }
        if back
            .iss
            .as_deref()
            .is_some_and(|iss| iss != self.issuer.as_str())
        {
            return Err(refused("it comes from another issuer"));
        }
        if let Some(error) = &back.error {
            // A code of RFC 6749; what the provider says beside it is not ours to repeat.
            let code: String = error
                .chars()
                .take(40)
                .filter(char::is_ascii_graphic)
                .collect();
            return Err(OidcError::Denied(code));
        }
        let code = back
            .code
            .clone()
            .ok_or_else(|| refused("it holds no code"))?;
        let client = self.client(BELIEVED).await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| OidcError::Provider(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| exchange_failed(&error))?;
        let token = answer
            .id_token()
            .ok_or_else(|| refused("it holds no ID token"))?;
        let nonce = Nonce::new(attempt.nonce.clone());
        let fresh = attempt.again.is_some().then_some(attempt.begun);
        let claims = match token.claims(&verifier(&client, fresh), &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // The provider may have changed its keys meanwhile.
                let client = self.client(Duration::ZERO).await?;
                token
                    .claims(&verifier(&client, fresh), &nonce)
                    .map_err(|error| refused(&error.to_string()))?
                    .clone()
            }
            other => other.map_err(|error| refused(&error.to_string()))?.clone(),
        };
        Ok(self.proven(&claims))
    }

    fn proven(&self, claims: &Claims) -> Proven {
        let groups = match claims
            .additional_claims()
            .claims
            .get(&self.config.groups_claim)
        {
            Some(Value::Array(groups)) => groups
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            Some(Value::String(group)) => vec![group.clone()],
            _ => Vec::new(),
        };
        let methods = &self.config.second_factor_methods;
        let shown = claims.auth_method_refs().is_some_and(|shown| {
            shown
                .iter()
                .any(|method| methods.iter().any(|wanted| wanted == method.as_str()))
        });
        Proven {
            subject: claims.subject().to_string(),
            name: claims
                .name()
                .and_then(|name| name.get(None))
                .map(|name| name.to_string()),
            user_name: claims
                .preferred_username()
                .map(|name| name.to_string())
                .or_else(|| claims.email().map(|email| email.to_string())),
            groups,
            second_factor: methods.is_empty() || shown,
        }
    }

    /// The provider as it described itself within `age`.
    async fn client(&self, age: Duration) -> Result<Described, OidcError> {
        let known = self.known.0.lock().await.clone();
        let metadata = match known {
            Some((asked, metadata)) if asked.elapsed() < age => metadata,
            // Nobody waits for another one's question: a provider that is down holds up each once.
            _ => {
                let said = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http)
                    .await
                    .map_err(|error| OidcError::Provider(chain(&error)))?;
                let metadata = Arc::new(said);
                *self.known.0.lock().await = Some((Instant::now(), metadata.clone()));
                metadata
            }
        };
        let secret = Some(self.config.client_secret.clone()).filter(|secret| !secret.is_empty());
        let client = Client::from_provider_metadata(
            (*metadata).clone(),
            ClientId::new(self.config.client_id.clone()),
            secret.map(ClientSecret::new),
        );
        Ok(client.set_redirect_uri(self.redirect.clone()))
    }
}

/// Checks signature, algorithm, issuer, audience, end and, where the person was to prove anew who
/// they are, that they did so since `fresh`.
fn verifier(
    client: &Described,
    fresh: Option<Timestamp>,
) -> openidconnect::IdTokenVerifier<'_, CoreJsonWebKey> {
    let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
    let Some(fresh) = fresh else {
        return verifier;
    };
    verifier.set_auth_time_verifier_fn(move |proven| match proven {
        Some(at) if at.timestamp() >= fresh.as_second() - CLOCKS => Ok(()),
        Some(_) => Err("the person was not asked anew".into()),
        None => Err("it does not say when the person was asked".into()),
    })
}

fn refused(why: &str) -> OidcError {
    OidcError::Refused(why.to_owned())
}

/// What the provider answered in words is not repeated: it may hold what was sent.
fn exchange_failed<E: std::error::Error + 'static>(
    error: &openidconnect::RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> OidcError {
    use openidconnect::RequestTokenError as Failed;
    match error {
        Failed::ServerResponse(said) => {
            refused(&format!("the code was not taken: {}", said.error()))
        }
        Failed::Request(error) => OidcError::Provider(chain(error)),
        Failed::Parse(..) | Failed::Other(_) => refused("it is no answer with an ID token"),
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}
