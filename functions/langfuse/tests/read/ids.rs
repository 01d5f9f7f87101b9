//! Ids of simulations in every form that people send them in.

use serde_json::json;
use stand_in_langfuse::Observation;

use crate::agent::{SIM, both, call, holding, members, others, untagged};
use crate::reader::{Reader, owned_by, serve};

/// What an agent sends for an id: as it is, with what clings to it, and as SDK v5 does, as JSON.
fn sent(id: &str) -> Vec<String> {
    let clinging = [id.to_owned(), format!("{id}\n"), format!("{id}\r\n"), format!("  {id}\t"), format!("\n{id}")];
    clinging.iter().flat_map(|text| [text.clone(), json!(text).to_string()]).collect()
}

#[tokio::test(start_paused = true)]
async fn an_id_is_found_whatever_clings_to_it() {
    for id in [SIM, "so_1", "\"so_1\"", "12345", "0b9f2a54-7f6e-4f5e-9a39-1d2c3b4a5f60", "caf\u{e9} 7"] {
        for text in sent(id) {
            let keys = ["simulation_output_id", "coval_simulation_output_id", "session_id"];
            let own = keys.iter().zip(1..).map(|(key, number)| call(number, 0, 1, json!({*key: text})));
            let mut attribute = untagged(4, 0, 1);
            attribute[0].attributes = members(json!({"metadata": json!({"simulation_output_id": text}).to_string()}));
            let mut session: Vec<Observation> = untagged(5, 0, 1);
            session[0].session_id = Some(text.clone());
            let scenario = holding(own.chain([attribute, session, others(6, 0, 1)]));
            for scenario in both(&scenario) {
                let edition = scenario.edition;
                let server = serve(scenario).await;
                let reading = Reader::of(&server).hint(id).read().await.unwrap();
                let expected = (1..=5).map(|number| (number, 2)).collect();
                assert_eq!(owned_by(&reading, id), expected, "{id:?} sent as {text:?} to {edition:?}");
            }
        }
    }
}
