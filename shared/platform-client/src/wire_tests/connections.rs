use super::*;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn keeps_a_connection_for_the_next_request() {
    let server = Server::start(|_, mut stream| async move {
        while read_head(&mut stream).await {
            stream.write_all(OK).await.ok();
        }
    })
    .await;
    let client = client();
    let calls = quick_calls(&client);
    for _ in 0..3 {
        calls.send(&get(&server.url()), Ok).await.unwrap();
    }
    assert_eq!((server.connections(), calls.requests()), (1, 3));
}

#[tokio::test]
async fn sends_again_at_once_when_a_kept_connection_was_closed() {
    // The server reads the second request of its first connection and closes, as one does whose time is up.
    let server = Server::start(|number, mut stream| async move {
        let mut answers = if number == 0 { 1 } else { usize::MAX };
        while read_head(&mut stream).await && answers > 0 {
            stream.write_all(OK).await.ok();
            answers -= 1;
        }
    })
    .await;
    let client = client();
    let mut calls = quick_calls(&client);
    calls.jitter = || panic!("a closed connection is no failure to wait for");
    for _ in 0..2 {
        assert_eq!(calls.send(&get(&server.url()), Ok).await.unwrap().body().as_ref(), b"ok");
    }
    assert_eq!((server.connections(), calls.requests()), (2, 3));
}

#[tokio::test]
async fn uses_no_connection_that_is_known_to_be_closed() {
    let server = Server::answering(OK).await;
    let client = client();
    let calls = quick_calls(&client);
    for _ in 0..3 {
        assert!(calls.send(&get(&server.url()), Ok).await.is_ok());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn gives_up_on_a_server_that_always_closes() {
    let server = Server::answering("").await;
    let client = client();
    let calls = quick_calls(&client);
    assert_eq!(calls.send(&get(&server.url()), Ok).await.unwrap_err(), unreachable("127.0.0.1"));
    assert_eq!(calls.requests(), 6, "three attempts, each repeated at once");
}

#[tokio::test]
async fn says_that_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = client();
    let calls = quick_calls(&client);
    assert_eq!(calls.send(&get(&url), Ok).await.unwrap_err(), unreachable("127.0.0.1"));
    assert_eq!(calls.requests(), 3);
}

#[tokio::test]
async fn says_that_what_answers_speaks_something_else() {
    let endless_head = [b"HTTP/1.1 200 OK\r\nx: ".as_slice(), &vec![b'x'; 2 * 1024 * 1024]].concat();
    for greeting in [b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec(), b"\x15\x03\x01\x00\x02\x02\x28".to_vec(), endless_head] {
        let server = Server::answering(greeting).await;
        let error = fetch(&server.url()).await.unwrap_err();
        assert_eq!(error, PlatformError::Malformed { problem: "what answers at 127.0.0.1 does not speak HTTP".into() });
    }
}
