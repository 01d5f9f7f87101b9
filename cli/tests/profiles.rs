//! Every kind of profile that the AWS CLI and terraform know works for the command, too: each signs a request with its own key.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::JoinHandle;

const CONFIG: &str = "
[profile process]
credential_process = ./process.sh

[profile sso]
sso_session = people
sso_account_id = 123456789012
sso_role_name = Reader

[sso-session people]
sso_region = eu-west-1
sso_start_url = https://example.awsapps.com/start

[profile sso-signed-out]
sso_session = others
sso_account_id = 123456789012
sso_role_name = Reader

[sso-session others]
sso_region = eu-west-1
sso_start_url = https://example.awsapps.com/start

[profile login]
login_session = arn:aws:iam::0123456789012:user/Admin
";
const PROCESS: &str = r#"#!/bin/sh
echo '{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "secret"}'
"#;
/// As `aws sso login` leaves it, by the session's name.
const SSO_TOKEN: (&str, &str) = (
    ".aws/sso/cache/ab3ccc8dba2a0cf7a1ce4d830bb8a6238ff03833.json",
    r#"{"startUrl": "https://example.awsapps.com/start", "region": "eu-west-1", "accessToken": "token", "expiresAt": "2999-01-01T00:00:00Z"}"#,
);
/// As `aws login` leaves it, by the session.
const LOGIN_TOKEN: (&str, &str) = (
    ".aws/login/cache/36db1d138ff460920374e4c3d8e01f53f9f73537e89c88d639f68393df0e2726.json",
    r#"{"accessToken": {"accessKeyId": "AKIDLOGIN", "secretAccessKey": "secret", "sessionToken": "session", "accountId": "012345678901",
        "expiresAt": "2999-01-01T00:00:00Z"}, "tokenType": "aws_sigv4", "refreshToken": "refresh", "idToken": "id",
        "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": "key"}"#,
);
/// What IAM Identity Center answers, and Secrets Manager.
const ROLE: &str = r#"{"roleCredentials": {"accessKeyId": "AKIDSSO", "secretAccessKey": "secret", "sessionToken": "session", "expiration": 32472144000000}}"#;
const NO_SECRET: &str = r#"{"__type": "ResourceNotFoundException", "message": "no such secret"}"#;

#[test]
fn a_profile_of_each_kind_signs_requests() {
    let home = Home::new("kinds");
    for (profile, key) in [("process", "AKIDPROCESS"), ("sso", "AKIDSSO"), ("login", "AKIDLOGIN")] {
        let (endpoint, requests) = aws();
        let done = home.run(profile, &endpoint);
        // Whoever is answered that there is no such secret was let in.
        assert!(told(&done).contains("there is no secret spanlift/clickhouse-readers"), "{profile}: {}", told(&done));
        let requests = requests.join().unwrap();
        assert!(requests.last().unwrap().contains(&format!("Credential={key}/")), "{profile}: {requests:?}");
    }
}

#[test]
fn who_is_not_signed_in_is_told_so_and_nobody_else_is_blamed() {
    let home = Home::new("signed-out");
    for profile in ["sso-signed-out", "nobody"] {
        let done = home.run(profile, "http://127.0.0.1:9");
        let error = told(&done);
        assert!(
            error.starts_with(
                "error: there are no AWS credentials. Sign in (aws sso login, aws login), or set AWS_PROFILE"
            ),
            "{profile}: {error}"
        );
        assert!(!error.contains("did not answer") && !error.contains("cargo feature"), "{profile}: {error}");
    }
}

/// A home folder with profiles, which is gone afterwards.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let home = Self(std::env::temp_dir().join(format!("spanlift-{}-{name}", std::process::id())));
        for (file, text) in [(".aws/config", CONFIG), ("process.sh", PROCESS), SSO_TOKEN, LOGIN_TOKEN] {
            let file = home.0.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let made = Command::new("chmod").arg("+x").arg(home.0.join("process.sh")).status().unwrap();
        assert!(made.success());
        home
    }

    /// `spanlift show`, as somebody with this home and nothing else.
    fn run(&self, profile: &str, endpoint: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_spanlift"))
            .args(["show", "acme", "sim"])
            .current_dir(&self.0)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", &self.0)
            .env("AWS_PROFILE", profile)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("LEDGER_TABLE", "spanlift-ledger")
            .env("CLICKHOUSE_URL", "https://clickhouse.example.com:8443")
            .env("CLICKHOUSE_DATABASE", "otel")
            .env("CLICKHOUSE_TABLE", "otel_traces")
            .env("CLICKHOUSE_SECRET", "spanlift/clickhouse-readers")
            .output()
            .unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(fs::remove_dir_all::<&Path>(&self.0));
    }
}

fn told(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// AWS, as far as it is asked: roles for signed-in people, and no secret. Ends when the secret was asked for; returns all requests.
fn aws() -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let mut requests = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut part = [0; 4096];
                let length = stream.read(&mut part).unwrap();
                assert!(length > 0, "a request that ends too early");
                head.extend_from_slice(&part[..length]);
            }
            let request = String::from_utf8_lossy(&head).into_owned();
            let is_role = request.starts_with("GET /federation/credentials");
            let (status, body) = if is_role { ("200 OK", ROLE) } else { ("400 Bad Request", NO_SECRET) };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).unwrap();
            requests.push(request);
            if !is_role {
                return requests;
            }
        }
    });
    (endpoint, served)
}
