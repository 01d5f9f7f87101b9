use std::sync::Mutex;

use secrecy::SecretString;
use spanlift_importer::ports::{Credentials, Freshness, PortError, Secret};
use spanlift_model::{OrganizationId, Provider, Settings};

/// Secrets that change, behind a cache that never looks by itself.
pub(crate) struct FakeCredentials {
    pub(crate) key: Mutex<Option<String>>,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) cached: Mutex<Option<String>>,
}

impl Credentials for FakeCredentials {
    async fn secret(&self, _: &OrganizationId, _: &Provider, fresh: Freshness) -> Result<Option<Secret>, PortError> {
        let mut cached = self.cached.lock().unwrap();
        let is_cached = cached.is_some() && fresh == Freshness::Cached;
        if !is_cached {
            cached.clone_from(&self.key.lock().unwrap());
        }
        let Settings { capture_content, correlation } = *self.settings.lock().unwrap();
        let correlation = format!("{correlation:?}").to_lowercase();
        let json = |key: &String| {
            let json = serde_json::json!({"key": key, "capture_content": capture_content, "correlation": correlation});
            SecretString::from(json.to_string())
        };
        Ok(cached.as_ref().map(|key| Secret { json: json(key), is_cached }))
    }
}
