//! Reading the members of a request's body as `FastAPI` does: a wrong type is 422, null is nothing.

use serde_json::{Value, json};
use spanlift_model::Timestamp;

use crate::answer::{self, Answer};
use crate::filter::{Expression, parse};

pub(crate) struct Body<'a>(pub(crate) &'a Value);

impl<'a> Body<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Answer> {
        self.read(name, "Input should be a valid string", Value::as_str)
    }

    pub(crate) fn truth(&self, name: &str) -> Result<Option<bool>, Answer> {
        self.read(name, "Input should be a valid boolean", Value::as_bool)
    }

    pub(crate) fn count(&self, name: &str) -> Result<Option<usize>, Answer> {
        let count = |value: &Value| usize::try_from(value.as_u64()?).ok();
        self.read(name, "Input should be a valid integer", count)
    }

    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Answer> {
        let time = |value: &Value| Timestamp::parse_platform(value.as_str()?).ok();
        self.read(name, "Input should be a valid datetime", time)
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<&'a str>>, Answer> {
        self.read(name, "Input should be a valid list", |value| value.as_array()?.iter().map(Value::as_str).collect())
    }

    /// UUIDs, the first that is none being told.
    pub(crate) fn ids(&self, name: &str) -> Result<Vec<&'a str>, Answer> {
        let ids = self.texts(name)?.unwrap_or_default();
        if ids.iter().all(|id| is_uuid(id)) { Ok(ids) } else { Err(answer::not_a_session_id()) }
    }

    pub(crate) fn filter(&self, name: &str) -> Result<Option<Expression>, Answer> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        // The status is not known (docs/platforms/langsmith.md#44-filters); this is that of the samples.
        parse(text).map(Some).map_err(|_| answer::bad_filter())
    }

    fn read<T>(
        &self,
        name: &str,
        message: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Answer> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        read(value).map(Some).ok_or_else(|| answer::unprocessable(&[json!(name)], message, value))
    }
}

pub(crate) fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes = text.bytes().filter(|byte| *byte == b'-').count();
    digits == 32 && digits + dashes == text.len() && matches!(dashes, 0 | 4)
}
