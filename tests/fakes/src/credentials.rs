use std::sync::Mutex;

use secrecy::SecretString;
use serde_json::Value;
use spanlift_importer::PortError;
use spanlift_importer::ports::{Credentials, Freshness, Secret};
use spanlift_model::{OrganizationId, Provider};

/// A secret that changes, behind a cache that never looks by itself.
#[derive(Debug, Default)]
pub struct FakeCredentials {
    connection: Mutex<Option<(u32, Value)>>,
    cached: Mutex<Option<(u32, Value)>>,
}

impl FakeCredentials {
    /// Everybody's connection to every provider.
    #[must_use]
    pub fn new(connection: Value) -> Self {
        Self { connection: Mutex::new(Some((1, connection))), cached: Mutex::default() }
    }

    /// Replaces a field of the secret, which is a new version of it.
    pub fn set(&self, field: &str, value: impl Into<Value>) {
        if let Some((version, connection)) = self.connection.lock().unwrap().as_mut() {
            *version += 1;
            connection[field] = value.into();
        }
    }

    /// Forgets what was cached.
    pub fn forget(&self) {
        *self.cached.lock().unwrap() = None;
    }

    /// Deletes the secret, and forgets what was cached of it.
    pub fn disconnect(&self) {
        *self.connection.lock().unwrap() = None;
        self.forget();
    }
}

impl Credentials for FakeCredentials {
    async fn secret(&self, _: &OrganizationId, _: &Provider, fresh: Freshness) -> Result<Option<Secret>, PortError> {
        let mut cached = self.cached.lock().unwrap();
        let is_cached = cached.is_some() && fresh == Freshness::Cached;
        if !is_cached {
            cached.clone_from(&self.connection.lock().unwrap());
        }
        Ok(cached.as_ref().map(|(version, connection)| Secret {
            json: SecretString::from(connection.to_string()),
            version: format!("version-{version}"),
            is_cached,
        }))
    }
}
