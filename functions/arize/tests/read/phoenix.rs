//! A stand-in for Phoenix's REST API, written from the contract (`contracts/phoenix.md`) and from nothing else.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use spanlift_model::Timestamp;

use crate::http::{Asked, Reply, serve};
use crate::spans::{Row, Sent};

/// What old servers lack, by the release that brought it (contract phoenix §1).
const PROJECTS: (u32, u32) = (8, 23);
const PROJECTS_BY_NAME: (u32, u32) = (8, 24);
const OTLP_SPANS: (u32, u32) = (10, 1);
const SPANS: (u32, u32) = (10, 6);
const KEEPS_PROJECTS_APART: (u32, u32) = (11, 6);
const TRACE_ID: (u32, u32) = (13, 9);
const ATTRIBUTE: (u32, u32) = (14, 9);
const ORDER: (u32, u32) = (20, 16);

const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Phoenix</title></head></html>";

/// A running server.
pub(crate) struct Phoenix {
    pub(crate) address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    server: Server,
    asked: Vec<Asked>,
    hook: Option<Hook>,
}

/// Looks at a request before the server does, and may answer it. The number counts requests from 1.
type Hook = Box<dyn FnMut(usize, &Asked, &mut Server) -> Option<Reply> + Send>;

/// What the server is and holds.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) version: (u32, u32),
    pub(crate) tells_version: bool,
    pub(crate) key: Option<String>,
    /// Where a proxy has put it.
    pub(crate) prefix: String,
    /// Rows that it tells a page at most, whatever the limit.
    pub(crate) page_rows: usize,
    pub(crate) projects: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) span_ids: HashSet<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            version: (20, 26),
            tells_version: true,
            key: None,
            prefix: String::new(),
            page_rows: 1_000,
            projects: vec!["default".to_owned(), crate::reader::PROJECT.to_owned()],
            rows: Vec::new(),
            span_ids: HashSet::new(),
        }
    }
}

impl Phoenix {
    pub(crate) async fn start(server: Server) -> Self {
        let shared = Arc::new(Mutex::new(Shared { server, asked: Vec::new(), hook: None }));
        let handler = {
            let shared = Arc::clone(&shared);
            move |asked: &Asked| shared.lock().unwrap().answer(asked)
        };
        let address = serve(Arc::new(Mutex::new(handler))).await;
        Self { address, shared }
    }

    /// A server of the newest version that holds these spans in the connection's project, in the order of insertion.
    pub(crate) async fn holding(spans: impl IntoIterator<Item = Sent>) -> Self {
        Self::start(Server::default().holding(spans)).await
    }

    pub(crate) fn hook(&self, hook: impl FnMut(usize, &Asked, &mut Server) -> Option<Reply> + Send + 'static) {
        self.lock().hook = Some(Box::new(hook));
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Server)) {
        change(&mut self.lock().server);
    }

    /// The requests since this was last asked.
    pub(crate) fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.lock().asked)
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.lock().server.rows.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

impl Shared {
    fn answer(&mut self, asked: &Asked) -> Reply {
        self.asked.push(asked.clone());
        if let Some(hook) = &mut self.hook
            && let Some(reply) = hook(self.asked.len(), asked, &mut self.server)
        {
            return reply;
        }
        self.server.answer(asked)
    }
}

impl Server {
    pub(crate) fn of_version(major: u32, minor: u32) -> Self {
        Self { version: (major, minor), ..Self::default() }
    }

    /// Small pages, so that a few spans make a long walk.
    pub(crate) fn with_pages_of(mut self, rows: usize) -> Self {
        self.page_rows = rows;
        self
    }

    pub(crate) fn holding(mut self, spans: impl IntoIterator<Item = Sent>) -> Self {
        for span in spans {
            self.insert(crate::reader::PROJECT, span);
        }
        self
    }

    /// The first of two spans with the same id counts.
    pub(crate) fn insert(&mut self, project: &str, sent: Sent) {
        let project = self.project(project);
        if sent.raw.is_some() || self.span_ids.insert(sent.span_id.clone()) {
            let id = self.rows.last().map_or(1, |row| row.id + 1);
            self.rows.push(sent.into_row(id, project));
        }
    }

    /// The project of a name, made if need be.
    pub(crate) fn project(&mut self, name: &str) -> usize {
        let known = self.projects.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.projects.push(name.to_owned());
            self.projects.len() - 1
        })
    }

    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        let reply = self.route(asked);
        // An unhandled error is answered before the header is set.
        if self.tells_version && reply.status != 500 {
            let (major, minor) = self.version;
            return reply.with_header("x-phoenix-server-version", format!("{major}.{minor}.1"));
        }
        reply
    }

    fn route(&self, asked: &Asked) -> Reply {
        let segments = asked.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let prefix: Vec<&str> = self.prefix.split('/').skip(1).collect();
        match segments.strip_prefix(prefix.as_slice()) {
            Some(["v1", "projects"]) if self.version >= PROJECTS => self.guarded(asked, Self::list_projects),
            Some(["v1", "projects", project]) if !project.is_empty() && self.version >= PROJECTS_BY_NAME => self
                .guarded(asked, |server, _| match server.resolve(project) {
                    Ok(index) => Reply::json(json!({"data": server.told_project(index)}).to_string()),
                    Err(reply) => reply,
                }),
            Some(["v1", "projects", project, "spans"]) if !project.is_empty() && self.version >= SPANS => {
                self.guarded(asked, |server, asked| server.spans(asked, project, true))
            }
            Some(["v1", "projects", project, "spans", "otlpv1"])
                if !project.is_empty() && self.version >= OTLP_SPANS =>
            {
                self.guarded(asked, |server, asked| server.spans(asked, project, false))
            }
            _ => Reply::new(200, "text/html; charset=utf-8", HTML),
        }
    }

    fn guarded(&self, asked: &Asked, answer: impl FnOnce(&Self, &Asked) -> Reply) -> Reply {
        let is_known =
            self.key.as_ref().is_none_or(|key| asked.header("authorization") == Some(&format!("Bearer {key}")));
        if is_known {
            answer(self, asked)
        } else {
            Reply::text(401, "Invalid token").with_header("www-authenticate", "Bearer realm=\"Arize Phoenix\"")
        }
    }

    fn told_project(&self, index: usize) -> Value {
        json!({"name": self.projects[index], "description": null, "id": project_id(index)})
    }

    /// Newest first.
    fn list_projects(&self, asked: &Asked) -> Reply {
        let limit = asked.value("limit").map_or(100, |limit| limit.parse().unwrap()).min(self.page_rows);
        let first = match asked.value("cursor").map(cursor_row) {
            None => self.projects.len(),
            Some(Ok(row)) => usize::try_from(row).unwrap(),
            Some(Err(reply)) => return reply,
        };
        let told: Vec<usize> = (0..first).rev().take(limit).collect();
        let next = told.last().filter(|last| **last > 0).map(|last| STANDARD.encode(format!("Project:{last}")));
        let data: Vec<Value> = told.into_iter().map(|index| self.told_project(index)).collect();
        Reply::json(json!({"data": data, "next_cursor": next}).to_string())
    }

    /// A valid Relay id before a name.
    fn resolve(&self, identifier: &str) -> Result<usize, Reply> {
        if let Some(number) = relay_project(identifier) {
            let known = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
            let index = known.filter(|index| *index < self.projects.len());
            return index.ok_or_else(|| Reply::text(404, &format!("Project with ID {identifier} not found")));
        }
        let index = self.projects.iter().position(|name| name == identifier);
        index.ok_or_else(|| Reply::text(404, &format!("Project with name {identifier} not found")))
    }

    fn spans(&self, asked: &Asked, project: &str, is_plain: bool) -> Reply {
        self.try_spans(asked, project, is_plain).unwrap_or_else(|reply| reply)
    }

    fn try_spans(&self, asked: &Asked, project: &str, is_plain: bool) -> Result<Reply, Reply> {
        let limit: usize = match asked.value("limit").map_or(Ok(100), str::parse) {
            Ok(limit @ 1..=1_000) => limit,
            _ => return Err(invalid("limit")),
        };
        let from = asked.value("start_time").map(parse_time).transpose()?;
        let to = asked.value("end_time").map(parse_time).transpose()?;
        let ascending = is_plain && self.version >= ORDER && is_ascending(asked)?;
        let cursor = asked.value("cursor").map(cursor_row).transpose()?;
        let traces: Vec<&str> = asked.values("trace_id").filter(|_| self.version >= TRACE_ID).collect();
        let attributes: Vec<(&str, Value)> = asked
            .values("attribute")
            .filter(|_| self.version >= ATTRIBUTE)
            .map(parse_attribute)
            .collect::<Result<_, _>>()?;
        let project = self.resolve(project)?;

        let is_asked = |row: &&Row| {
            let start = row.sent.started_at;
            (self.version < KEEPS_PROJECTS_APART || row.project == project)
                && from.is_none_or(|from| from <= start)
                && to.is_none_or(|to| start < to)
                && (traces.is_empty() || traces.contains(&row.sent.trace_id.as_str()))
                && attributes.iter().all(|(path, value)| has_attribute(row, path, value))
        };
        let mut rows: Vec<&Row> = self.rows.iter().filter(is_asked).collect();
        if !ascending {
            rows.reverse();
        }
        let is_behind =
            |row: &&Row| cursor.is_none_or(|cursor| if ascending { row.id >= cursor } else { row.id <= cursor });
        let mut rows = rows.into_iter().filter(is_behind);
        let page: Vec<&Row> = rows.by_ref().take(limit.min(self.page_rows)).collect();
        let next = rows.next().map(|row| STANDARD.encode(format!("Span:{}", row.id)));
        let tell = |row: &Row| if is_plain { row.plain.clone() } else { row.sent.otlp() };
        let told: Option<Vec<String>> = page.into_iter().map(tell).collect();
        let told = told.ok_or_else(|| Reply::text(500, "Internal Server Error"))?;
        let body = format!("{{\"data\":[{}],\"next_cursor\":{}}}", told.join(","), json!(next));
        Ok(Reply::json(body))
    }
}

fn is_ascending(asked: &Asked) -> Result<bool, Reply> {
    match asked.value("sort") {
        None | Some("id") => {}
        // A sort that the importer never asks for.
        Some(_) => return Err(invalid("sort")),
    }
    match asked.value("order") {
        None | Some("desc") => Ok(false),
        Some("asc") => Ok(true),
        Some(_) => Err(invalid("order")),
    }
}

pub(crate) fn project_id(index: usize) -> String {
    STANDARD.encode(format!("Project:{}", index + 1))
}

/// Python's decoder passes over whatever is not of its alphabet.
fn relay_project(identifier: &str) -> Option<u64> {
    let letters: String =
        identifier.chars().filter(|letter| letter.is_ascii_alphanumeric() || "+/=".contains(*letter)).collect();
    let decoded = String::from_utf8(STANDARD.decode(letters).ok()?).ok()?;
    decoded.strip_prefix("Project:")?.trim().parse().ok()
}

/// The number in a cursor, whatever kind of node it names.
fn cursor_row(cursor: &str) -> Result<i64, Reply> {
    let decoded = STANDARD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let row = decoded.and_then(|text| text.split_once(':')?.1.parse().ok());
    row.ok_or_else(|| Reply::text(422, "Invalid cursor"))
}

fn parse_time(text: &str) -> Result<Timestamp, Reply> {
    Timestamp::parse_platform(text).map_err(|_| invalid("start_time"))
}

fn invalid(parameter: &str) -> Reply {
    let detail = json!({"detail": [{"type": "invalid", "loc": ["query", parameter], "msg": "Input should be valid"}]});
    Reply::new(422, "application/json", detail.to_string())
}

/// `key:value`, the value being JSON where it can be.
fn parse_attribute(text: &str) -> Result<(&str, Value), Reply> {
    let refuse = || Reply::text(422, &format!("Invalid attribute '{text}': expected format 'key:value'"));
    let (path, value) = text.split_once(':').filter(|(path, _)| !path.is_empty()).ok_or_else(refuse)?;
    match serde_json::from_str(value) {
        Ok(Value::Null | Value::Array(_) | Value::Object(_)) => Err(refuse()),
        Ok(value) => Ok((path, value)),
        Err(_) => Ok((path, Value::from(value))),
    }
}

/// Compares the stored JSON text with an ASCII-escaped dump: no text with other characters is ever equal.
fn has_attribute(row: &Row, path: &str, asked: &Value) -> bool {
    let is_plain_text =
        |value: &Value| value.as_str().is_none_or(|text| text.bytes().all(|byte| byte.is_ascii() && byte != 0x7f));
    let stored = row.sent.attributes.get(path);
    stored.is_some_and(|stored| is_plain_text(asked) && stored == asked)
}
