use std::fmt;

use spanlift_model::{FailureReason, PlatformError};
use url::Url;

use crate::allow_list::AllowList;
use crate::origin::{Origin, Scheme};

/// More than any address that a person would paste.
const MAX_LENGTH: usize = 2048;

/// Is a credential sent to a host?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes: over `https`, or to a host that the allow list names.
    Credential,
    /// No: `http` is as good as `https`.
    Anonymous,
}

/// Where a platform's API begins, as a connection names it: `https://app.example/s/acme`. Checked, but for the
/// addresses that its name has; those are checked whenever a connection is made.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    origin: Origin,
}

impl BaseUrl {
    /// Reads what a customer typed. A path is kept as a prefix, without slashes at its end.
    ///
    /// # Errors
    /// [`PlatformError::Refused`], with what to do about it.
    pub fn parse(text: &str, access: Access, allow_list: &AllowList) -> Result<Self, PlatformError> {
        let text = text.trim();
        check_text(text).map_err(bad_connection)?;
        let mut url = Url::parse(text).map_err(|_| bad_connection(NOT_A_URL))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad_connection(USERINFO));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let origin = Origin::of(&url).filter(|origin| origin.port != 0).ok_or_else(|| bad_connection(NOT_A_URL))?;
        check_origin(&origin, access, allow_list)?;
        Ok(Self { url, origin })
    }

    /// What connections are made to.
    #[must_use]
    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The host's name or address, without the port.
    #[must_use]
    pub fn host(&self) -> String {
        self.origin.host.to_string()
    }

    /// The prefix path: empty, or `/s/acme`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// The same host with another prefix path, for what people paste that is not the API's beginning.
    #[must_use]
    pub(crate) fn with_path(mut self, path: &str) -> Self {
        self.url.set_path(path.trim_end_matches('/'));
        self
    }

    /// Without `/v1/traces`, `/api` or the like at the end of the path, if it is there.
    #[must_use]
    pub fn without_suffix(self, suffix: &str) -> Self {
        match self.path().strip_suffix(suffix).map(str::to_owned) {
            Some(path) => self.with_path(&path),
            None => self,
        }
    }

    /// An address below this one. Segments and query values are encoded here, whatever they hold.
    pub(crate) fn join(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, PlatformError> {
        // A URL cannot say them: every library takes them for steps in the path, encoded or not.
        if segments.iter().any(|segment| matches!(*segment, "." | "..")) {
            return Err(bad_connection(DOT_NAME));
        }
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BaseUrl({self})")
    }
}

const NOT_A_URL: &str = "The connection's host is not a web address. Give it as https://host, with nothing around it.";
const NO_SCHEME: &str = "The connection's host must begin with https://. Write that before it.";
const USERINFO: &str =
    "The connection's host holds a user name or password. Take them out; keys have their own fields.";
const QUERY: &str = "The connection's host holds a ? or #. Give only what stands before it.";
const DOT_NAME: &str = "The connection names a project \".\" or \"..\", which cannot be asked for. Rename the project.";
const PLAIN_HTTP: &str = "The connection's host is http, which would send the key in the clear. Use https, or ask whoever runs \
                          Spanlift to put the host on the allow list.";
pub(crate) const NOT_PUBLIC: &str = "The connection's host has no address on the public internet. Give the platform's public \
                                     address, or ask whoever runs Spanlift to put the host on the allow list.";

/// What a URL parser would mend in silence, or read otherwise than a person does.
fn check_text(text: &str) -> Result<(), &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or(NO_SCHEME)?;
    Scheme::parse(scheme).ok_or(NO_SCHEME)?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        Err(USERINFO)
    } else if rest.contains(['?', '#']) {
        Err(QUERY)
    } else if authority.is_empty()
        || text.len() > MAX_LENGTH
        || text.contains(|character: char| character == '\\' || character.is_whitespace() || character.is_control())
    {
        Err(NOT_A_URL)
    } else {
        Ok(())
    }
}

/// All that can be said of a host before its name is looked up.
pub(crate) fn check_origin(origin: &Origin, access: Access, allow_list: &AllowList) -> Result<(), PlatformError> {
    if origin.address().is_some_and(|address| !allow_list.permits(origin, address)) {
        return Err(host_refused(NOT_PUBLIC));
    }
    if origin.scheme == Scheme::Http && access == Access::Credential && !allow_list.names(origin) {
        return Err(host_refused(PLAIN_HTTP));
    }
    Ok(())
}

pub(crate) fn bad_connection(advice: &str) -> PlatformError {
    PlatformError::Refused { reason: FailureReason::BadConnection, advice: advice.to_owned() }
}

pub(crate) fn host_refused(advice: &str) -> PlatformError {
    PlatformError::Refused { reason: FailureReason::HostRefused, advice: advice.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "http://127.0.0.1:6006 http://phoenix.internal https://10.0.0.0/8";

    fn parse(text: &str, access: Access) -> Result<BaseUrl, PlatformError> {
        BaseUrl::parse(text, access, &LIST.parse().unwrap())
    }

    #[test]
    fn keeps_what_matters_of_a_good_one() {
        for (text, base, origin) in [
            ("https://us.cloud.langfuse.com", "https://us.cloud.langfuse.com", "https://us.cloud.langfuse.com:443"),
            (" https://a.example/ \n", "https://a.example", "https://a.example:443"),
            ("https://a.example///", "https://a.example", "https://a.example:443"),
            ("https://a.example:8443/s/acme//", "https://a.example:8443/s/acme", "https://a.example:8443"),
            ("HTTPS://A.Example:443/S", "https://a.example/S", "https://a.example:443"),
            ("https://bücher.example", "https://xn--bcher-kva.example", "https://xn--bcher-kva.example:443"),
            ("https://8.8.8.8", "https://8.8.8.8", "https://8.8.8.8:443"),
            ("https://[2606:4700::1111]:8443", "https://[2606:4700::1111]:8443", "https://[2606:4700::1111]:8443"),
            ("https://10.1.2.3", "https://10.1.2.3", "https://10.1.2.3:443"),
            ("http://127.0.0.1:6006/", "http://127.0.0.1:6006", "http://127.0.0.1:6006"),
            ("http://phoenix.internal:99", "http://phoenix.internal:99", "http://phoenix.internal:99"),
            ("https://a.example/x/../@/y", "https://a.example/@/y", "https://a.example:443"),
        ] {
            let parsed = parse(text, Access::Credential).unwrap();
            assert_eq!((parsed.to_string().as_str(), parsed.origin().to_string().as_str()), (base, origin), "{text}");
        }
        assert!(parse("http://phoenix.example:6006", Access::Anonymous).is_ok());
    }

    #[test]
    fn refuses_with_a_sentence_that_says_what_to_do() {
        let bad = |advice: &str| bad_connection(advice);
        for (text, error) in [
            ("", bad(NO_SCHEME)),
            ("us.cloud.langfuse.com", bad(NO_SCHEME)),
            ("//a.example", bad(NO_SCHEME)),
            ("https:a.example", bad(NO_SCHEME)),
            (r"https:\\a.example", bad(NO_SCHEME)),
            ("ftp://a.example", bad(NO_SCHEME)),
            ("file:///etc/passwd", bad(NO_SCHEME)),
            ("https://", bad(NOT_A_URL)),
            ("https:///a.example", bad(NOT_A_URL)),
            ("https://a b.example", bad(NOT_A_URL)),
            ("https://a.exa\tmple", bad(NOT_A_URL)),
            (r"https://a.example\@b.example", bad(NOT_A_URL)),
            ("https://a.example:99999", bad(NOT_A_URL)),
            ("https://a.example:0", bad(NOT_A_URL)),
            ("https://[fe80::1%25eth0]", bad(NOT_A_URL)),
            ("https://user:secret@a.example", bad(USERINFO)),
            ("https://secret@a.example", bad(USERINFO)),
            ("https://@a.example", bad(USERINFO)),
            ("https://:@a.example", bad(USERINFO)),
            ("https://a.example@b.example/", bad(USERINFO)),
            ("https://a.example?key=secret", bad(QUERY)),
            ("https://a.example/?", bad(QUERY)),
            ("https://a.example/#/login", bad(QUERY)),
            ("http://a.example", host_refused(PLAIN_HTTP)),
            ("http://127.0.0.1:6007", host_refused(NOT_PUBLIC)),
            ("https://127.0.0.1:6006", host_refused(NOT_PUBLIC)),
            ("https://127.1", host_refused(NOT_PUBLIC)),
            ("https://2130706433", host_refused(NOT_PUBLIC)),
            ("https://0x7f.1.", host_refused(NOT_PUBLIC)),
            ("https://0", host_refused(NOT_PUBLIC)),
            ("https://169.254.169.254/latest", host_refused(NOT_PUBLIC)),
            ("https://[::1]", host_refused(NOT_PUBLIC)),
            ("https://[::ffff:169.254.169.254]", host_refused(NOT_PUBLIC)),
            ("https://①⑦②.16.0.1", host_refused(NOT_PUBLIC)),
        ] {
            assert_eq!(parse(text, Access::Credential).unwrap_err(), error, "{text}");
            assert!(!error.to_string().contains("secret"));
        }
        assert!(parse(&format!("https://a.example/{}", "a".repeat(MAX_LENGTH)), Access::Credential).is_err());
        assert_eq!(parse("http://10.0.0.1", Access::Anonymous).unwrap_err(), host_refused(NOT_PUBLIC));
    }

    #[test]
    fn joins_whatever_a_name_holds() {
        let base = parse("https://a.example/s/acme/", Access::Credential).unwrap();
        for (name, path) in [
            ("a/b", "a%2Fb"),
            ("a b", "a%20b"),
            ("%2F", "%252F"),
            ("?x#y", "%3Fx%23y"),
            ("é", "%C3%A9"),
            ("a+b", "a+b"),
            ("@evil.example", "@evil.example"),
            (r"\", "%5C"),
        ] {
            let url = base.join(&["v1", "projects", name], &[]).unwrap();
            assert_eq!(url.as_str(), format!("https://a.example/s/acme/v1/projects/{path}"));
        }
        let url = base.join(&["v1"], &[("filter", "a&b=c"), ("from", "2026-11-20T15:00:00+00:00")]).unwrap();
        assert_eq!(url.query(), Some("filter=a%26b%3Dc&from=2026-11-20T15%3A00%3A00%2B00%3A00"));
        assert_eq!(base.join(&["v1", ".."], &[]).unwrap_err(), bad_connection(DOT_NAME));
    }

    #[test]
    fn drops_what_people_paste_behind_the_beginning() {
        let base = |text: &str| parse(text, Access::Credential).unwrap();
        for (text, suffix, expected) in [
            ("https://a.example/v1/traces", "/v1/traces", "https://a.example"),
            ("https://a.example/s/acme/v1/traces/", "/v1/traces", "https://a.example/s/acme"),
            ("https://a.example/s/acme", "/v1/traces", "https://a.example/s/acme"),
            ("https://a.example", "/api", "https://a.example"),
        ] {
            assert_eq!(base(text).without_suffix(suffix).to_string(), expected);
        }
        assert_eq!(base("https://a.example/x").with_path("/y/").path(), "/y");
        assert_eq!(base("https://a.example/x").with_path("").path(), "");
    }
}
