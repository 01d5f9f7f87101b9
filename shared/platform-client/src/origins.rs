use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use spanlift_model::PlatformError;

use crate::allow_list::AllowList;
use crate::failure::unreachable;
use crate::origin::Origin;
use crate::resolver::GuardedResolver;
use crate::tls;

/// A sandbox serves many customers, a few at a time.
const MOST_CLIENTS: NonZeroUsize = NonZeroUsize::new(16).unwrap();
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Phoenix closes after 5 s (docs/platforms/phoenix.md#13-connections).
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);
const MOST_IDLE_CONNECTIONS: usize = 8;
pub(crate) const USER_AGENT: &str = concat!("spanlift/", env!("CARGO_PKG_VERSION"));

/// The HTTP clients of a process that were used last, one an origin, because what may be called
/// depends on scheme and port, and a resolver is told neither.
pub(crate) struct Origins {
    allow_list: Arc<AllowList>,
    tls: Option<ClientConfig>,
    clients: Mutex<LruCache<Origin, reqwest::Client>>,
}

impl Origins {
    pub(crate) fn new(allow_list: Arc<AllowList>, tls: Option<ClientConfig>) -> Self {
        Self { allow_list, tls, clients: Mutex::new(LruCache::new(MOST_CLIENTS)) }
    }

    pub(crate) fn client(&self, origin: &Origin) -> Result<reqwest::Client, PlatformError> {
        // A panic elsewhere leaves the cache usable.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(origin) {
            return Ok(client.clone());
        }
        let tls = match &self.tls {
            Some(tls) => Ok(tls),
            None => tls::of_machine(),
        };
        let tls = tls.map_err(|error| {
            tracing::error!(%error, "this machine has no certificate authorities to trust");
            unreachable(origin)
        })?;
        let client = self.build(origin, tls).map_err(|_| unreachable(origin))?;
        clients.put(origin.clone(), client.clone());
        Ok(client)
    }

    fn build(&self, origin: &Origin, tls: &ClientConfig) -> reqwest::Result<reqwest::Client> {
        let resolver = GuardedResolver { origin: origin.clone(), allow_list: Arc::clone(&self.allow_list) };
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .dns_resolver(Arc::new(resolver))
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .http1_only()
            .gzip(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .pool_max_idle_per_host(MOST_IDLE_CONNECTIONS)
            .tcp_nodelay(true)
            .user_agent(USER_AGENT)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn keeps_the_clients_that_were_used_last() {
        let origins = Origins::new(Arc::default(), None);
        let origin = |port: usize| Origin::of(&Url::parse(&format!("https://a.example:{port}")).unwrap()).unwrap();
        let most = MOST_CLIENTS.get();
        for port in 1..=most {
            origins.client(&origin(port)).unwrap();
        }
        origins.client(&origin(1)).unwrap();
        origins.client(&origin(99)).unwrap();
        let clients = origins.clients.lock().unwrap();
        let last_used_first: Vec<_> = clients.iter().map(|(known, _)| usize::from(known.port)).collect();
        let expected: Vec<_> = [99, 1].into_iter().chain((3..=most).rev()).collect();
        assert_eq!(last_used_first, expected);
    }
}
