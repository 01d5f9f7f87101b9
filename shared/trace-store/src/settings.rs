use secrecy::SecretString;

/// Where the trace store is, and what native rows call the organization and the simulation.
#[derive(Clone, Debug)]
pub struct TraceStoreSettings {
    /// The HTTP interface, `https://host:8443`.
    pub url: String,
    /// The database.
    pub database: String,
    /// The table of spans.
    pub table: String,
    /// The user.
    pub user: String,
    /// Their password.
    pub password: SecretString,
    /// The resource attribute in which native rows keep the organization.
    pub organization_attribute: String,
    /// The resource attribute in which native rows keep the simulation.
    pub simulation_attribute: String,
}

/// Why settings cannot be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an address of an HTTP interface.
    #[error("the trace store's URL must begin with http:// or https:// and hold no user, password or query")]
    Url,
    /// A name that would have to be quoted in SQL.
    #[error("the trace store's {0} must be a letter or '_', then letters, digits or '_'")]
    Identifier(&'static str),
    /// An attribute name that would have to be escaped in SQL.
    #[error("{0} must be 1 to 128 letters, digits, '.', '_', '-', ':' or '/'")]
    Attribute(&'static str),
    /// The system has no root certificates to trust.
    #[error("the system's root certificates cannot be read")]
    RootCertificates,
}

impl TraceStoreSettings {
    /// Names stand in the SQL itself, where nothing escapes them: what would need it is refused.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let rest = self.url.strip_prefix("https://").or_else(|| self.url.strip_prefix("http://"));
        if rest.is_none_or(|rest| rest.is_empty() || rest.contains(['@', '?', '#'])) {
            return Err(SettingsError::Url);
        }
        for (what, name) in [("database", &self.database), ("table", &self.table)] {
            if !is_identifier(name) {
                return Err(SettingsError::Identifier(what));
            }
        }
        for (what, name) in [
            ("the organization attribute", &self.organization_attribute),
            ("the simulation attribute", &self.simulation_attribute),
        ] {
            if !is_attribute(name) {
                return Err(SettingsError::Attribute(what));
            }
        }
        Ok(())
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_attribute(name: &str) -> bool {
    (1..=128).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:/".contains(&byte))
}
