use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use spanlift_model::{FailureReason, PlatformError, Settings};
use spanlift_platform_client::{Access, BaseUrl, PlatformClient};

const DEFAULT_HOST: &str = "https://api.smith.langchain.com";
/// The hosts of the user interface, which people copy from the browser, and of the API (docs/platforms/langsmith.md#11-hosts).
const INTERFACES: &[(&str, &str)] = &[
    ("smith.langchain.com", DEFAULT_HOST),
    ("www.smith.langchain.com", DEFAULT_HOST),
    ("eu.smith.langchain.com", "https://eu.api.smith.langchain.com"),
    ("apac.smith.langchain.com", "https://apac.api.smith.langchain.com"),
    ("aws.smith.langchain.com", "https://aws.api.smith.langchain.com"),
];
/// What people paste behind the host; we send it ourselves.
const API_PATHS: &[&str] = &["/api/v1", "/api/v2", "/api"];

/// An organization's connection to LangSmith: the secret `<prefix>/<organization_id>/langsmith`.
#[derive(Deserialize)]
pub struct Connection {
    /// `lsv2_pt_…` or `lsv2_sk_…`.
    api_key: SecretString,
    /// The project that the agent writes to.
    project_name: String,
    /// Where the API is.
    #[serde(default)]
    host: Option<String>,
    /// The workspace, which a key of a whole organization needs.
    #[serde(default)]
    workspace_id: Option<String>,
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

    /// What it reads from: the host, the workspace and the project.
    #[must_use]
    pub fn source(&self) -> String {
        let host = self.host.as_deref().unwrap_or(DEFAULT_HOST).trim();
        format!("{host} {} {}", self.workspace_id().unwrap_or_default(), self.project_name.trim())
    }

    /// The project's name, as it was entered.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when there is none.
    pub fn project_name(&self) -> Result<&str, PlatformError> {
        if self.project_name.trim().is_empty() {
            let advice =
                "The connection's project name is empty. Enter the LangSmith project that the agent writes to.";
            return Err(bad_connection(advice));
        }
        Ok(&self.project_name)
    }

    /// The key, without what was copied around it.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when there is none.
    pub fn api_key(&self) -> Result<SecretString, PlatformError> {
        let key = self.api_key.expose_secret().trim();
        if key.is_empty() {
            return Err(bad_connection(
                "The connection's API key is empty. Enter one from LangSmith's Settings, API Keys.",
            ));
        }
        Ok(SecretString::from(key))
    }

    /// The workspace, if one is named.
    #[must_use]
    pub fn workspace_id(&self) -> Option<&str> {
        self.workspace_id.as_deref().map(str::trim).filter(|id| !id.is_empty())
    }

    /// Where the API begins, less `/api/v1` or `/api/v2`.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when the host is none that may be called.
    pub fn base_url(&self, client: &PlatformClient) -> Result<BaseUrl, PlatformError> {
        let host = self.host.as_deref().map(str::trim).filter(|host| !host.is_empty());
        let base = client.base_url(host.unwrap_or(DEFAULT_HOST), Access::Credential)?;
        let interface = INTERFACES.iter().find(|(name, _)| base.host().eq_ignore_ascii_case(name));
        if let Some((_, api)) = interface {
            return client.base_url(api, Access::Credential);
        }
        Ok(API_PATHS.iter().fold(base, |base, path| base.without_suffix(path)))
    }
}

pub(crate) fn bad_connection(advice: &str) -> PlatformError {
    PlatformError::Refused { reason: FailureReason::BadConnection, advice: advice.to_owned() }
}
