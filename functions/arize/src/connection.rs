use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use spanlift_model::{FailureReason, PlatformError, Settings};
use spanlift_platform_client::{Access, BaseUrl, PlatformClient};

/// Phoenix Cloud's host; its API is below `/s/<space>` only (docs/platforms/phoenix.md#11-base-url).
const CLOUD_HOST: &str = "app.phoenix.arize.com";
/// What people paste who know the address for their exporter.
const EXPORT_PATH: &str = "/v1/traces";

/// An organization's connection to Phoenix: the secret `<prefix>/<organization_id>/arize`.
#[derive(Deserialize)]
pub struct Connection {
    /// Where Phoenix is: `https://app.phoenix.arize.com/s/<space>`, or a base URL of one's own.
    host: String,
    /// The project that the agent writes to.
    project_name: String,
    /// The key; none where Phoenix asks for none.
    api_key: Option<SecretString>,
    /// What every connection has.
    #[serde(flatten)]
    settings: Settings,
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

    /// What it reads from: the host and the project.
    #[must_use]
    pub fn source(&self) -> String {
        format!("{} {}", self.host.trim(), self.project_name.trim())
    }

    /// The project's name, as it was entered.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when there is none.
    pub fn project_name(&self) -> Result<&str, PlatformError> {
        if self.project_name.trim().is_empty() {
            let advice = "The connection's project name is empty. Enter the Phoenix project that the agent writes to.";
            return Err(PlatformError::Refused { reason: FailureReason::BadConnection, advice: advice.to_owned() });
        }
        Ok(&self.project_name)
    }

    /// The key, if there is one.
    #[must_use]
    pub fn api_key(&self) -> Option<&SecretString> {
        self.api_key.as_ref().filter(|key| !key.expose_secret().trim().is_empty())
    }

    /// Where the API begins.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when the host is none that may be called, or one that is known to be wrong.
    pub fn base_url(&self, client: &PlatformClient) -> Result<BaseUrl, PlatformError> {
        let access = if self.api_key().is_some() { Access::Credential } else { Access::Anonymous };
        let base = client.base_url(&self.host, access)?.without_suffix(EXPORT_PATH);
        let has_space = base.path().strip_prefix("/s/").is_some_and(|space| !space.is_empty());
        if base.host().eq_ignore_ascii_case(CLOUD_HOST) && !has_space {
            let advice =
                "Phoenix Cloud's address has a space in it: enter https://app.phoenix.arize.com/s/<space> as the host.";
            return Err(PlatformError::Refused { reason: FailureReason::WrongHost, advice: advice.to_owned() });
        }
        Ok(base)
    }
}
