use std::collections::HashMap;
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
    /// Versions that no import reads, by their ids.
    pending: Mutex<HashMap<String, Value>>,
}

impl FakeCredentials {
    /// Everybody's connection to every provider.
    #[must_use]
    pub fn new(connection: Value) -> Self {
        Self { connection: Mutex::new(Some((1, connection))), cached: Mutex::default(), pending: Mutex::default() }
    }

    /// Replaces a field of the secret, which is a new version of it.
    pub fn set(&self, field: &str, value: impl Into<Value>) {
        if let Some((version, connection)) = self.connection.lock().unwrap().as_mut() {
            *version += 1;
            connection[field] = value.into();
        }
    }

    /// Puts a version that is only to be tried.
    pub fn put_pending(&self, version: &str, connection: Value) {
        self.pending.lock().unwrap().insert(version.to_owned(), connection);
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

    async fn version(&self, _: &OrganizationId, _: &Provider, version: &str) -> Result<Option<Secret>, PortError> {
        let pending = self.pending.lock().unwrap();
        Ok(pending.get(version).map(|connection| Secret {
            json: SecretString::from(connection.to_string()),
            version: version.to_owned(),
            is_cached: false,
        }))
    }
}
