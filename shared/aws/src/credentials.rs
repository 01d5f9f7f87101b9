use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_sdk_secretsmanager::operation::get_secret_value::{GetSecretValueError, GetSecretValueOutput};
use secrecy::SecretString;
use spanlift_importer::PortError;
use spanlift_importer::ports::{Credentials, Freshness, Secret};
use spanlift_model::{OrganizationId, Provider};

use crate::connections::{Connections, PORT};
use crate::errors::port_error;

/// Reads a secret of the deployment itself.
///
/// # Errors
/// When it cannot be read, or is not there.
pub async fn read_secret(aws: &SdkConfig, id: &str) -> Result<SecretString, PortError> {
    let missing = || PortError::Unavailable { port: PORT, detail: format!("there is no secret {id}") };
    read(&Client::new(aws), id, None).await?.map(|(text, _)| text).ok_or_else(missing)
}

impl Credentials for Connections {
    async fn secret(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        freshness: Freshness,
    ) -> Result<Option<Secret>, PortError> {
        let id = self.secret_id(organization_id, provider);
        if freshness == Freshness::Cached
            && let Some((json, version)) = self.secrets.get(&id)
        {
            return Ok(Some(Secret { json, version, is_cached: true }));
        }
        let Some((json, version)) = read(&self.client, &id, None).await? else {
            self.secrets.remove(&id);
            return Ok(None);
        };
        self.secrets.put(&id, (json.clone(), version.clone()));
        Ok(Some(Secret { json, version, is_cached: false }))
    }

    async fn version(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        version: &str,
    ) -> Result<Option<Secret>, PortError> {
        let read = read(&self.client, &self.secret_id(organization_id, provider), Some(version)).await?;
        Ok(read.map(|(json, version)| Secret { json, version, is_cached: false }))
    }
}

/// The secret's text and its version's id: of this version, or of the current one.
async fn read(client: &Client, id: &str, version: Option<&str>) -> Result<Option<(SecretString, String)>, PortError> {
    match client.get_secret_value().secret_id(id).set_version_id(version.map(str::to_owned)).send().await {
        Ok(secret) => {
            let version = secret.version_id().unwrap_or_default().to_owned();
            Ok(Some((text(secret), version)))
        }
        Err(error) if error.as_service_error().is_some_and(is_absent) => Ok(None),
        Err(error) => Err(port_error(PORT, "GetSecretValue", &error)),
    }
}

/// A binary secret that is no text either comes out empty, which is no connection.
fn text(secret: GetSecretValueOutput) -> SecretString {
    let binary = || secret.secret_binary.and_then(|binary| String::from_utf8(binary.into_inner()).ok());
    secret.secret_string.or_else(binary).unwrap_or_default().into()
}

/// Not there, or on its way out: a deleted secret keeps its name for days.
fn is_absent(error: &GetSecretValueError) -> bool {
    let is_deleted = |message: &str| message.contains("deletion") || message.contains("deleted");
    error.is_resource_not_found_exception()
        || (error.is_invalid_request_exception() && error.message().is_some_and(is_deleted))
}
