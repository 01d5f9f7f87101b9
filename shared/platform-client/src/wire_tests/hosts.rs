use std::process::Command;

use secrecy::SecretString;

use super::*;
use crate::base_url::{NOT_PUBLIC, host_refused};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// The answer to a client with this list, the connections that were made, and the requests counted.
async fn call(list: &str, host: &str, key: Option<&str>) -> (Result<u16, PlatformError>, usize, u64) {
    let server = Server::answering(OK).await;
    let client = client_with(list);
    let mut request = get(&format!("http://{host}:{}", server.address.port()));
    if let Some(key) = key {
        request = request.with_bearer(&SecretString::from(key)).unwrap();
    }
    let calls = quick_calls(&client);
    let status = calls.send(&request, Ok).await.map(|answer| answer.status());
    (status, server.connections(), calls.requests())
}

#[tokio::test]
async fn calls_an_address_of_our_own_only_when_it_is_listed() {
    let refused = Err(host_refused(NOT_PUBLIC));
    assert_eq!(call("", "127.0.0.1", None).await, (refused.clone(), 0, 0));
    assert_eq!(call("https://127.0.0.1", "127.0.0.1", None).await, (refused.clone(), 0, 0));
    assert_eq!(call("http://127.0.0.1:1", "127.0.0.1", None).await, (refused, 0, 0));
    assert_eq!(call("http://127.0.0.1", "127.0.0.1", None).await, (Ok(200), 1, 1));
    assert_eq!(call("http://127.0.0.1", "127.0.0.1", Some("sk")).await, (Ok(200), 1, 1));
}

#[tokio::test]
async fn calls_a_name_that_leads_to_our_own_only_when_it_is_listed() {
    // The name is public to look at; only the look-up tells.
    let refused = Err(host_refused(NOT_PUBLIC));
    assert_eq!(call("", "localhost", None).await, (refused.clone(), 0, 1));
    assert_eq!(call("http://10.0.0.0/8", "localhost", None).await, (refused.clone(), 0, 1));
    assert_eq!(call("https://localhost", "localhost", None).await, (refused, 0, 1));
    assert_eq!(call("http://127.0.0.0/8", "localhost", None).await, (Ok(200), 1, 1));
    assert_eq!(call("http://LOCALHOST", "localhost", Some("sk")).await, (Ok(200), 1, 1));
}

#[tokio::test]
async fn sends_no_key_in_the_clear_even_if_the_base_was_read_without_one() {
    let (status, connections, requests) = call("http://127.0.0.0/8", "localhost", Some("sk")).await;
    assert!(status.unwrap_err().to_string().contains("Use https"));
    assert_eq!((connections, requests), (0, 0));
}

#[tokio::test]
async fn says_that_a_name_does_not_exist() {
    // Longer than a label of a name may be: no look-up leaves the machine.
    let host = format!("{}.invalid", "a".repeat(64));
    assert_eq!(fetch(&format!("https://{host}")).await.unwrap_err(), unreachable(&host));
}

#[test]
fn takes_no_proxy_from_the_environment() {
    // Variables are the process's: the test above runs again in one that has them, with a proxy that nobody runs.
    let test = "wire_tests::hosts::calls_an_address_of_our_own_only_when_it_is_listed";
    let proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, "http://127.0.0.1:1"));
    let output = Command::new(std::env::current_exe().unwrap()).args(["--exact", test]).envs(proxies).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(report.contains("1 passed"), "{report}");
}
