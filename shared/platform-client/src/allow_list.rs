use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::Host;

use crate::addresses::{embedded_v4, refused_range};
use crate::origin::{Origin, Scheme};

/// The hosts and networks that a deployment lets connections name although they are not of the public internet, or
/// not `https`: `scheme://host-or-CIDR[:port]`, separated by commas or blanks. Without a port, any.
///
/// `http://127.0.0.1:6006, https://10.0.0.0/8, http://[fd00::/8]:6006, http://phoenix.internal`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    entries: Vec<Entry>,
}

/// Why a text is no [`AllowList`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the allow list's entry {entry:?} is not scheme://host-or-CIDR[:port]: {problem}")]
pub struct AllowListError {
    entry: String,
    problem: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    scheme: Scheme,
    target: Target,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Name(String),
    Network(IpNet),
}

impl AllowList {
    /// The host is named: by its name, or as an address by a network.
    #[must_use]
    pub(crate) fn names(&self, origin: &Origin) -> bool {
        match (&origin.host, origin.address()) {
            (_, Some(address)) => self.has_network(origin, address),
            (Host::Domain(name), None) => self
                .of(origin)
                .any(|entry| matches!(&entry.target, Target::Name(named) if named.eq_ignore_ascii_case(name))),
            _ => false,
        }
    }

    /// May the host be called at this address? A named host at any, everything else at public ones and at those in
    /// a listed network. An address that stands for an IPv4 address behind a gateway needs both to be right.
    #[must_use]
    pub(crate) fn permits(&self, origin: &Origin, address: IpAddr) -> bool {
        let is_right = |address| refused_range(address).is_none() || self.has_network(origin, address);
        let is_named = origin.address().is_none() && self.names(origin);
        is_named || (is_right(address) && embedded_v4(address).is_none_or(|inner| is_right(inner.into())))
    }

    fn has_network(&self, origin: &Origin, address: IpAddr) -> bool {
        self.of(origin).any(|entry| matches!(entry.target, Target::Network(network) if network.contains(&address)))
    }

    fn of(&self, origin: &Origin) -> impl Iterator<Item = &Entry> {
        let (scheme, port) = (origin.scheme, origin.port);
        self.entries.iter().filter(move |entry| entry.scheme == scheme && entry.port.is_none_or(|only| only == port))
    }
}

impl FromStr for AllowList {
    type Err = AllowListError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = text.split(|separator: char| separator == ',' || separator.is_whitespace());
        let entries = words
            .filter(|word| !word.is_empty())
            .map(|word| parse_entry(word).map_err(|problem| AllowListError { entry: word.to_owned(), problem }));
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }
}

fn parse_entry(text: &str) -> Result<Entry, &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or("no scheme")?;
    let scheme = Scheme::parse(scheme).ok_or("the scheme is neither http nor https")?;
    if let Some(bracketed) = rest.strip_prefix('[') {
        let (inside, after) = bracketed.split_once(']').ok_or("the bracket is not closed")?;
        let port = match after.strip_prefix(':') {
            Some(port) => Some(parse_port(port)?),
            None if after.is_empty() => None,
            None => return Err("what stands after the bracket is no port"),
        };
        return Ok(Entry { scheme, target: parse_v6(inside)?, port });
    }
    let (target, port) = match rest.split_once(':') {
        Some((target, port)) => (target, Some(parse_port(port)?)),
        None => (rest, None),
    };
    Ok(Entry { scheme, target: parse_target(target)?, port })
}

fn parse_v6(text: &str) -> Result<Target, &'static str> {
    let problem = "brackets hold an IPv6 address or network";
    let network = if text.contains('/') {
        text.parse::<Ipv6Net>().map_err(|_| problem)?
    } else {
        text.parse::<Ipv6Addr>().map_err(|_| problem)?.into()
    };
    Ok(Target::Network(IpNet::V6(network)))
}

fn parse_target(text: &str) -> Result<Target, &'static str> {
    if text.contains('/') {
        let network = text.parse::<Ipv4Net>().map_err(|_| "the network is not an IPv4 CIDR, and there is no path")?;
        return Ok(Target::Network(IpNet::V4(network)));
    }
    match Host::parse(text).map_err(|_| "the host is not one")? {
        Host::Domain(name) => Ok(Target::Name(name)),
        Host::Ipv4(address) => Ok(Target::Network(IpNet::V4(address.into()))),
        Host::Ipv6(address) => Ok(Target::Network(IpNet::V6(address.into()))),
    }
}

fn parse_port(text: &str) -> Result<u16, &'static str> {
    let port = text.parse().ok().filter(|port| *port != 0);
    port.ok_or("the port is not a number from 1 to 65535 (IPv6 needs brackets)")
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::of(&Url::parse(url).unwrap()).unwrap()
    }

    #[test]
    fn names_hosts_by_scheme_host_and_port() {
        for (list, url, is_named) in [
            ("http://phoenix.internal:6006", "http://phoenix.internal:6006", true),
            ("HTTP://Phoenix.Internal:6006", "http://PHOENIX.internal:6006", true),
            ("http://phoenix.internal:6006", "http://phoenix.internal:6007", false),
            ("http://phoenix.internal:6006", "https://phoenix.internal:6006", false),
            ("http://phoenix.internal", "http://phoenix.internal:6007", true),
            ("http://phoenix.internal", "http://phoenix.internal", true),
            ("http://phoenix.internal:80", "http://phoenix.internal", true),
            ("https://phoenix.internal:443", "https://phoenix.internal", true),
            ("http://phoenix.internal", "http://x.phoenix.internal", false),
            ("http://phoenix.internal", "http://phoenix.internal.evil.example", false),
            ("http://10.0.0.0/8", "http://10.1.2.3:9", true),
            ("http://10.0.0.0/8:9", "http://10.1.2.3:9", true),
            ("http://10.0.0.0/8:9", "http://10.1.2.3:8", false),
            ("http://10.0.0.0/8", "http://11.1.2.3", false),
            ("http://10.0.0.0/8", "http://phoenix.internal", false),
            ("http://0.0.0.0/0", "http://127.0.0.1", true),
            ("http://0.0.0.0/0", "http://[::1]", false),
            ("http://127.0.0.1:6006", "http://127.0.0.1:6006", true),
            ("http://127.0.0.1:6006", "http://2130706433:6006", true),
            ("http://127.0.0.1:6006", "http://[::ffff:127.0.0.1]:6006", false),
            ("http://[::1]:6006", "http://[0:0::1]:6006", true),
            ("http://[fd00::/8]:6006", "http://[fd12::1]:6006", true),
            ("http://[fd00::/8]", "http://[fd12::1]:6006", true),
            ("http://[fd00::/8]:6006", "http://[fe80::1]:6006", false),
            ("", "http://phoenix.internal", false),
            (" , https://a.example,http://b.example\n", "http://b.example", true),
        ] {
            let list: AllowList = list.parse().unwrap();
            assert_eq!(list.names(&origin(url)), is_named, "{list:?} {url}");
        }
    }

    #[test]
    fn permits_public_addresses_and_what_is_listed() {
        for (list, url, address, is_permitted) in [
            ("", "https://a.example", "8.8.8.8", true),
            ("", "https://a.example", "10.0.0.1", false),
            ("https://10.0.0.0/8", "https://a.example", "10.0.0.1", true),
            ("https://10.0.0.0/8:8443", "https://a.example", "10.0.0.1", false),
            ("http://10.0.0.0/8", "https://a.example", "10.0.0.1", false),
            ("https://10.0.0.0/8", "https://a.example", "127.0.0.1", false),
            ("https://a.example", "https://a.example", "127.0.0.1", true),
            ("https://b.example", "https://a.example", "127.0.0.1", false),
            // A gateway's prefix on the list does not open what lies behind it.
            ("https://[64:ff9b::/96]", "https://a.example", "64:ff9b::8.8.8.8", true),
            ("https://[64:ff9b::/96]", "https://a.example", "64:ff9b::10.0.0.1", false),
            ("https://[64:ff9b::/96] https://10.0.0.0/8", "https://a.example", "64:ff9b::10.0.0.1", true),
            ("https://[2002::/16]", "https://a.example", "2002:7f00:1::", false),
            ("https://10.0.0.0/8", "https://a.example", "::ffff:10.0.0.1", false),
        ] {
            let list: AllowList = list.parse().unwrap();
            assert_eq!(list.permits(&origin(url), address.parse().unwrap()), is_permitted, "{list:?} {address}");
        }
    }

    #[test]
    fn names_the_entry_that_is_wrong() {
        for (text, entry) in [
            ("http://ok.example, phoenix.internal", "phoenix.internal"),
            ("ftp://a.example", "ftp://a.example"),
            ("http://", "http://"),
            ("http://a.example:0", "http://a.example:0"),
            ("http://a.example:65536", "http://a.example:65536"),
            ("http://a.example:", "http://a.example:"),
            ("http://a.example/path", "http://a.example/path"),
            ("http://10.0.0.0/33", "http://10.0.0.0/33"),
            ("http://::1", "http://::1"),
            ("http://[::1", "http://[::1"),
            ("http://[::1]6006", "http://[::1]6006"),
            ("http://[10.0.0.1]", "http://[10.0.0.1]"),
            ("http://[fd00::/129]", "http://[fd00::/129]"),
            ("http://user@a.example", "http://user@a.example"),
        ] {
            let error = text.parse::<AllowList>().unwrap_err();
            assert_eq!(error.entry, entry);
            assert!(error.to_string().contains(&format!("{entry:?}")), "{error}");
        }
    }
}
