//! The server: whom it lets in, and what it says.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::answer::{Answer, Answered};
use crate::asked::Asked;
use crate::query::Query;
use crate::relay;
use crate::scenario::{Scenario, Span};
use crate::table::{Row, Table};
use crate::version::Version;

/// A Phoenix without its network.
#[derive(Debug)]
pub struct Phoenix {
    scenario: Scenario,
    table: Table,
    set_at: Instant,
}

impl Phoenix {
    /// One whose time begins now.
    #[must_use]
    pub fn new(mut scenario: Scenario) -> Self {
        let (projects, spans) = (std::mem::take(&mut scenario.projects), std::mem::take(&mut scenario.spans));
        Self { scenario, table: Table::new(projects, spans), set_at: Instant::now() }
    }

    /// Inserts a span at once, whenever it says that it arrives.
    pub fn insert(&mut self, span: Span) {
        self.table.advance(self.set_at.elapsed());
        self.table.insert(span);
    }

    /// The proper answer.
    pub fn answer(&mut self, asked: &Asked) -> Answer {
        self.table.advance(self.set_at.elapsed());
        let answer = self.route(asked).unwrap_or_else(|error| error);
        // An unhandled error is answered before the header is set.
        if self.scenario.tells_version && answer.status != 500 {
            return answer.with_header("x-phoenix-server-version", self.scenario.version.to_string());
        }
        answer
    }

    fn route(&self, asked: &Asked) -> Answered {
        let version = self.scenario.version;
        let segments = asked.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let prefix: Vec<&str> = self.scenario.path_prefix.split('/').skip(1).collect();
        let below = segments.strip_prefix(prefix.as_slice()).unwrap_or_default();
        match (asked.method.as_str(), below) {
            ("GET", ["healthz"]) => Ok(Answer::text(200, "OK")),
            ("GET", ["readyz"]) if version >= Version::READINESS => Ok(Answer::json("{}")),
            ("GET", ["arize_phoenix_version"]) => Ok(Answer::text(200, &version.to_string())),
            ("GET", ["v1", "projects", rest @ ..]) if !rest.first().is_some_and(|name| name.is_empty()) => {
                self.read(asked, rest)
            }
            ("GET" | "HEAD", _) => Ok(Answer::page()),
            _ => Err(Answer::text(405, "Method Not Allowed")),
        }
    }

    fn read(&self, asked: &Asked, below: &[&str]) -> Answered {
        let version = self.scenario.version;
        match below {
            [] if version >= Version::PROJECTS => self.let_in(asked).and_then(|()| self.list_projects(asked)),
            [project] if version >= Version::PROJECTS_BY_NAME => {
                self.let_in(asked)?;
                let data = self.told_project(self.resolve(project)?);
                Ok(Answer::json(json!({"data": data}).to_string()))
            }
            [project, "spans"] if version >= Version::SPANS => {
                self.let_in(asked)?;
                self.spans(asked, project, true)
            }
            [project, "spans", "otlpv1"] if version >= Version::OTLP_SPANS => {
                self.let_in(asked)?;
                self.spans(asked, project, false)
            }
            _ => Ok(Answer::page()),
        }
    }

    /// A bearer, the word in any case and one blank behind it.
    fn let_in(&self, asked: &Asked) -> Result<(), Answer> {
        let Some(key) = &self.scenario.api_key else { return Ok(()) };
        let sent = asked.authorization.as_deref().and_then(|header| header.trim_end().split_once(' '));
        if sent.is_some_and(|(scheme, sent)| scheme.eq_ignore_ascii_case("bearer") && sent == key) {
            return Ok(());
        }
        Err(Answer::text(401, "Invalid token").with_header("www-authenticate", "Bearer realm=\"Arize Phoenix\""))
    }

    fn told_project(&self, index: usize) -> Value {
        json!({"name": self.table.projects.get(index), "description": null, "id": project_id(index)})
    }

    /// Newest first.
    fn list_projects(&self, asked: &Asked) -> Answered {
        let limit = |text: &str| {
            let limit = text.parse().ok().filter(|limit| *limit > 0);
            limit.ok_or_else(|| Answer::invalid("limit", "int_parsing", "Input should be a valid integer", text))
        };
        let limit = asked.value("limit").map_or(Ok(100), limit)?.min(self.scenario.page_rows);
        let part = asked.value("name_contains").filter(|_| self.scenario.version >= Version::NAME_CONTAINS);
        let first = asked.cursor().map(relay::row).transpose()?;
        let is_asked = |index: &usize, name: &str| {
            first.is_none_or(|first| row_of(*index) <= first) && part.is_none_or(|part| name.contains(part))
        };
        let projects = self.table.projects.iter().enumerate().rev();
        let mut found =
            projects.map(|(index, name)| (index, name.as_str())).filter(|(index, name)| is_asked(index, name));
        let told: Vec<String> =
            found.by_ref().take(limit).map(|(index, _)| self.told_project(index).to_string()).collect();
        Ok(Answer::list(&told, found.next().map(|(index, _)| project_id(index))))
    }

    /// A valid Relay id before a name.
    fn resolve(&self, identifier: &str) -> Result<usize, Answer> {
        let unknown = |what: &str| Answer::text(404, &format!("Project with {what} {identifier} not found"));
        if let Some(number) = relay::project(identifier) {
            let number = number?;
            let index = (0..self.table.projects.len()).find(|index| row_of(*index) == number);
            return index.ok_or_else(|| unknown("ID"));
        }
        let index = self.table.projects.iter().position(|name| name == identifier);
        index.ok_or_else(|| unknown("name"))
    }

    fn spans(&self, asked: &Asked, project: &str, is_plain: bool) -> Answered {
        let version = self.scenario.version;
        let query = Query::of(asked, version, is_plain)?;
        let begin = asked.cursor().map(|cursor| query.begin(cursor)).transpose()?;
        let project = self.resolve(project)?;
        let is_asked =
            |row: &&Row| (version < Version::KEEPS_PROJECTS_APART || row.project == project) && query.takes(row);
        let mut rows: Vec<&Row> = self.table.rows.iter().filter(is_asked).collect();
        if query.is_by_start {
            rows.sort_by_key(|row| (row.span.start_time, row.id));
        }
        if !query.is_ascending {
            rows.reverse();
        }
        let mut rows = rows.into_iter().filter(|row| begin.is_none_or(|begin| query.is_behind(row, begin)));
        let page = rows.by_ref().take(query.limit.min(self.scenario.page_rows));
        let told: Option<Vec<String>> = page.map(|row| if is_plain { row.plain() } else { row.otlp() }).collect();
        let next = rows.next().map(|row| query.cursor_at(row));
        // One span breaks the whole page.
        Ok(Answer::list(&told.ok_or_else(Answer::broken)?, next))
    }
}

/// The Relay id of the project with this place in the order in which they were made.
#[must_use]
pub fn project_id(index: usize) -> String {
    relay::id("Project", row_of(index))
}

fn row_of(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1)
}
