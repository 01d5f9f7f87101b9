//! A project's id, by its exact name. This one call also proves host, key and workspace.

use serde::Deserialize;
use spanlift_model::PlatformError;
use spanlift_model::json::{self, each_member};
use spanlift_platform_client::Response;

use crate::api::Api;
use crate::connection::bad_connection;
use crate::status::{Judged, refused_by_proxy, wrong_host};

const NOT_FOUND: &str = "The API key works, but its workspace has no project of this name. Compare the connection's project name with \
                         the LangSmith project that the agent writes to.";
const AMBIGUOUS: &str = "The workspace has more than one project of this name. Rename one of them in LangSmith.";

/// More projects than two are never told where two are asked for; a server of one's own may not count them.
const MOST: usize = 100;

#[derive(Deserialize)]
struct Project {
    id: String,
    name: Option<String>,
}

impl Api<'_> {
    /// The id of the connection's project.
    pub(crate) async fn project(&self) -> Result<String, PlatformError> {
        if let Some(id) = self.memory.project(&self.who, self.now()) {
            return Ok(id);
        }
        let id = self.look_up_project().await?;
        self.memory.set_project(&self.who, &id, self.now());
        Ok(id)
    }

    async fn look_up_project(&self) -> Result<String, PlatformError> {
        let name = self.who.project_name.as_str();
        // Two, so that an ambiguity would be seen.
        let query = [("name", name), ("limit", "2"), ("include_stats", "false")];
        let found = match self.get(&["api", "v1", "sessions"], &query).await? {
            Judged::Sound(answer) => projects(body(&answer)?)?,
            Judged::NotServed => {
                let query = [("name", name), ("page_size", "2"), ("include_stats", "false")];
                match self.get(&["api", "v2", "sessions"], &query).await? {
                    Judged::Sound(answer) => projects(items(body(&answer)?)?)?,
                    judged => return Err(failure(&judged)),
                }
            }
            judged => return Err(failure(&judged)),
        };
        let mut named = found.into_iter().filter(|project| project.name.as_deref() == Some(name));
        match (named.next(), named.next()) {
            (Some(project), None) => Ok(project.id),
            (Some(_), Some(_)) => Err(bad_connection(AMBIGUOUS)),
            (None, _) => Err(PlatformError::NotFound { advice: NOT_FOUND.to_owned() }),
        }
    }
}

fn failure(judged: &Judged) -> PlatformError {
    match judged {
        Judged::NotTaken(problem) => problem.error(),
        Judged::TooMuch => PlatformError::unavailable(413),
        Judged::Broken => PlatformError::unavailable(500),
        Judged::Proxy { status } => refused_by_proxy(*status),
        Judged::NotServed | Judged::NotJson | Judged::Sound(_) => wrong_host(),
    }
}

fn body(answer: &Response) -> Result<&str, PlatformError> {
    std::str::from_utf8(answer.body()).map_err(|_| no_list())
}

/// The list in an answer of v2.
fn items(body: &str) -> Result<&str, PlatformError> {
    let mut items = None;
    let is_object = each_member(body, |name, value| {
        if name == "items" {
            items = Some(value);
        }
    });
    items.filter(|_| is_object).ok_or_else(no_list)
}

/// A row that is no project is not the one that is looked for.
fn projects(list: &str) -> Result<Vec<Project>, PlatformError> {
    let rows = json::items(list, MOST).ok_or_else(no_list)?;
    // serde would take a list for a project as well.
    let objects = rows.into_iter().filter(|row| row.starts_with('{'));
    Ok(objects.filter_map(|row| serde_json::from_str(row).ok()).collect())
}

fn no_list() -> PlatformError {
    PlatformError::Malformed { problem: "LangSmith answered with JSON that is no list of projects".to_owned() }
}
