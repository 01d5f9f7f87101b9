//! Query parameters and what is refused of them (docs/platforms/langfuse.md#31-query).

use spanlift_model::Timestamp;

use crate::answer::Answer;
use crate::filter::Filter;

/// A request's query, decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters<'a>(pub(crate) &'a [(String, String)]);

impl<'a> Parameters<'a> {
    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Repeated, or a comma list.
    pub(crate) fn list(self, name: &str) -> Vec<&'a str> {
        let values = self.0.iter().filter(|(known, _)| known == name);
        values.flat_map(|(_, value)| value.split(',')).filter(|value| !value.is_empty()).collect()
    }

    /// A whole number between `least` and `most`.
    pub(crate) fn number(self, name: &str, default: usize, least: usize, most: usize) -> Result<usize, Answer> {
        let Some(text) = self.text(name) else { return Ok(default) };
        match text.parse::<usize>() {
            Ok(number) if number > most => {
                Err(Answer::invalid(name, &format!("Too big: expected number to be <={most}")))
            }
            Ok(number) if number >= least => Ok(number),
            _ => Err(Answer::invalid(name, &format!("Too small: expected number to be >={least}"))),
        }
    }

    /// ISO 8601 with a zone.
    pub(crate) fn time(self, name: &str) -> Result<Option<Timestamp>, Answer> {
        let parse = |text| Timestamp::parse(text).map_err(|_| Answer::invalid(name, "Invalid ISO datetime"));
        self.text(name).map(parse).transpose()
    }

    /// `true` or `false`.
    pub(crate) fn truth(self, name: &str) -> Result<Option<bool>, Answer> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Answer::invalid(name, "Invalid option: expected one of \"true\"|\"false\"")),
        }
    }

    pub(crate) fn filters(self, columns: &[&str]) -> Result<Vec<Filter>, Answer> {
        self.text("filter").map_or(Ok(Vec::new()), |text| Filter::parse(text, columns))
    }
}
