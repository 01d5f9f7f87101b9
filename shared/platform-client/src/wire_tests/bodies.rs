use super::*;
use crate::response::{LARGEST_BODY, LARGEST_ERROR_BODY};

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn chunked(headers: &str, body: &[u8], is_whole: bool) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n{headers}\r\n").into_bytes();
    bytes.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(if is_whole { b"\r\n0\r\n\r\n" } else { b"\r\n" });
    bytes
}

#[tokio::test]
async fn unpacks_gzip() {
    let server = Server::answering(chunked("content-encoding: gzip\r\n", &gzip(b"{\"data\":[]}"), true)).await;
    assert_eq!(fetch(&server.url()).await.unwrap().body().as_ref(), b"{\"data\":[]}");
}

#[tokio::test]
async fn takes_no_more_than_its_cap() {
    let (full, over) = (vec![0; LARGEST_BODY], vec![0; LARGEST_BODY + 1]);
    let bomb = gzip(&over);
    assert!(bomb.len() < LARGEST_BODY / 100);
    for (body, headers, is_taken) in
        [(&full, "", true), (&over, "", false), (&bomb, "content-encoding: gzip\r\n", false)]
    {
        let server = Server::answering(answer("200 OK", headers, body)).await;
        match fetch(&server.url()).await {
            Ok(answer) => assert!(is_taken && answer.body().len() == LARGEST_BODY),
            Err(error) => assert!(!is_taken && error == PlatformError::TooLarge { limit: LARGEST_BODY }, "{error}"),
        }
        // The same request would bring the same answer.
        assert_eq!(server.connections(), 1);
    }
    let unannounced = Server::answering(chunked("", &over, true)).await;
    assert_eq!(fetch(&unannounced.url()).await.unwrap_err(), PlatformError::TooLarge { limit: LARGEST_BODY });
}

#[tokio::test]
async fn a_byte_that_is_no_text_costs_its_place_and_nothing_else() {
    for (body, expected) in [
        (b"{\"a\": \"x\xffy\"}".as_slice(), "{\"a\": \"x\u{ffff}y\"}"),
        (b"\xe2\x82 \xc3\xa9\xf0\x9f", "\u{ffff}\u{ffff} \u{e9}\u{ffff}\u{ffff}"),
        ("\u{fffd}\u{1f600}".as_bytes(), "\u{fffd}\u{1f600}"),
    ] {
        let server = Server::answering(answer("200 OK", "", body)).await;
        assert_eq!(fetch(&server.url()).await.unwrap().body().as_ref(), expected.as_bytes());
    }
    // Three bytes stand for each of these.
    let most = LARGEST_BODY / 3;
    let server = Server::answering(answer("200 OK", "", &vec![0xff; most])).await;
    assert_eq!(fetch(&server.url()).await.unwrap().body().len(), 3 * most);
    for count in [most + 1, LARGEST_BODY] {
        let server = Server::answering(answer("200 OK", "", &vec![0xff; count])).await;
        assert_eq!(fetch(&server.url()).await.unwrap_err(), PlatformError::TooLarge { limit: LARGEST_BODY });
    }
}

#[tokio::test]
async fn cuts_the_body_of_an_error() {
    for headers in ["", "content-encoding: gzip\r\n"] {
        let body = vec![b'x'; 1024 * 1024];
        let body = if headers.is_empty() { body } else { gzip(&body) };
        let server = Server::answering(answer("500 Internal Server Error", headers, &body)).await;
        let answer = fetch(&server.url()).await.unwrap();
        assert_eq!((answer.status(), answer.body().len()), (500, LARGEST_ERROR_BODY));
    }
}

#[tokio::test]
async fn believes_a_status_whose_body_never_comes() {
    let server = Server::stalling(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 9\r\n\r\nInv").await;
    let client = client();
    let calls = calls(&client, Duration::from_millis(300), Duration::from_mins(1));
    let answer = calls.send(&get(&server.url()), Ok).await.unwrap();
    assert_eq!((answer.status(), answer.body().as_ref()), (401, b"Inv".as_slice()));
    assert_eq!(calls.requests(), 1);
}

#[tokio::test]
async fn tells_a_broken_connection_from_a_broken_answer() {
    let gzipped = "content-encoding: gzip\r\n";
    let packed = gzip(&vec![7; 100_000]);
    let half = &packed[..packed.len() / 2];
    let malformed = PlatformError::Malformed { problem: "the platform's answer is not compressed as it says".into() };
    for (bytes, error) in [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec(), broken_off()),
        (chunked("", b"half", false), broken_off()),
        (chunked(gzipped, half, false), broken_off()),
        (chunked(gzipped, half, true), malformed.clone()),
        (chunked(gzipped, b"{\"data\":[]}", true), malformed.clone()),
        (answer("200 OK", gzipped, b"{\"data\":[]}"), malformed),
    ] {
        let server = Server::answering(bytes.clone()).await;
        assert_eq!(fetch(&server.url()).await.unwrap_err(), error, "{}", String::from_utf8_lossy(&bytes));
    }
}

#[tokio::test]
async fn waits_no_longer_than_a_request_may_take() {
    for bytes in [b"".as_slice(), b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"] {
        let server = Server::stalling(bytes).await;
        let client = client();
        let calls = calls(&client, Duration::from_millis(30), Duration::from_mins(1));
        assert_eq!(calls.send(&get(&server.url()), Ok).await.unwrap_err(), PlatformError::Timeout);
        assert_eq!(calls.requests(), 3);
    }
}

#[tokio::test]
async fn waits_for_a_trickle_no_longer() {
    let server = Server::start(|_, mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n").await.ok();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let client = client();
    let calls = calls(&client, Duration::from_millis(50), Duration::from_millis(200));
    assert_eq!(calls.send(&get(&server.url()), Ok).await.unwrap_err(), PlatformError::Timeout);
}

#[tokio::test]
async fn waits_no_longer_than_the_deadline() {
    let server = Server::stalling(b"").await;
    let client = client();
    let calls = calls(&client, Duration::from_secs(20), Duration::from_millis(100));
    let began = Instant::now();
    assert_eq!(calls.send(&get(&server.url()), Ok).await.unwrap_err(), PlatformError::Timeout);
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(calls.requests(), 1);
    assert_eq!(calls.send(&get(&server.url()), Ok).await.unwrap_err(), PlatformError::Timeout);
    assert_eq!(calls.requests(), 1, "nothing is sent after the deadline");
}
