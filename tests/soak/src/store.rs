//! A trace store as raw rows: nothing is told apart when it is read, so that what is written twice is there twice.
//!
//! An insert goes the way of `shared/trace-store`: under its real token, and once more under the same one where the answer
//! was lost. The server remembers a token for a short time only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spanlift_importer::PortError;
use spanlift_importer::ports::{StoreState, TraceStore};
use spanlift_model::{Attempts, ImportJob, Span, Timestamp, names};
use spanlift_trace_store::token;
use tokio::time::{sleep, timeout};

use crate::stage::{Fate, Port, Stage, uncertain};

const NAME: &str = "trace store";
/// How long a server works on what it was asked at most.
const EXECUTION: Duration = Duration::from_secs(10);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a server remembers an insert's token, which no rule may rely on for longer.
const REMEMBERS: Duration = Duration::from_mins(1);

/// The table, with what the server remembers.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Span>,
    tokens: HashMap<String, Duration>,
}

#[derive(Debug)]
pub(crate) struct RoughStore {
    pub(crate) stage: Arc<Stage>,
    pub(crate) table: Arc<Mutex<Table>>,
}

/// How one attempt at an insert ended.
enum Attempt {
    Done,
    Refused,
    Lost,
}

impl Table {
    fn apply(&mut self, token: &str, rows: &[Span], now: Duration) -> bool {
        self.tokens.retain(|_, at| now.saturating_sub(*at) < REMEMBERS);
        let is_new = self.tokens.insert(token.to_owned(), now).is_none();
        if is_new {
            self.rows.extend_from_slice(rows);
        }
        is_new
    }

    fn of_import(&self, job: &ImportJob) -> impl Iterator<Item = &Span> {
        let id = job.import_id().to_string();
        self.rows.iter().filter(move |row| row.resource.get(names::resource::IMPORT_ID) == Some(&id))
    }
}

impl RoughStore {
    /// The server applies it some time later, whoever waits for it.
    fn apply_late(&self, token: &str, rows: &[Span]) {
        let delay = self.stage.dice(|dice| dice.u64(50..9_900));
        let (stage, table) = (Arc::clone(&self.stage), Arc::clone(&self.table));
        let (token, rows) = (token.to_owned(), rows.to_vec());
        tokio::spawn(async move {
            sleep(Duration::from_millis(delay).min(EXECUTION)).await;
            let is_new = table.lock().unwrap().apply(&token, &rows, stage.now());
            stage.tell(&format!("late: {} rows were inserted: {is_new}", rows.len()));
        });
    }

    fn apply(&self, token: &str, rows: &[Span]) {
        let is_new = self.table.lock().unwrap().apply(token, rows, self.stage.now());
        self.stage.tell(&format!("{} rows inserted{}", rows.len(), if is_new { "" } else { ": known already" }));
    }

    async fn attempt(&self, token: &str, rows: &[Span]) -> Attempt {
        let fate = self.stage.fate(Port::Store);
        self.stage.fault_of(Port::Store, fate, &format!("insert {} rows", rows.len()));
        let sent = async {
            self.stage.travel(PATIENCE).await;
            match fate {
                Fate::Sound => {
                    self.apply(token, rows);
                    self.stage.travel(PATIENCE).await;
                    Attempt::Done
                }
                Fate::Refused => Attempt::Refused,
                Fate::Lost => Attempt::Lost,
                Fate::AnswerLost => {
                    self.apply(token, rows);
                    Attempt::Lost
                }
                // The connection breaks while the server goes on.
                Fate::Repeated => {
                    self.apply_late(token, rows);
                    Attempt::Lost
                }
                Fate::DiesBefore => self.stage.die().await,
                Fate::DiesAfter => {
                    self.apply(token, rows);
                    self.stage.die().await
                }
                Fate::DiesAndLate => {
                    self.apply_late(token, rows);
                    self.stage.die().await
                }
            }
        };
        timeout(PATIENCE, sent).await.unwrap_or(Attempt::Lost)
    }
}

fn token_of(job: &ImportJob, schedule: Timestamp, rows: &[Span]) -> String {
    token(job.import_id(), schedule, rows).unwrap()
}

impl TraceStore for RoughStore {
    async fn look_up(&self, job: &ImportJob, _: &Attempts) -> Result<StoreState, PortError> {
        let look_up = || async {
            let table = self.table.lock().unwrap();
            Ok(StoreState { native: 0, stored: table.of_import(job).map(|row| (row.trace_id, row.span_id)).collect() })
        };
        self.stage.call(Port::Store, NAME, "look up", look_up).await
    }

    async fn insert(&self, job: &ImportJob, schedule: Timestamp, rows: &[Span]) -> Result<(), PortError> {
        let token = token_of(job, schedule, rows);
        match self.attempt(&token, rows).await {
            Attempt::Done => return Ok(()),
            Attempt::Refused => return Err(PortError::Unavailable { port: NAME, detail: "insert".to_owned() }),
            Attempt::Lost => {}
        }
        // The token is made anew: it is the rows that make two inserts one.
        let again = token_of(job, schedule, rows);
        match self.attempt(&again, rows).await {
            Attempt::Done => Ok(()),
            Attempt::Refused | Attempt::Lost => Err(uncertain(NAME, "insert")),
        }
    }

    async fn count(&self, job: &ImportJob) -> Result<u64, PortError> {
        let count = || async {
            let count = self.table.lock().unwrap().of_import(job).count();
            Ok(u64::try_from(count).unwrap())
        };
        self.stage.call(Port::Store, NAME, "count", count).await
    }
}
