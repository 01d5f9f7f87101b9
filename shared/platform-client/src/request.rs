use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use spanlift_model::PlatformError;
use url::Url;

use crate::base_url::{Access, BaseUrl, bad_connection, host_refused};
use crate::origin::Origin;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const BAD_KEY: &str = "The connection's key holds a character that no key has. Enter it again, with nothing around it.";
const BAD_HEADER: &str = "The connection holds a value with a character that cannot be sent. Enter it again.";
const ELSEWHERE: &str =
    "The platform named an address on another host than the connection's; nothing is read from there.";

/// A request to a customer's host. It can be sent any number of times.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) origin: Origin,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) access: Access,
}

impl Request {
    /// A GET of what stands below `base`; segments and values are encoded here.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] for a segment `.` or `..`, which no URL can hold.
    pub fn get(base: &BaseUrl, segments: &[&str], query: &[(&str, &str)]) -> Result<Self, PlatformError> {
        Ok(Self {
            method: Method::GET,
            origin: base.origin().clone(),
            url: base.join(segments, query)?,
            headers: HeaderMap::from_iter([(ACCEPT, JSON)]),
            body: Bytes::new(),
            access: Access::Anonymous,
        })
    }

    /// A GET of an address that the platform itself gave: absolute, or relative to its host. Nothing but the address
    /// is sent, for it bears its own permission.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when it is none, or leads to another origin than `base`.
    pub fn get_url(base: &BaseUrl, address: &str) -> Result<Self, PlatformError> {
        let mut request = Self::get(base, &[], &[])?;
        let url = request.url.join(address).map_err(|_| host_refused(ELSEWHERE))?;
        let has_userinfo = !url.username().is_empty() || url.password().is_some();
        if has_userinfo || Origin::of(&url).as_ref() != Some(base.origin()) {
            return Err(host_refused(ELSEWHERE));
        }
        request.url = url;
        Ok(request)
    }

    /// A POST of JSON that only reads: it may be sent twice.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post_json(base: &BaseUrl, segments: &[&str], body: impl Into<Bytes>) -> Result<Self, PlatformError> {
        let mut request = Self::get(base, segments, &[])?;
        request.method = Method::POST;
        request.headers.insert(CONTENT_TYPE, JSON);
        request.body = body.into();
        Ok(request)
    }

    /// With a header that anybody may read.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when the value cannot be one of a header.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Result<Self, PlatformError> {
        let value = HeaderValue::from_str(value).map_err(|_| bad_connection(BAD_HEADER))?;
        self.headers.insert(header_name(name)?, value);
        Ok(self)
    }

    /// With a key in a header of its own.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] when the key cannot be the value of a header.
    pub fn with_key(self, name: &'static str, key: &SecretString) -> Result<Self, PlatformError> {
        self.with_credential(header_name(name)?, key.expose_secret())
    }

    /// With `Authorization: Bearer`.
    ///
    /// # Errors
    /// As [`Self::with_key`].
    pub fn with_bearer(self, key: &SecretString) -> Result<Self, PlatformError> {
        self.with_credential(AUTHORIZATION, &format!("Bearer {}", key.expose_secret()))
    }

    /// With `Authorization: Basic`.
    ///
    /// # Errors
    /// As [`Self::with_key`].
    pub fn with_basic(self, user: &str, password: &SecretString) -> Result<Self, PlatformError> {
        let pair = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
        self.with_credential(AUTHORIZATION, &format!("Basic {pair}"))
    }

    fn with_credential(mut self, name: HeaderName, value: &str) -> Result<Self, PlatformError> {
        let mut value = HeaderValue::from_str(value).map_err(|_| bad_connection(BAD_KEY))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self.access = Access::Credential;
        Ok(self)
    }
}

fn header_name(name: &'static str) -> Result<HeaderName, PlatformError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad_connection(BAD_HEADER))
}

/// Names no header's value and no query's.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("origin", &self.origin)
            .field("path", &self.url.path())
            .field("headers", &self.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>())
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allow_list::AllowList;

    fn get() -> Request {
        let base = BaseUrl::parse("https://a.example", Access::Credential, &AllowList::default()).unwrap();
        Request::get(&base, &["v1"], &[("filter", "secret-query")]).unwrap()
    }

    #[test]
    fn shows_no_secret() {
        let key = SecretString::from("secret-key");
        for request in [
            get().with_bearer(&key).unwrap(),
            get().with_basic("pk-lf", &key).unwrap(),
            get().with_key("x-api-key", &key).unwrap(),
        ] {
            let shown = format!("{request:?} {:?}", request.headers);
            assert!(!shown.contains("secret") && !shown.contains("c2VjcmV0") && !shown.contains("Basic"), "{shown}");
            assert_eq!(request.access, Access::Credential);
        }
        assert_eq!(get().access, Access::Anonymous);
    }

    #[test]
    fn writes_credentials_as_the_platforms_want_them() {
        let key = SecretString::from("sk");
        let value = |request: Request, name: &str| request.headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(value(get().with_bearer(&key).unwrap(), "authorization"), "Bearer sk");
        assert_eq!(value(get().with_basic("pk", &key).unwrap(), "authorization"), "Basic cGs6c2s=");
        assert_eq!(value(get().with_key("X-Api-Key", &key).unwrap(), "x-api-key"), "sk");
    }

    #[test]
    fn follows_an_address_on_the_same_origin_only() {
        let base = BaseUrl::parse("https://a.example/prefix", Access::Credential, &AllowList::default()).unwrap();
        for (address, url) in [
            ("/public/download?jwt=x.y", "https://a.example/public/download?jwt=x.y"),
            ("https://A.example:443/b?c=d", "https://a.example/b?c=d"),
        ] {
            let request = Request::get_url(&base, address).unwrap();
            assert_eq!(request.url.as_str(), url);
            assert_eq!((request.access, request.headers.len()), (Access::Anonymous, 1));
        }
        for address in [
            "https://b.example/",
            "http://a.example/",
            "https://a.example:8443/",
            "//b.example/",
            "\\\\b.example/",
            "https://user@a.example/",
            "https://a.example@b.example/",
            "https://",
            "file:///etc/passwd",
            "data:,x",
        ] {
            let error = Request::get_url(&base, address).unwrap_err();
            assert_eq!(error, host_refused(ELSEWHERE), "{address}");
        }
    }

    #[test]
    fn refuses_a_key_that_would_break_the_header() {
        for key in ["secret\r\nx: y", "secret\n", "secret\0"] {
            let error = get().with_bearer(&SecretString::from(key)).unwrap_err();
            assert_eq!(error, bad_connection(BAD_KEY));
        }
        assert_eq!(get().with_header("x-tenant-id", "a\nb").unwrap_err(), bad_connection(BAD_HEADER));
    }
}
