use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use spanlift_model::{FailureReason, PlatformError, Settings};
use spanlift_platform_client::{Access, BaseUrl, PlatformClient};
use url::Url;

/// What people paste who know the address for their exporter, or the API's own.
const PASTED_PATHS: [&str; 3] = ["/api/public/otel/v1/traces", "/api/public/otel", "/api/public"];

/// An organization's connection to Langfuse: the secret `<prefix>/<organization_id>/langfuse`.
#[derive(Deserialize)]
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

const US_CLOUD: &str = "https://us.cloud.langfuse.com";

fn us_cloud() -> String {
    US_CLOUD.to_owned()
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

/// Shows no field: a person may have pasted a key into any of them.
impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// The settings that every connection has.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it reads from: the host, and the public key, which is one of a project. The same for every way in which
    /// people write the host.
    #[must_use]
    pub fn source(&self) -> String {
        let url = Url::parse(self.host()).map_or_else(|_| self.host().to_owned(), String::from);
        let host =
            PASTED_PATHS.iter().fold(url.trim_end_matches('/'), |url, path| url.strip_suffix(path).unwrap_or(url));
        format!("{} {}", host.trim_end_matches('/'), self.public_key.trim())
    }

    fn host(&self) -> &str {
        Some(self.host.trim()).filter(|host| !host.is_empty()).unwrap_or(US_CLOUD)
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

    /// Where the API begins; a base path in front of it is kept.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when the host is none that may be called.
    pub fn base_url(&self, client: &PlatformClient) -> Result<BaseUrl, PlatformError> {
        let base = client.base_url(self.host(), Access::Credential)?;
        Ok(PASTED_PATHS.iter().fold(base, |base, path| base.without_suffix(path)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn source(host: Option<&str>) -> String {
        let mut connection = json!({"public_key": " pk-lf-1\n", "secret_key": "sk-lf-1"});
        if let Some(host) = host {
            connection["host"] = json!(host);
        }
        serde_json::from_value::<Connection>(connection).unwrap().source()
    }

    #[test]
    fn a_source_is_the_same_however_its_host_is_written() {
        let cloud = source(None);
        assert_eq!(cloud, "https://us.cloud.langfuse.com pk-lf-1");
        for host in [
            "",
            " ",
            "https://us.cloud.langfuse.com",
            " https://us.cloud.langfuse.com/ ",
            "https://US.cloud.Langfuse.com:443//",
            "https://us.cloud.langfuse.com/api/public",
            "https://us.cloud.langfuse.com/api/public/otel/v1/traces/",
        ] {
            assert_eq!(source(Some(host)), cloud, "{host:?}");
        }
        for host in
            ["https://cloud.langfuse.com", "https://us.cloud.langfuse.com/tools", "https://us.cloud.langfuse.com:8443"]
        {
            assert_ne!(source(Some(host)), cloud, "{host}");
        }
        assert_eq!(source(Some("not a url")), "not a url pk-lf-1");
    }
}
