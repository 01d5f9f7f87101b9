use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use spanlift_aws::SdkConfig;
use spanlift_importer::PortError;
use spanlift_trace_store::{ClickHouse, SettingsError, TraceStoreSettings};

/// Where the trace store is and which secret opens it.
#[derive(Clone, Debug)]
pub struct TraceStoreConfiguration {
    /// Its address.
    pub url: String,
    /// Its database.
    pub database: String,
    /// Its table.
    pub table: String,
    /// The secret with its user and password: `{"user": …, "password": …}`.
    pub secret: String,
    /// The resource attribute that names the organization on native rows.
    pub organization_attribute: String,
    /// The resource attribute that names the simulation on native rows.
    pub simulation_attribute: String,
}

/// Why the trace store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TraceStoreError {
    /// The secret cannot be read.
    #[error(transparent)]
    Secret(#[from] PortError),
    /// The secret is not what it must be.
    #[error("the trace store's secret must be {{\"user\": …, \"password\": …}}")]
    NotAUser,
    /// A setting cannot be right.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// The trace store's secret.
#[derive(Deserialize)]
struct User {
    user: String,
    password: SecretString,
}

impl TraceStoreConfiguration {
    /// The store, with the user that its secret names. Connects when it is first asked.
    ///
    /// # Errors
    /// When the secret cannot be read or makes no sense, or a setting cannot be right.
    pub async fn open(&self, aws: &SdkConfig) -> Result<ClickHouse, TraceStoreError> {
        let json = spanlift_aws::read_secret(aws, &self.secret).await?;
        let user: User = serde_json::from_str(json.expose_secret()).map_err(|_| TraceStoreError::NotAUser)?;
        let settings = TraceStoreSettings {
            url: self.url.clone(),
            database: self.database.clone(),
            table: self.table.clone(),
            user: user.user,
            password: user.password,
            organization_attribute: self.organization_attribute.clone(),
            simulation_attribute: self.simulation_attribute.clone(),
        };
        Ok(ClickHouse::new(&settings)?)
    }
}
