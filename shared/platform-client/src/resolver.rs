use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::allow_list::AllowList;
use crate::origin::Origin;

/// Every address of a name is one that we do not call.
#[derive(Debug, thiserror::Error)]
#[error("every address of the host is refused")]
pub(crate) struct AddressesRefused;

/// Looks up the name of one origin and keeps the addresses that may be called. What is connected to is what was
/// checked: there is no second look-up in which a name could turn elsewhere.
pub(crate) struct GuardedResolver {
    pub(crate) origin: Origin,
    pub(crate) allow_list: Arc<AllowList>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (origin, allow_list) = (self.origin.clone(), Arc::clone(&self.allow_list));
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(permitted(found, &origin, &allow_list)?.into_iter()) as Addrs)
        })
    }
}

fn permitted(
    found: Vec<SocketAddr>,
    origin: &Origin,
    allow_list: &AllowList,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    if found.is_empty() {
        return Err(Box::new(io::Error::from(io::ErrorKind::NotFound)));
    }
    let kept: Vec<_> = found.into_iter().filter(|address| allow_list.permits(origin, address.ip())).collect();
    if kept.is_empty() { Err(Box::new(AddressesRefused)) } else { Ok(kept) }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn keeps_only_what_may_be_called() {
        let origin = Origin::of(&Url::parse("https://a.example").unwrap()).unwrap();
        let keep = |list: &str, found: &[&str]| {
            let found = found.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect();
            let kept = permitted(found, &origin, &list.parse().unwrap());
            kept.map(|kept| kept.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>())
        };
        assert_eq!(keep("", &["10.0.0.1", "8.8.8.8", "::1"]).unwrap(), ["8.8.8.8"]);
        assert_eq!(keep("https://10.0.0.0/8", &["10.0.0.1", "8.8.8.8"]).unwrap(), ["10.0.0.1", "8.8.8.8"]);
        assert!(keep("", &["10.0.0.1", "::1"]).unwrap_err().is::<AddressesRefused>());
        assert!(keep("", &[]).unwrap_err().is::<io::Error>());
    }
}
