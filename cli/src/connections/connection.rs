use std::fmt;

use secrecy::SecretString;
use serde_json::{Map, Value};

/// A connection's fields, keys among them. Shows none.
#[derive(Clone, Default, PartialEq)]
pub struct Connection(Map<String, Value>);

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connection")
    }
}

impl Connection {
    /// Reads the secret's text. `None` where it is no JSON object.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The secret's text.
    #[must_use]
    pub fn to_secret(&self) -> SecretString {
        Value::Object(self.0.clone()).to_string().into()
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(|value| !value.is_null())
    }

    pub(super) fn set(&mut self, field: &str, value: Value) {
        self.0.insert(field.to_owned(), value);
    }

    pub(super) fn remove(&mut self, field: &str) {
        self.0.remove(field);
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// Takes what another one has.
    pub(super) fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}
