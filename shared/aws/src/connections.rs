use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretError;
use secrecy::SecretString;
use spanlift_importer::PortError;
use spanlift_model::{Clock, OrganizationId, Provider};

use crate::cache::Cache;
use crate::errors::port_error;

/// The port's name in errors.
pub(crate) const PORT: &str = "secrets";

/// The tag of a connection that was never seen to work: nothing is imported from it. A secret's first version is the current one
/// from the moment on at which it is made, so that nothing else can tell.
pub const UNVERIFIED_TAG: &str = "spanlift-unverified";
/// How long a secret is used before it is read again.
const SECRET_LIFETIME: Duration = Duration::from_mins(5);
/// How long a connection that was there counts as there. That there is none is never remembered: it may be made any time.
const EXISTENCE_LIFETIME: Duration = Duration::from_mins(1);
const MOST_ENTRIES: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// Organizations' connections to providers: the secrets `<prefix>/<organization_id>/<provider>`.
pub struct Connections {
    pub(crate) client: Client,
    prefix: String,
    /// Each with its version.
    pub(crate) secrets: Cache<(SecretString, String)>,
    existence: Cache<()>,
}

impl Connections {
    /// The connections under `prefix`. Cached values expire by `clock`.
    #[must_use]
    pub fn new(aws: &SdkConfig, prefix: &str, clock: impl Clock + 'static) -> Self {
        Self::with_client(Client::new(aws), prefix, clock)
    }

    pub(crate) fn with_client(client: Client, prefix: &str, clock: impl Clock + 'static) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        Self {
            client,
            prefix: prefix.to_owned(),
            secrets: Cache::new(SECRET_LIFETIME, MOST_ENTRIES, Arc::clone(&clock)),
            existence: Cache::new(EXISTENCE_LIFETIME, MOST_ENTRIES, clock),
        }
    }

    /// Has the organization a connection to the provider that was seen to work? Needs no right to read it.
    ///
    /// # Errors
    /// When Secrets Manager cannot be asked.
    pub async fn is_connected(&self, organization_id: &OrganizationId, provider: &Provider) -> Result<bool, PortError> {
        let id = self.secret_id(organization_id, provider);
        if self.existence.get(&id).is_some() {
            return Ok(true);
        }
        let is_connected = match self.client.describe_secret().secret_id(&id).send().await {
            Ok(described) => {
                let is_unverified = described.tags().iter().any(|tag| tag.key() == Some(UNVERIFIED_TAG));
                described.deleted_date().is_none() && !is_unverified
            }
            Err(error)
                if error.as_service_error().is_some_and(DescribeSecretError::is_resource_not_found_exception) =>
            {
                false
            }
            Err(error) => return Err(port_error(PORT, "DescribeSecret", &error)),
        };
        if is_connected {
            self.existence.put(&id, ());
        }
        Ok(is_connected)
    }

    pub(crate) fn secret_id(&self, organization_id: &OrganizationId, provider: &Provider) -> String {
        format!("{}/{organization_id}/{provider}", self.prefix)
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connections").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
