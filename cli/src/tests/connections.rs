//! Connections are made, verified, replaced and removed as a person expects, on a made-up Secrets Manager.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;

use clap::Parser as _;
use serde_json::{Value, json};
use spanlift_aws::RecentEntry;
use spanlift_importer::PortError;
use spanlift_importer::direct::{PreviewAnswer, VerifyAnswer, VerifyRequest};
use spanlift_model::{OrganizationId, Provider, Status, Timestamp};

use super::made_up::{import, now, view};
use crate::arguments::{Arguments, Command};
use crate::connections::ports::{ConnectionStore, Described, Functions, Moved};
use crate::connections::{Asking, Connection, ConnectionsError, connect, connections, disconnect, replace_key, verify};
use crate::recent::{Asked, RecentView};

const RIGHT: &str = "right-key-8d1f";
const WRONG: &str = "wrong-key-77aa";

/// One organization's one connection, as AWS keeps it.
#[derive(Default)]
struct Secret {
    versions: BTreeMap<String, Connection>,
    current: String,
    pending: Option<String>,
    is_unverified: bool,
}

#[derive(Default)]
struct World {
    secret: RefCell<Option<Secret>>,
    /// Somebody else replaces the connection while the function answers.
    is_overtaken: bool,
    /// The function does not answer.
    is_down: bool,
    /// The versions that were tried.
    tried: RefCell<Vec<Option<String>>>,
}

fn key_of(connection: &Connection) -> String {
    use secrecy::ExposeSecret as _;
    let value: Value = serde_json::from_str(connection.to_secret().expose_secret()).unwrap();
    value["api_key"].as_str().unwrap_or_default().to_owned()
}

fn field_of(connection: &Connection, field: &str) -> Value {
    use secrecy::ExposeSecret as _;
    let value: Value = serde_json::from_str(connection.to_secret().expose_secret()).unwrap();
    value[field].clone()
}

impl World {
    fn put(&self, connection: &Connection) -> String {
        let mut secret = self.secret.borrow_mut();
        let secret = secret.as_mut().unwrap();
        let version = format!("version-{}", secret.versions.len() + 1);
        secret.versions.insert(version.clone(), connection.clone());
        version
    }

    fn with<T>(&self, act: impl FnOnce(&mut Secret) -> T) -> T {
        act(self.secret.borrow_mut().as_mut().unwrap())
    }

    fn current_key(&self) -> String {
        self.with(|secret| key_of(&secret.versions[&secret.current]))
    }

    /// Fanout imports from it.
    fn is_connected(&self) -> bool {
        self.secret.borrow().as_ref().is_some_and(|secret| !secret.is_unverified)
    }
}

impl ConnectionStore for World {
    async fn describe(
        &self,
        organization: &OrganizationId,
        provider: &Provider,
    ) -> Result<Option<Described>, PortError> {
        Ok(self.secret.borrow().as_ref().map(|secret| Described {
            organization_id: organization.to_string(),
            provider: provider.to_string(),
            current: Some(secret.current.clone()),
            pending: secret.pending.clone(),
            is_unverified: secret.is_unverified,
            is_deleted: false,
            configured_at: Some(now()),
        }))
    }

    async fn list(&self, _: Option<&OrganizationId>) -> Result<Vec<Described>, PortError> {
        Ok(self.describe(&"acme".parse().unwrap(), &"arize".parse().unwrap()).await?.into_iter().collect())
    }

    async fn create(&self, _: &OrganizationId, _: &Provider, connection: &Connection) -> Result<String, PortError> {
        *self.secret.borrow_mut() = Some(Secret { is_unverified: true, ..Secret::default() });
        let version = self.put(connection);
        self.with(|secret| secret.current.clone_from(&version));
        Ok(version)
    }

    async fn value(&self, _: &OrganizationId, _: &Provider, version: &str) -> Result<Connection, PortError> {
        Ok(self.with(|secret| secret.versions[version].clone()))
    }

    async fn put_pending(
        &self,
        _: &OrganizationId,
        _: &Provider,
        connection: &Connection,
    ) -> Result<String, PortError> {
        let version = self.put(connection);
        self.with(|secret| secret.pending = Some(version.clone()));
        Ok(version)
    }

    async fn promote(&self, _: &OrganizationId, _: &Provider, version: &str, from: &str) -> Result<Moved, PortError> {
        Ok(self.with(|secret| {
            if secret.current != from {
                return Moved::SomebodyElse;
            }
            version.clone_into(&mut secret.current);
            Moved::Done
        }))
    }

    async fn drop_pending(&self, _: &OrganizationId, _: &Provider, version: &str) -> Result<(), PortError> {
        self.with(|secret| secret.pending.take_if(|pending| *pending == version));
        Ok(())
    }

    async fn mark_verified(&self, _: &OrganizationId, _: &Provider) -> Result<(), PortError> {
        self.with(|secret| secret.is_unverified = false);
        Ok(())
    }

    async fn delete(&self, _: &OrganizationId, _: &Provider) -> Result<(), PortError> {
        *self.secret.borrow_mut() = None;
        Ok(())
    }
}

impl Functions for World {
    fn providers(&self) -> Vec<Provider> {
        vec!["arize".parse().unwrap()]
    }

    async fn verify(&self, _: &Provider, request: VerifyRequest) -> Result<VerifyAnswer, PortError> {
        self.tried.borrow_mut().push(request.version.clone());
        if self.is_down {
            return Err(PortError::Unavailable { port: "function", detail: "no answer".to_owned() });
        }
        let key = self.with(|secret| {
            let version = request.version.unwrap_or_else(|| secret.current.clone());
            key_of(&secret.versions[&version])
        });
        if self.is_overtaken {
            let theirs = Connection::parse(r#"{"api_key": "theirs"}"#).unwrap();
            let version = self.put(&theirs);
            self.with(|secret| secret.current = version);
        }
        let answer = if key == RIGHT {
            json!({"ok": true, "organization_id": "acme", "provider": "arize", "version": "v", "host": "phoenix.example", "rows": 812,
                "server_version": "20.26.1", "traces": 40, "unreadable": 0, "is_whole_day": true, "learned": false, "requests": 1,
                "keys": [{"key": "simulation_output_id", "rows": 38, "traces": 38}], "duration_ms": 5})
        } else {
            json!({"ok": false, "reason": "unauthorized", "advice": "Phoenix does not know the API key. Replace the key."})
        };
        Ok(serde_json::from_value(answer).unwrap())
    }

    async fn preview(&self, _: &Provider, _: Value) -> Result<PreviewAnswer, PortError> {
        unimplemented!("not asked here")
    }
}

impl RecentView for World {
    async fn recent(&self, asked: &Asked, _: Timestamp) -> Result<Vec<RecentEntry>, PortError> {
        let mut failed = import("arize", Status::Failed);
        failed.reason = Some("unauthorized".to_owned());
        let entries = [(import("arize", Status::Imported), 60), (failed, 3_700)];
        let entries = entries.map(|(import, seconds)| RecentEntry {
            organization_id: "acme".to_owned(),
            simulation_output_id: "sim-1".to_owned(),
            at: now().minus(std::time::Duration::from_secs(seconds)),
            import,
        });
        Ok(entries.into_iter().filter(|entry| asked.is_of(entry)).collect())
    }
}

/// Answers in order; what is asked is noted, with how.
#[derive(Default)]
struct Person {
    answers: Vec<&'static str>,
    asked: Vec<String>,
}

impl Person {
    fn answering(answers: &[&'static str]) -> Self {
        Self { answers: answers.iter().rev().copied().collect(), asked: Vec::new() }
    }
}

impl Asking for Person {
    fn is_there(&self) -> bool {
        !self.answers.is_empty()
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        self.asked.push(question.to_owned());
        self.answers.pop().map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<String> {
        let answer = self.ask(question)?;
        self.asked.last_mut().unwrap().push_str(" (hidden)");
        Ok(answer)
    }
}

/// What a command line comes to, and what it says.
async fn run(world: &World, person: &mut Person, line: &str) -> (Result<bool, String>, String) {
    let arguments = Arguments::try_parse_from(["spanlift"].into_iter().chain(line.split(' '))).unwrap();
    let (view, mut out) = (view(), Vec::new());
    let done: Result<bool, ConnectionsError> = match arguments.command {
        Command::Connect(arguments) => connect(world, world, person, &arguments, &view, &mut out).await,
        Command::ReplaceKey(arguments) => replace_key(world, world, person, &arguments, &view, &mut out).await,
        Command::Verify(arguments) => verify(world, world, &arguments, &view, &mut out).await,
        Command::Disconnect(arguments) => disconnect(world, person, &arguments, &mut out).await,
        Command::Connections(arguments) => connections(world, world, &arguments, &view, &mut out).await.map(|()| true),
        other => panic!("{other:?}"),
    };
    let said = String::from_utf8(out).unwrap();
    let done = done.map_err(|error| error.to_string());
    for key in [RIGHT, WRONG] {
        assert!(!said.contains(key) && !format!("{done:?}").contains(key), "a key is in the output: {said} {done:?}");
    }
    (done, said)
}

async fn connected() -> World {
    let world = World::default();
    let mut person = Person::answering(&["https://phoenix.example", "voice", RIGHT]);
    let (done, _) = run(&world, &mut person, "connect arize --organization acme --set capture_content=false").await;
    assert_eq!(done, Ok(true));
    world
}

#[tokio::test]
async fn a_connection_counts_once_it_is_verified() {
    let world = World::default();
    let mut person = Person::answering(&["https://phoenix.example", "voice", RIGHT]);
    let (done, said) = run(&world, &mut person, "connect arize --organization acme").await;
    assert_eq!(done, Ok(true));
    assert!(person.asked[2].ends_with("(hidden)") && !person.asked[1].ends_with("(hidden)"), "{:?}", person.asked);
    assert!(world.is_connected());
    assert_eq!(*world.tried.borrow(), [Some("version-1".to_owned())], "that very version");
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn a_refused_first_connection_leaves_nothing() {
    let answers = ["https://phoenix.example", "voice", WRONG];
    let world = World::default();
    let (done, said) = run(&world, &mut Person::answering(&answers), "connect arize --organization acme").await;
    assert_eq!((done, world.secret.borrow().is_none()), (Ok(false), true));
    insta::assert_snapshot!(said);
    // Also where the function does not answer at all.
    let down = World { is_down: true, ..World::default() };
    let (done, _) = run(&down, &mut Person::answering(&answers), "connect arize --organization acme").await;
    assert!(done.unwrap_err().contains("no answer") && down.secret.borrow().is_none());
    // One that is kept is imported from once it was verified, and not before.
    let (done, _) = run(&world, &mut Person::answering(&answers), "connect arize --organization acme --keep").await;
    assert_eq!((done, world.is_connected()), (Ok(false), false));
    let (done, _) = run(&world, &mut Person::default(), "verify arize --organization acme").await;
    assert_eq!((done, world.is_connected()), (Ok(false), false));
    let right = ["https://phoenix.example", "voice", RIGHT];
    let (done, _) = run(&world, &mut Person::answering(&right), "connect arize --organization acme").await;
    assert_eq!((done, world.is_connected(), world.current_key()), (Ok(true), true, RIGHT.to_owned()));
}

#[tokio::test]
async fn a_refused_first_connection_deletes_nobody_elses() {
    let world = World { is_overtaken: true, ..World::default() };
    let mut person = Person::answering(&["https://phoenix.example", "voice", WRONG]);
    let (done, said) = run(&world, &mut person, "connect arize --organization acme").await;
    assert_eq!((done, world.current_key()), (Ok(false), "theirs".to_owned()));
    assert!(said.contains("somebody else"), "{said}");
}

#[tokio::test]
async fn a_key_is_never_an_argument() {
    let world = World::default();
    let line = format!("connect arize --organization acme --set api_key={RIGHT}");
    let (done, _) = run(&world, &mut Person::default(), &line).await;
    assert!(done.unwrap_err().contains("never an argument"));
    // Nor is a wrong assignment repeated.
    for line in [
        format!("connect arize --organization acme --set {RIGHT}"),
        format!("connect arize --organization acme --set {RIGHT}=1"),
    ] {
        let (done, _) = run(&world, &mut Person::default(), &line).await;
        assert!(done.unwrap_err().contains("--set"), "{line}");
    }
    let (done, _) = run(&world, &mut Person::default(), "connect arize --organization acme --set host=https://x").await;
    assert!(done.unwrap_err().contains("--from"), "nobody to ask");
    let (done, _) = run(&world, &mut Person::answering(&[RIGHT]), "connect arize --organization acme --from -").await;
    assert!(done.unwrap_err().contains("would show the keys"), "nor typed where it is seen");
    let (done, _) = run(&world, &mut Person::default(), "connect langfuse --organization acme").await;
    assert!(done.unwrap_err().contains("not deployed"));
    assert!(world.secret.borrow().is_none());
}

#[tokio::test]
async fn a_wrong_key_never_replaces_one_that_works() {
    let world = connected().await;
    let (done, said) = run(&world, &mut Person::answering(&[WRONG]), "replace-key arize --organization acme").await;
    assert_eq!((done, world.current_key()), (Ok(false), RIGHT.to_owned()));
    assert_eq!(world.with(|secret| secret.pending.clone()), None, "it is tried no longer");
    insta::assert_snapshot!(said);
    let (done, _) = run(&world, &mut Person::default(), "connect arize --organization acme").await;
    assert!(done.unwrap_err().contains("replace-key"));
}

#[tokio::test]
async fn a_replaced_key_takes_the_other_fields_along_and_no_old_key() {
    let world = connected().await;
    let line = "replace-key arize --organization acme --set host=https://other.example";
    let mut person = Person::answering(&[RIGHT]);
    let (done, _) = run(&world, &mut person, line).await;
    assert_eq!(done, Ok(true));
    assert_eq!(person.asked.len(), 1, "a changed host asks for the key again");
    let field = |name: &str| world.with(|secret| field_of(&secret.versions[&secret.current], name));
    assert_eq!((field("host"), field("project_name")), (json!("https://other.example"), json!("voice")));
    assert_eq!(field("capture_content"), json!(false));
    // An empty answer is no key, not the old one.
    let (done, _) = run(&world, &mut Person::answering(&[""]), "replace-key arize --organization acme").await;
    assert_eq!(done, Ok(false));
    let tried = world.with(|secret| secret.versions.values().last().cloned()).unwrap();
    assert_eq!(field_of(&tried, "api_key"), Value::Null);
}

#[tokio::test]
async fn a_second_operator_is_told() {
    let world = World { is_overtaken: true, ..connected().await };
    let (done, said) = run(&world, &mut Person::answering(&[RIGHT]), "replace-key arize --organization acme").await;
    assert_eq!((done, world.current_key()), (Ok(false), "theirs".to_owned()));
    assert_eq!(world.with(|secret| secret.pending.clone()), None);
    assert!(said.contains("somebody else"), "{said}");
}

#[tokio::test]
async fn a_function_that_does_not_answer_leaves_the_connection_as_it_was() {
    let world = World { is_down: true, ..connected().await };
    let (done, _) = run(&world, &mut Person::answering(&[RIGHT]), "replace-key arize --organization acme").await;
    assert!(done.is_err());
    assert_eq!((world.current_key(), world.with(|secret| secret.pending.clone())), (RIGHT.to_owned(), None));
}

#[tokio::test]
async fn what_is_removed_was_meant() {
    let world = connected().await;
    let (done, _) = run(&world, &mut Person::default(), "disconnect arize --organization acme").await;
    assert!(done.unwrap_err().contains("--yes"));
    let (done, _) = run(&world, &mut Person::answering(&["acne"]), "disconnect arize --organization acme").await;
    assert_eq!((done, world.is_connected()), (Ok(false), true));
    let (done, _) = run(&world, &mut Person::answering(&["acme"]), "disconnect arize --organization acme").await;
    assert_eq!((done, world.is_connected()), (Ok(true), false));
    let (done, _) = run(&world, &mut Person::default(), "disconnect arize --organization acme --yes").await;
    assert!(done.unwrap_err().contains("no connection"));
}

#[tokio::test]
async fn the_list_says_since_when_and_what_came_last() {
    let world = connected().await;
    let (_, said) = run(&world, &mut Person::default(), "connections").await;
    insta::assert_snapshot!(said);
    let (_, said) = run(&world, &mut Person::default(), "connections --json").await;
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(document["connections"][0]["last_failure"], "unauthorized");
    let (_, said) = run(&World::default(), &mut Person::default(), "connections").await;
    assert!(said.contains("no connection"));
}
