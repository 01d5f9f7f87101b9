use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use spanlift_aws::DeadLetter;
use spanlift_importer::PortError;

use super::made_up::{EVENT, view};
use crate::ports::DeadLetterOffice;
use crate::redrive::redrive;

const EVENTS: &str = "https://sqs/1/events";
const DEAD_EVENTS: &str = "https://sqs/1/events-dead-letters";
const ARIZE: &str = "https://sqs/1/import-arize";
const DEAD_ARIZE: &str = "https://sqs/1/import-arize-dead-letters";

#[derive(Clone, Copy, PartialEq)]
enum Request {
    Send,
    Delete,
    PutBack,
}

/// Two queues and their dead letters. What was taken is hidden until it is put back.
#[derive(Default)]
struct Office {
    lying: RefCell<Vec<(&'static str, DeadLetter)>>,
    hidden: RefCell<Vec<DeadLetter>>,
    sent: RefCell<Vec<(String, String)>>,
    /// A message that is sent fails at once and comes back under another name.
    fails_again: bool,
    /// The request that is not answered.
    fails: Option<Request>,
    takes: Cell<u32>,
}

impl Office {
    fn with(letters: &[(&'static str, &str, &str, Option<&str>)]) -> Self {
        let lying = letters.iter().map(|(queue, id, body, reason)| (*queue, DeadLetter::new(id, body, *reason)));
        Self { lying: RefCell::new(lying.collect()), ..Self::default() }
    }

    fn ask(&self, request: Request) -> Result<(), PortError> {
        if self.fails == Some(request) { Err(down()) } else { Ok(()) }
    }

    fn left(&self) -> Vec<String> {
        let lying = self.lying.borrow().iter().map(|(_, letter)| letter.message_id.clone()).collect::<Vec<_>>();
        let hidden = self.hidden.borrow().iter().map(|letter| format!("{} hidden", letter.message_id)).collect();
        [lying, hidden].concat()
    }
}

fn down() -> PortError {
    PortError::Unavailable { port: "dead-letter queue", detail: "down".to_owned() }
}

impl DeadLetterOffice for Office {
    async fn count(&self, queue: &str) -> Result<usize, PortError> {
        Ok(self.lying.borrow().iter().filter(|(dead, _)| *dead == queue).count())
    }

    async fn take(&self, queue: &str, at_most: usize) -> Result<Vec<DeadLetter>, PortError> {
        self.takes.set(self.takes.get() + 1);
        let mut lying = self.lying.borrow_mut();
        // Never more than two, as a queue that is spread over machines.
        let taken = lying.extract_if(.., |(dead, _)| *dead == queue).collect::<Vec<_>>();
        let (now, later) = taken.split_at(at_most.min(2).min(taken.len()));
        lying.extend_from_slice(later);
        let letters: Vec<_> = now.iter().map(|(_, letter)| letter.clone()).collect();
        self.hidden.borrow_mut().extend(letters.clone());
        Ok(letters)
    }

    async fn send(&self, queue: &str, _: &DeadLetter, body: String) -> Result<(), PortError> {
        self.ask(Request::Send)?;
        if self.fails_again {
            let id = format!("new {}", self.sent.borrow().len());
            self.lying.borrow_mut().push((DEAD_ARIZE, DeadLetter::new(&id, &body, None)));
        }
        self.sent.borrow_mut().push((queue.to_owned(), body));
        Ok(())
    }

    async fn delete(&self, _: &str, letter: &DeadLetter) -> Result<(), PortError> {
        self.ask(Request::Delete)?;
        self.hidden.borrow_mut().retain(|hidden| hidden.message_id != letter.message_id);
        Ok(())
    }

    async fn put_back(&self, queue: &str, letter: &DeadLetter) -> Result<(), PortError> {
        self.ask(Request::PutBack)?;
        self.hidden.borrow_mut().retain(|hidden| hidden.message_id != letter.message_id);
        let queue = [DEAD_EVENTS, DEAD_ARIZE].into_iter().find(|dead| *dead == queue).unwrap();
        self.lying.borrow_mut().push((queue, letter.clone()));
        Ok(())
    }
}

fn job(pass: u32) -> String {
    let mut job: serde_json::Value = serde_json::from_str(EVENT).unwrap();
    job["provider"] = "arize".into();
    job["pass"] = pass.into();
    job["not_before"] = "2026-11-20T15:05:00Z".into();
    job.to_string()
}

async fn run(office: &Office, asked: &[&str]) -> (bool, String) {
    let queues = BTreeMap::from([(EVENTS, DEAD_EVENTS), (ARIZE, DEAD_ARIZE)]);
    let queues = queues.into_iter().map(|(source, dead)| (source.to_owned(), dead.to_owned())).collect();
    let asked: Vec<_> = asked.iter().map(ToString::to_string).collect();
    let mut out = Vec::new();
    let result = redrive(office, &queues, &asked, &view(), &mut out).await;
    let out = String::from_utf8(out).unwrap();
    match result {
        Ok(is_well) => (is_well, out),
        Err(error) => (false, error.to_string()),
    }
}

#[tokio::test]
async fn what_failed_goes_back_and_what_was_refused_stays() {
    let office = Office::with(&[
        (DEAD_EVENTS, "id-1", EVENT, None),
        (DEAD_EVENTS, "id-2", "no JSON", Some("bad_json")),
        (DEAD_ARIZE, "id-3", &job(2), None),
        (DEAD_ARIZE, "id-4", "neither event nor job", None),
    ]);

    let (is_well, out) = run(&office, &[]).await;

    assert!(is_well);
    let sent = office.sent.take();
    assert_eq!(sent[0], (EVENTS.to_owned(), EVENT.to_owned()));
    assert_eq!(sent[2], (ARIZE.to_owned(), "neither event nor job".to_owned()));
    let forced: serde_json::Value = serde_json::from_str(&sent[1].1).unwrap();
    assert_eq!((&sent[1].0, &forced["pass"], &forced["force"]), (&ARIZE.to_owned(), &0.into(), &true.into()));
    assert!(forced.get("not_before").is_none(), "it would only be waited for");
    assert_eq!(office.left(), ["id-2"]);
    insta::assert_snapshot!(out);
}

#[tokio::test]
async fn what_fails_again_meanwhile_is_left_for_the_next_time() {
    let bodies = [job(0), job(1), job(2)];
    let letters = bodies.iter().zip(["a", "b", "c"]).map(|(body, id)| (DEAD_ARIZE, id, body.as_str(), None));
    let office = Office { fails_again: true, ..Office::with(&letters.collect::<Vec<_>>()) };

    let (is_well, out) = run(&office, &[]).await;

    assert!(is_well);
    assert_eq!(office.sent.borrow().len(), 3, "{out}");
    assert_eq!(office.left().len(), 3);
}

#[tokio::test]
async fn nothing_is_lost_when_the_source_is_down() {
    let office = Office { fails: Some(Request::Send), ..Office::with(&[(DEAD_ARIZE, "id-1", &job(0), None)]) };

    let (is_well, out) = run(&office, &[]).await;

    assert!(!is_well);
    assert_eq!(office.left(), ["id-1"]);
    assert!(out.contains("0 sent back, 1 left\n"), "{out}");
    assert!(out.contains("went wrong: id-1 stays: dead-letter queue is unavailable: down\n"), "{out}");
}

#[tokio::test]
async fn what_cannot_be_deleted_is_said_to_be_in_both_queues() {
    let office = Office { fails: Some(Request::Delete), ..Office::with(&[(DEAD_ARIZE, "id-1", &job(0), None)]) };

    let (is_well, out) = run(&office, &[]).await;

    assert!(!is_well);
    assert_eq!((office.sent.borrow().len(), office.left().len()), (1, 1));
    assert!(out.contains("sent back, and here still"), "{out}");
}

#[tokio::test]
async fn what_cannot_be_put_back_is_said_to_be_hidden_for_a_while() {
    let refused = [(DEAD_EVENTS, "id-1", "no JSON", Some("bad_json")), (DEAD_EVENTS, "id-2", EVENT, None)];
    let office = Office { fails: Some(Request::PutBack), ..Office::with(&refused) };

    let (is_well, out) = run(&office, &[]).await;

    assert!(is_well, "nothing is lost");
    assert_eq!(office.left(), ["id-1 hidden"]);
    let warnings: Vec<_> = out.lines().filter(|line| line.contains("warning")).collect();
    let hidden = "id-1 stays, but is not seen for up to 2 min: dead-letter queue is unavailable: down";
    assert_eq!(warnings, [format!("warning: {hidden}")], "{out}");
}

#[tokio::test]
async fn only_the_queues_that_are_named() {
    for asked in ["events", "events-dead-letters", EVENTS, DEAD_EVENTS] {
        let office = Office::with(&[(DEAD_ARIZE, "id-1", &job(0), None), (DEAD_EVENTS, "id-2", EVENT, None)]);
        let (is_well, _) = run(&office, &[asked]).await;
        assert!(is_well);
        assert_eq!(office.left(), ["id-1"], "{asked}");
    }
    let office = Office::with(&[(DEAD_EVENTS, "id-2", EVENT, None)]);
    let (is_well, error) = run(&office, &["events", "import-langfuse"]).await;
    assert!(!is_well);
    assert_eq!(error, "there is no queue import-langfuse; there are events, import-arize");
    assert_eq!((office.left(), office.takes.get()), (vec!["id-2".to_owned()], 0));
}

#[tokio::test]
async fn empty_queues_have_nothing_to_send_back() {
    let (is_well, out) = run(&Office::default(), &[]).await;
    assert!(is_well);
    assert_eq!(out, "nothing to send back\n");
}
