//! The filter grammar, as far as rows of a stand-in can be compared (docs/platforms/langfuse.md#5-filters).

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value};
use spanlift_model::Timestamp;

use crate::answer::Answer;
use crate::metadata::stored_text;

/// One element of `filter`: all of them must hold.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Filter {
    #[serde(rename = "type")]
    kind: String,
    column: String,
    operator: String,
    value: Value,
    key: Option<String>,
    /// The options of `stringOptions`.
    #[serde(skip)]
    options: HashSet<String>,
}

const KINDS: &[(&str, &[&str])] = &[
    ("datetime", &[">", "<", ">=", "<="]),
    ("string", &["=", "contains", "does not contain", "starts with", "ends with"]),
    ("stringOptions", &["any of", "none of"]),
    ("stringObject", &["=", "contains", "does not contain", "starts with", "ends with"]),
];

impl Filter {
    pub(crate) fn parse(text: &str, columns: &[&str]) -> Result<Vec<Self>, Answer> {
        let json: Value = serde_json::from_str(text).map_err(|_| Answer::recorded("400-filter-json"))?;
        let mut filters: Vec<Self> = serde_json::from_value(json)
            .map_err(|_| Answer::invalid("filter", "Invalid input: expected array of filters"))?;
        for filter in &mut filters {
            let options = filter.value.as_array().into_iter().flatten();
            filter.options = options.filter_map(|option| option.as_str().map(str::to_owned)).collect();
            if !columns.contains(&filter.column.as_str()) {
                let message = format!("Column {} does not match a UI / CH table mapping.", filter.column);
                return Err(Answer::refused(&message));
            }
            let known = KINDS.iter().find(|(kind, _)| *kind == filter.kind);
            let is_sound = known.is_some_and(|(_, operators)| operators.contains(&filter.operator.as_str()))
                && (filter.kind != "stringObject" || filter.key.is_some())
                && (filter.kind != "stringOptions"
                    || filter.value.as_array().is_some_and(|options| !options.is_empty()));
            if !is_sound {
                return Err(Answer::invalid("filter", "Invalid input"));
            }
        }
        Ok(filters)
    }

    /// For a filter on ids of traces alone: is this one of them?
    pub(crate) fn admits_trace(&self, trace_id: &str) -> Option<bool> {
        let is_alone = self.kind == "stringOptions" && self.column == "traceId";
        is_alone.then(|| self.options.contains(trace_id) == (self.operator == "any of"))
    }

    /// Does a row, told with all its fields, pass?
    pub(crate) fn admits(&self, row: &Map<String, Value>, stored_metadata: &Map<String, Value>) -> bool {
        if self.kind == "stringObject" {
            let stored = self.key.as_ref().and_then(|key| stored_metadata.get(key)).map(stored_text);
            return stored.is_some_and(|stored| self.compares(&stored));
        }
        let value = row.get(&self.column).unwrap_or(&Value::Null);
        match (self.kind.as_str(), value.as_str()) {
            ("datetime", Some(text)) => self.compares_times(text),
            ("stringOptions", text) => {
                text.is_some_and(|text| self.options.contains(text)) == (self.operator == "any of")
            }
            (_, text) => self.compares(text.unwrap_or_default()),
        }
    }

    fn compares(&self, text: &str) -> bool {
        let value = self.value.as_str().unwrap_or_default();
        match self.operator.as_str() {
            "=" => text == value,
            "contains" => text.contains(value),
            "does not contain" => !text.contains(value),
            "starts with" => text.starts_with(value),
            _ => text.ends_with(value),
        }
    }

    fn compares_times(&self, text: &str) -> bool {
        let value = self.value.as_str().unwrap_or_default();
        let (Ok(time), Ok(value)) = (Timestamp::parse(text), Timestamp::parse(value)) else {
            return false;
        };
        match self.operator.as_str() {
            ">" => time > value,
            "<" => time < value,
            ">=" => time >= value,
            _ => time <= value,
        }
    }
}
