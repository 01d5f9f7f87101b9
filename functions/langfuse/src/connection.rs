use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use spanlift_model::{FailureReason, PlatformError, Settings};
use spanlift_platform_client::{Access, BaseUrl, PlatformClient};

/// What people paste who know the address for their exporter, or the API's own.
const PASTED_PATHS: [&str; 3] = ["/api/public/otel/v1/traces", "/api/public/otel", "/api/public"];

/// An organization's connection to Langfuse: the secret `<prefix>/<organization_id>/langfuse`.
#[derive(Debug, Deserialize)]
pub struct Connection {
    /// `pk-lf-…`
    public_key: String,
    /// `sk-lf-…`
    secret_key: SecretString,
    /// Where Langfuse is: a region of the cloud, or a server of one's own.
    #[serde(default = "us_cloud")]
    host: String,
    /// How traces that Coval itself wrote are recognised; `null` where there are none.
    #[serde(default = "OwnTraces::coval")]
    own_traces: Option<OwnTraces>,
    /// What every connection has.
    #[serde(flatten)]
    settings: Settings,
}

fn us_cloud() -> String {
    "https://us.cloud.langfuse.com".to_owned()
}

/// The mark of what Coval itself wrote into the project: an entry of an observation's or a trace's metadata. One is
/// enough for the whole trace.
///
/// By default a resource attribute `service.name` that is `coval`. It wins over any key: Coval's own traces may well
/// name the simulation that they are about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OwnTraces {
    /// The entry's name; steps into objects are dots.
    pub key: String,
    /// Its value.
    pub value: String,
}

impl OwnTraces {
    #[expect(clippy::unnecessary_wraps, reason = "serde's default for the field")]
    fn coval() -> Option<Self> {
        Some(Self { key: "resourceAttributes.service.name".to_owned(), value: "coval".to_owned() })
    }
}

impl Connection {
    /// The settings that every connection has.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        self.settings
    }

    /// What it reads from: the host, and the public key, which is one of a project.
    #[must_use]
    pub fn source(&self) -> String {
        format!("{} {}", self.host.trim(), self.public_key.trim())
    }

    /// The mark of Coval's own traces.
    #[must_use]
    pub const fn own_traces(&self) -> Option<&OwnTraces> {
        self.own_traces.as_ref()
    }

    /// Both keys, without what was pasted around them.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when one is empty, or they have been swapped.
    pub fn keys(&self) -> Result<(&str, SecretString), PlatformError> {
        let (public, secret) = (self.public_key.trim(), self.secret_key.expose_secret().trim());
        let advice = if public.is_empty() || secret.is_empty() {
            "The connection lacks a key. Enter Langfuse's public key and secret key."
        } else if public.starts_with("sk-lf-") || secret.starts_with("pk-lf-") {
            "The connection's keys are swapped. The public key begins with pk-lf-, the secret key with sk-lf-."
        } else {
            return Ok((public, SecretString::from(secret.to_owned())));
        };
        Err(PlatformError::Refused { reason: FailureReason::BadConnection, advice: advice.to_owned() })
    }

    /// Where the API begins; a base path in front of it is kept (contract §1).
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when the host is none that may be called.
    pub fn base_url(&self, client: &PlatformClient) -> Result<BaseUrl, PlatformError> {
        let host = if self.host.trim().is_empty() { us_cloud() } else { self.host.clone() };
        let base = client.base_url(&host, Access::Credential)?;
        Ok(PASTED_PATHS.iter().fold(base, |base, path| base.without_suffix(path)))
    }
}
