//! What Python's `repr` shows of dicts, lists, tuples and sets, as JSON. Whatever else a text is, it is none.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::Number;
use spanlift_model::json::{Map, Value};

/// Nothing that people send is deeper, and no input may use the stack up.
const DEEPEST: usize = 64;

/// The value that a text is the `repr` of, if that is a dict, a list, a tuple or a set.
#[must_use]
pub fn read(text: &str) -> Option<Value> {
    let text = text.trim();
    text.starts_with(['{', '[', '(']).then(|| whole(text, &[])).flatten()
}

/// The fields of what is shown as `content='…' name='…'`, as Pydantic's models are.
#[must_use]
pub fn fields(text: &str) -> Option<Map> {
    let mut parser = Parser { rest: text.trim().chars().peekable(), objects: &[] };
    let mut fields = Vec::new();
    while parser.rest.peek().is_some() {
        let name = parser.word();
        if name.is_empty() || !parser.takes('=') {
            return None;
        }
        fields.push((name, parser.value(0)?));
        parser.space();
    }
    Some(fields.into_iter().collect())
}

/// What is shown as `Name(content='…', …)`, as dataclasses and `LangChain`'s messages are, and such inside it: for these names, by its fields.
#[must_use]
pub fn object(text: &str, names: &[&str]) -> Option<Value> {
    let text = text.trim();
    let begins = |name: &&str| text.strip_prefix(*name).is_some_and(|rest| rest.starts_with('('));
    names.iter().any(begins).then(|| whole(text, names)).flatten()
}

fn whole(text: &str, objects: &[&str]) -> Option<Value> {
    let mut parser = Parser { rest: text.chars().peekable(), objects };
    let value = parser.value(0)?;
    parser.space();
    parser.rest.peek().is_none().then_some(value)
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    /// Names of what is shown by its fields.
    objects: &'a [&'a str],
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.space();
        match *self.rest.peek().filter(|_| depth < DEEPEST)? {
            '{' => self.braces(depth),
            '[' => self.list(']', depth),
            '(' => self.list(')', depth),
            '\'' | '"' => self.string().map(Value::String),
            _ => {
                let word = self.word();
                if self.objects.contains(&word.as_str()) && self.takes('(') {
                    return self.fields(depth);
                }
                let named = [("True", Value::Bool(true)), ("False", Value::Bool(false)), ("None", Value::Null)];
                named
                    .into_iter()
                    .find(|(name, _)| *name == word)
                    .map_or_else(|| number(&word), |(_, value)| Some(value))
            }
        }
    }

    /// A dict, or a set.
    fn braces(&mut self, depth: usize) -> Option<Value> {
        self.rest.next();
        let (mut members, mut items) = (Vec::new(), Vec::new());
        while !self.takes('}') {
            let first = self.value(depth + 1)?;
            if self.takes(':') {
                members.push((key(first), self.value(depth + 1)?));
            } else {
                items.push(first);
            }
            self.separator('}')?;
        }
        match (members.is_empty(), items.is_empty()) {
            (_, true) => Some(Value::Object(members.into_iter().collect())),
            (true, false) => Some(Value::Array(items)),
            (false, false) => None,
        }
    }

    /// `name=value, …)`.
    fn fields(&mut self, depth: usize) -> Option<Value> {
        let mut fields = Vec::new();
        while !self.takes(')') {
            let name = self.word();
            fields.push((name, self.takes('=').then(|| self.value(depth + 1)).flatten()?));
            self.separator(')')?;
        }
        Some(Value::Object(fields.into_iter().collect()))
    }

    fn list(&mut self, end: char, depth: usize) -> Option<Value> {
        self.rest.next();
        let mut items = Vec::new();
        while !self.takes(end) {
            items.push(self.value(depth + 1)?);
            self.separator(end)?;
        }
        Some(Value::Array(items))
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.rest.next()?;
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '\\' => match self.rest.next()? {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    'x' => text.push(self.escaped(2)?),
                    'u' => text.push(self.escaped(4)?),
                    'U' => text.push(self.escaped(8)?),
                    itself @ ('\\' | '\'' | '"') => text.push(itself),
                    _ => return None,
                },
                end if end == quote => return Some(text),
                character => text.push(character),
            }
        }
    }

    fn escaped(&mut self, digits: usize) -> Option<char> {
        let digits: String = self.rest.by_ref().take(digits).collect();
        // Half of a surrogate pair is no character.
        Some(char::from_u32(u32::from_str_radix(&digits, 16).ok()?).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        let is_part = |character: &char| character.is_alphanumeric() || matches!(character, '_' | '-' | '+' | '.');
        word.extend(std::iter::from_fn(|| self.rest.next_if(is_part)));
        word
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.space();
        self.rest.next_if_eq(&wanted).is_some()
    }

    /// A comma, or the end, which stays.
    fn separator(&mut self, end: char) -> Option<()> {
        (self.takes(',') || self.rest.peek() == Some(&end)).then_some(())
    }

    fn space(&mut self) {
        while self.rest.next_if(|character| character.is_whitespace()).is_some() {}
    }
}

fn key(value: Value) -> String {
    if let Value::String(text) = value { text } else { value.to_string() }
}

/// A number that JSON holds without loss.
fn number(word: &str) -> Option<Value> {
    let is_whole = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let whole = || word.parse::<i64>().map(Number::from).or_else(|_| word.parse::<u64>().map(Number::from)).ok();
    let float = || word.parse().ok().filter(|_| !is_whole).and_then(Number::from_f64);
    whole().or_else(float).map(Value::Number)
}
