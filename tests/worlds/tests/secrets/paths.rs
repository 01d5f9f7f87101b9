//! Every way in which an import fails at its platform or at its connection.

use spanlift_importer::ports::Platform;
use spanlift_model::MatchedCap;

use crate::connections::{PROVIDERS, client, clock, in_virtual_time, job, keys, sound, unsound};
use crate::hostile::{Behaviour, Hostile};
use crate::marks::{Mark, found};
use crate::said::{Log, Secrets, deliver, engine, kept};

/// What an import with this connection says, to its dead letter.
async fn import(provider: &'static str, connection: String) -> String {
    match provider {
        "arize" => run(arize::Arize::new(client(), clock()), provider, connection, arize::CAP).await,
        "langfuse" => run(langfuse::Langfuse::new(client(), clock()), provider, connection, langfuse::CAP).await,
        _ => run(langsmith::LangSmith::new(client(), clock()), provider, connection, langsmith::CAP).await,
    }
}

async fn run<P: Platform + std::fmt::Debug>(
    platform: P,
    provider: &'static str,
    connection: String,
    cap: MatchedCap,
) -> String {
    let log = Log::default();
    let _logging = log.start(provider);
    let engine = engine(platform, Secrets(vec![("acme".to_owned(), connection)]), clock(), cap);
    let mut said = String::new();
    for receive_count in 1..=3 {
        let report = Box::pin(deliver(&engine, &job(provider, "acme", "sim-1"), receive_count)).await;
        said.extend(report.outcome.map(|outcome| format!("{}\n", serde_json::to_string(&outcome).unwrap())));
    }
    let text = log.text();
    assert!(text.contains("acme"), "the log was heard");
    said + &text + &kept(&engine)
}

fn assert_silent(said: &str, key: &Mark, what: &str) {
    let found = found(said, std::slice::from_ref(key));
    assert!(found.is_empty(), "{what}: {found:#?}");
}

#[test]
fn a_platform_that_echoes_keys_gets_none_of_them_out() {
    // As platforms make them; what people make of them is sent in the same way, or not at all.
    let keys = &keys()[..4];
    for provider in PROVIDERS {
        for (behaviour, key) in Behaviour::all().zip(keys.iter().cycle()) {
            let (said, asked, elsewhere) = in_virtual_time(async {
                let elsewhere = Hostile::start(Behaviour::Status(200), String::new()).await;
                let hostile = Hostile::start(behaviour, format!("http://{}", elsewhere.authority)).await;
                let connection = sound(provider, &format!("http://{}", hostile.authority), &key.value);
                (import(provider, connection).await, hostile.asked(), elsewhere.asked())
            });
            let what = format!("{provider} {behaviour:?} {}", key.what);
            assert!(!found(&asked.join("\n"), std::slice::from_ref(key)).is_empty(), "{what}: the key was sent");
            assert_eq!(elsewhere, [""; 0], "{what}: no redirect is followed");
            assert_silent(&said, key, &what);
        }
    }
}

#[test]
fn a_key_of_any_shape_stays_where_it_is() {
    for provider in PROVIDERS {
        for key in keys() {
            for behaviour in [Behaviour::JsonStatus(401), Behaviour::UnreadableRows] {
                let said = in_virtual_time(async {
                    let hostile = Hostile::start(behaviour, String::new()).await;
                    import(provider, sound(provider, &format!("http://{}", hostile.authority), &key.value)).await
                });
                assert_silent(&said, &key, &format!("{provider} {behaviour:?} {}", key.what));
            }
        }
    }
}

#[test]
fn a_connection_that_cannot_be_used_says_nothing_of_what_stands_in_it() {
    for provider in PROVIDERS {
        for key in keys().into_iter().step_by(4) {
            in_virtual_time(async {
                let hostile = Hostile::start(Behaviour::JsonStatus(403), String::new()).await;
                for connection in unsound(provider, &hostile.authority, &key.value) {
                    let said = import(provider, connection.clone()).await;
                    assert_silent(&said, &key, &format!("{provider} {}: {connection}", key.what));
                }
            });
        }
    }
}
