//! A project's id, by its exact name (contract langsmith §1.4, §2). This one call also proves host, key and workspace.

use serde::Deserialize;
use serde_json::Value;
use spanlift_model::{PlatformError, Timestamp};
use spanlift_platform_client::Response;

use crate::api::Api;
use crate::connection::bad_connection;
use crate::judge::{Judged, refused_by_proxy, wrong_host};

const NOT_FOUND: &str = "The API key works, but its workspace has no project of this name. Compare the connection's project name with \
                         the LangSmith project that the agent writes to.";
const AMBIGUOUS: &str = "The workspace has more than one project of this name. Rename one of them in LangSmith.";

#[derive(Deserialize)]
struct Project {
    id: String,
    name: Option<String>,
}

/// Null is none.
type Rows = Option<Vec<Value>>;

#[derive(Deserialize)]
struct Projects {
    #[serde(deserialize_with = "Option::deserialize")]
    items: Rows,
}

impl<N: Fn() -> Timestamp + Copy> Api<'_, N> {
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
        let found: Rows = match self.get(&["api", "v1", "sessions"], &query).await? {
            Judged::Sound(answer) => read(&answer)?,
            Judged::NotServed => {
                let query = [("name", name), ("page_size", "2"), ("include_stats", "false")];
                match self.get(&["api", "v2", "sessions"], &query).await? {
                    Judged::Sound(answer) => read::<Projects>(&answer)?.items,
                    judged => return Err(failure(&judged)),
                }
            }
            judged => return Err(failure(&judged)),
        };
        // A row that is no project is not the one that is looked for.
        let found = found.into_iter().flatten().filter_map(|row| Project::deserialize(row).ok());
        let mut named = found.filter(|project| project.name.as_deref() == Some(name));
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
        Judged::Proxy { status } => refused_by_proxy(*status),
        Judged::NotServed | Judged::NotJson | Judged::Sound(_) => wrong_host(),
    }
}

fn read<'a, T: Deserialize<'a>>(answer: &'a Response) -> Result<T, PlatformError> {
    serde_json::from_slice(answer.body()).map_err(|_| PlatformError::Malformed {
        problem: "LangSmith answered with JSON that is no list of projects".to_owned(),
    })
}
