//! Project names are people's: whatever they hold, the right project is read and no other.

use stand_in_phoenix::project_id;

use crate::phoenix::{Describe as _, newest, start, start_holding};
use crate::reader::{Reader, SIM, names, owned};
use crate::spans::{Build as _, span};

const NAMES: [&str; 24] = [
    "voice agent",
    " padded ",
    "a+b",
    "a b",
    "ünïcödé ☎ 語",
    "a%2Fb",
    "a%20b",
    "what?",
    "no#1",
    "\"quoted\" 'too' \\",
    "a&b=c;d",
    "@evil.example",
    "http:",
    "%",
    "...",
    "%2e%2e",
    // Those that no path can hold, or that mean something else in one.
    "a/b",
    "/",
    "..",
    ".",
    "line\nbreak\tand tab",
    "next\u{85}line",
    // A Relay id of a project; Python's decoder passes over what is not of its alphabet.
    "UHJvamVjdDox",
    "UHJv-amVj dDox",
];

#[tokio::test]
async fn reads_the_project_whatever_its_name_holds() {
    for page_rows in [1_000, 3] {
        for name in NAMES {
            let mut server = newest().with_pages_of(page_rows);
            // Another one for every way in which a name could be misread.
            for (number, other) in (100..).zip(["a", "b", "a b", "a+b", "a/b", "a%2Fb", "default", "projects", ""]) {
                if other != name {
                    server.spans.push(span(number, 1).with("simulation_output_id", SIM).of(other));
                }
            }
            server.spans.push(span(1, 1).with("simulation_output_id", SIM).of(name));
            let phoenix = start(server).await;
            let reading = Reader::of(&phoenix).with("project_name", name).read().await.unwrap();
            assert_eq!(owned(&reading), names(["1/1"]), "{name:?}");
            let asked = phoenix.take_requests();
            let is_looked_up = asked[0].path == "/v1/projects";
            assert_eq!(is_looked_up, NAMES[16..].contains(&name), "{name:?}");
        }
    }
}

#[tokio::test]
async fn says_that_there_is_no_such_project() {
    for name in ["voice-agents", "Voice-Agent", "a/b", "..", "UHJvamVjdDox", &project_id(1)] {
        let phoenix = start_holding([span(1, 1).with("simulation_output_id", SIM)]).await;
        let error = Reader::of(&phoenix).with("project_name", name).read().await.unwrap_err();
        assert_eq!(error.reason().as_str(), "project_not_found", "{name}");
        assert_eq!(phoenix.take_requests().len(), 1);
    }
}
