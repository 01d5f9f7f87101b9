use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use serde_json::Value;

use super::arguments::Fields;
use super::connection::Connection;
use super::error::ConnectionsError;
use super::fields::{self, Field};
use crate::input;

/// A key on the command line stands in the shell's history and in the list of processes.
const KEY_AS_ARGUMENT: &str = "a key is never an argument: it would stand in the shell's history and in the list of processes. Leave it out to be asked \
                               for it, or give it by --from";
/// A terminal shows what is typed until its end is read.
const KEY_IN_SIGHT: &str = "--from -: standard input is a terminal, which would show the keys. Leave --from out to be asked for them, or pipe the \
                            fields in";

/// Asks a person.
pub trait Asking {
    /// Is there somebody to ask?
    fn is_there(&self) -> bool;
    /// A line of text.
    ///
    /// # Errors
    /// When there is nobody, or no answer.
    fn ask(&mut self, question: &str) -> io::Result<String>;
    /// A line that nobody sees.
    ///
    /// # Errors
    /// When there is nobody, or no answer.
    fn ask_hidden(&mut self, question: &str) -> io::Result<String>;
}

/// The terminal that the command was started on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal;

impl Asking for Terminal {
    fn is_there(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        write!(io::stderr(), "{question}: ")?;
        io::stderr().flush()?;
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(answer.trim().to_owned())
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<String> {
        rpassword::prompt_password(format!("{question}: ")).map(|answer| answer.trim().to_owned())
    }
}

/// What was given of a connection: by `--from`, and by `--set` over it.
pub(super) fn given(provider: &str, given: &Fields, asking: &impl Asking) -> Result<Connection, ConnectionsError> {
    let mut connection = match &given.from {
        None => Connection::default(),
        Some(path) if path.as_os_str() == "-" && asking.is_there() => return Err(bad(KEY_IN_SIGHT.to_owned())),
        Some(path) => {
            let text = input::read(path).map_err(|error| ConnectionsError::Input(error.to_string()))?;
            // Nothing of the text is shown: it holds keys.
            let place = path.display().to_string();
            let place = if place == "-" { "standard input" } else { place.as_str() };
            Connection::parse(&text).ok_or_else(|| bad(format!("{place} holds no JSON object")))?
        }
    };
    for assignment in &given.set {
        // What stands behind the sign may be a key all the same: only known names are repeated.
        let (name, value) = assignment.split_once('=').ok_or_else(|| bad("--set takes FIELD=VALUE".to_owned()))?;
        if fields::is_key(provider, name) {
            return Err(bad(format!("--set {name}: {KEY_AS_ARGUMENT}")));
        }
        if !fields::is_known(provider, name) {
            return Err(bad(format!("--set: {provider} connections have no such field")));
        }
        let value = if fields::is_json(name) {
            serde_json::from_str(value).map_err(|_| bad(format!("--set {name}: takes JSON")))?
        } else {
            Value::from(value)
        };
        connection.set(name, value);
    }
    if let Some(place) = connection.fields().position(|name| !fields::is_known(provider, name)) {
        let problem =
            format!("{provider} connections have no such field as the one in place {} of those given", place + 1);
        return Err(bad(problem));
    }
    Ok(connection)
}

/// Asks for the fields of a connection that `is_wanted` names.
pub(super) fn complete(
    provider: &str,
    connection: &mut Connection,
    is_wanted: impl Fn(&Field, &Connection) -> bool,
    asking: &mut impl Asking,
) -> Result<(), ConnectionsError> {
    for field in fields::of(provider) {
        if !is_wanted(field, connection) {
            continue;
        }
        if !asking.is_there() {
            if field.is_required && field.default.is_none() {
                let way = if field.is_key { "--from" } else { "--from or --set" };
                return Err(bad(format!(
                    "{} is missing, and there is no terminal to ask on: give it by {way}",
                    field.name
                )));
            }
            continue;
        }
        let question = field.question;
        let answer = if field.is_key { asking.ask_hidden(question)? } else { asking.ask(question)? };
        match (answer.is_empty(), field.default) {
            (false, _) => connection.set(field.name, Value::from(answer)),
            (true, Some(default)) => connection.set(field.name, Value::from(default)),
            (true, None) if field.is_required => return Err(bad(format!("{} cannot be empty", field.name))),
            (true, None) => connection.remove(field.name),
        }
    }
    Ok(())
}

fn bad(problem: String) -> ConnectionsError {
    ConnectionsError::Input(problem)
}
