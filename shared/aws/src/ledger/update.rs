use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// An update expression in the making. Every attribute goes by a placeholder of its own name, reserved word or not.
#[derive(Debug, Default)]
pub(crate) struct Update {
    sets: Vec<String>,
    removes: Vec<String>,
    adds: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Update {
    pub(crate) fn set(&mut self, name: &str, value: AttributeValue) {
        self.sets.push(format!("#{name} = :{name}"));
        self.mention(name);
        self.bind(name, value);
    }

    /// Sets what is not there yet.
    pub(crate) fn set_once(&mut self, name: &str, value: AttributeValue) {
        self.sets.push(format!("#{name} = if_not_exists(#{name}, :{name})"));
        self.mention(name);
        self.bind(name, value);
    }

    pub(crate) fn set_or_remove(&mut self, name: &str, value: Option<AttributeValue>) {
        match value {
            Some(value) => self.set(name, value),
            None => self.remove(name),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.removes.push(format!("#{name}"));
        self.mention(name);
    }

    /// Adds to a number.
    pub(crate) fn add(&mut self, name: &str, value: AttributeValue) {
        self.adds.push(format!("#{name} :{name}"));
        self.mention(name);
        self.bind(name, value);
    }

    /// Lets a condition say `#name`.
    pub(crate) fn mention(&mut self, name: &str) {
        self.names.insert(format!("#{name}"), name.to_owned());
    }

    /// Lets a condition say `:name`.
    pub(crate) fn bind(&mut self, name: &str, value: AttributeValue) {
        self.values.insert(format!(":{name}"), value);
    }

    /// The expression, its names and its values.
    pub(crate) fn build(self) -> (String, HashMap<String, String>, HashMap<String, AttributeValue>) {
        let clauses = [("SET", self.sets), ("REMOVE", self.removes), ("ADD", self.adds)];
        let clauses = clauses.into_iter().filter(|(_, parts)| !parts.is_empty());
        let expression: Vec<_> = clauses.map(|(verb, parts)| format!("{verb} {}", parts.join(", "))).collect();
        (expression.join(" "), self.names, self.values)
    }
}
