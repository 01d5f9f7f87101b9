use serde_json::Value;
use spanlift_model::Timestamp;

use super::{Expression, Field, Operator};

/// No filter that a person or a program writes is nested deeper.
const DEEPEST: usize = 32;

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {at}")]
pub struct FilterError {
    problem: &'static str,
    at: usize,
}

/// Reads a filter.
///
/// # Errors
/// [`FilterError`] says what is wrong and where.
pub fn parse(text: &str) -> Result<Expression, FilterError> {
    let mut parser = Parser { text, at: 0 };
    let expression = parser.expression(0)?;
    parser.skip_space();
    if parser.rest().is_empty() { Ok(expression) } else { Err(parser.error("something follows the expression")) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn expression(&mut self, depth: usize) -> Result<Expression, FilterError> {
        if depth > DEEPEST {
            return Err(self.error("nested too deeply"));
        }
        let word = self.word();
        self.expect('(')?;
        let expression = match word {
            "and" => Expression::And(self.expressions(depth)?),
            "or" => Expression::Or(self.expressions(depth)?),
            "not" => Expression::Not(Box::new(self.expression(depth + 1)?)),
            word => {
                let operator = Operator::of(word).ok_or_else(|| self.error("no such operator"))?;
                let name = self.word();
                let field = Field::of(name).ok_or_else(|| self.error("no such attribute"))?;
                self.expect(',')?;
                let literal = self.literal()?;
                self.check(operator, field, &literal)?;
                Expression::Compare(operator, field, literal)
            }
        };
        self.expect(')')?;
        Ok(expression)
    }

    fn expressions(&mut self, depth: usize) -> Result<Vec<Expression>, FilterError> {
        let mut all = vec![self.expression(depth + 1)?];
        while self.take(',') {
            all.push(self.expression(depth + 1)?);
        }
        Ok(all)
    }

    fn check(&self, operator: Operator, field: Field, literal: &Value) -> Result<(), FilterError> {
        let is_time = |value: &Value| value.as_str().is_some_and(|text| Timestamp::parse_platform(text).is_ok());
        if (operator == Operator::In) != literal.is_array() {
            Err(self.error("`in` takes a list, and nothing else does"))
        } else if field.is_time() && !is_time(literal) {
            Err(self.error("not a time"))
        } else {
            Ok(())
        }
    }

    fn literal(&mut self) -> Result<Value, FilterError> {
        self.skip_space();
        match self.rest().chars().next() {
            Some('"' | '\'') => self.string().map(Value::String),
            Some('[') => self.list(),
            _ => {
                let end = self.rest().find([',', ')', ']', ' ']).unwrap_or(self.rest().len());
                let text = self.take_bytes(end);
                match serde_json::from_str(text) {
                    Ok(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value),
                    _ => Err(self.error("not a literal")),
                }
            }
        }
    }

    fn list(&mut self) -> Result<Value, FilterError> {
        self.expect('[')?;
        let mut items = Vec::new();
        if self.take(']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.literal()?);
            if !self.take(',') {
                break;
            }
        }
        self.expect(']')?;
        Ok(Value::Array(items))
    }

    /// A string in either kind of quotes; a backslash escapes as in JSON.
    fn string(&mut self) -> Result<String, FilterError> {
        let mut characters = self.rest().char_indices();
        let quote = characters.next().map(|(_, quote)| quote);
        let mut is_escaped = false;
        let mut json = String::from("\"");
        for (index, character) in characters {
            match character {
                _ if is_escaped => {
                    is_escaped = false;
                    // JSON knows no escaped apostrophe.
                    if character != '\'' {
                        json.push('\\');
                    }
                    json.push(character);
                }
                '\\' => is_escaped = true,
                _ if Some(character) == quote => {
                    json.push('"');
                    self.at += index + 1;
                    return serde_json::from_str(&json).map_err(|_| self.error("not a string"));
                }
                '"' => json.push_str("\\\""),
                _ => json.push(character),
            }
        }
        Err(self.error("a string does not end"))
    }

    fn word(&mut self) -> &'a str {
        self.skip_space();
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let end = self.rest().find(|character| !is_part(character)).unwrap_or(self.rest().len());
        self.take_bytes(end)
    }

    fn expect(&mut self, wanted: char) -> Result<(), FilterError> {
        if self.take(wanted) { Ok(()) } else { Err(self.error("unexpected token")) }
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip_space();
        let is_there = self.rest().starts_with(wanted);
        if is_there {
            self.at += wanted.len_utf8();
        }
        is_there
    }

    fn take_bytes(&mut self, count: usize) -> &'a str {
        let (taken, _) = self.rest().split_at_checked(count).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    const fn error(&self, problem: &'static str) -> FilterError {
        FilterError { problem, at: self.at }
    }
}
