//! Which fields are told (docs/platforms/langsmith.md#42-fields-of-v1).

use serde_json::{Map, Value, json};

use crate::answer::{self, Answer, unprocessable};
use crate::scenario::Run;
use crate::store::Seen;

/// What `select` of v1 may name.
pub(crate) const V1: &str = "id name run_type start_time end_time status error extra events inputs inputs_preview inputs_s3_urls \
    inputs_or_signed_url outputs outputs_preview outputs_s3_urls outputs_or_signed_url s3_urls error_or_signed_url \
    events_or_signed_url extra_or_signed_url serialized_or_signed_url parent_run_id manifest_id manifest_s3_id manifest \
    session_id serialized reference_example_id reference_dataset_id total_tokens prompt_tokens prompt_token_details \
    completion_tokens completion_token_details total_cost prompt_cost prompt_cost_details completion_cost \
    completion_cost_details price_model_id first_token_time trace_id dotted_order last_queued_at feedback_stats \
    child_run_ids parent_run_ids tags in_dataset app_path share_token trace_tier trace_first_received_at ttl_seconds \
    trace_upgrade thread_id trace_min_max_start_time messages inserted_at";

/// What v1 tells only when asked.
pub(crate) const V1_HIDDEN: &str = "inputs_preview outputs_preview inputs_s3_urls outputs_s3_urls s3_urls inputs_or_signed_url \
    outputs_or_signed_url child_run_ids messages inserted_at trace_min_max_start_time";

/// What `selects` of v2 may name.
pub(crate) const V2: &str = "ID NAME RUN_TYPE STATUS START_TIME END_TIME LATENCY_SECONDS FIRST_TOKEN_TIME ERROR ERROR_PREVIEW EXTRA \
    METADATA EVENTS INPUTS INPUTS_PREVIEW OUTPUTS OUTPUTS_PREVIEW MANIFEST PARENT_RUN_IDS PROJECT_ID TRACE_ID THREAD_ID \
    DOTTED_ORDER IS_ROOT REFERENCE_EXAMPLE_ID REFERENCE_DATASET_ID TOTAL_TOKENS PROMPT_TOKENS COMPLETION_TOKENS \
    TOTAL_COST PROMPT_COST COMPLETION_COST PROMPT_TOKEN_DETAILS COMPLETION_TOKEN_DETAILS PROMPT_COST_DETAILS \
    COMPLETION_COST_DETAILS PRICE_MODEL_ID TAGS APP_PATH ATTACHMENTS THREAD_EVALUATION_TIME IS_IN_DATASET \
    LAST_QUEUED_AT SHARE_URL FEEDBACK_STATS LS_USER_ID";

pub(crate) fn is_one_of(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// One name that is not in the list fails the whole query.
pub(crate) fn check(list: &str, member: &str, names: &[&str]) -> Result<(), Answer> {
    match names.iter().position(|name| !is_one_of(list, name)) {
        None => Ok(()),
        Some(index) => {
            let wrong = names.get(index).copied().unwrap_or_default();
            Err(unprocessable(&[json!(member), json!(index)], "Input should be one of the enum", &json!(wrong)))
        }
    }
}

/// One run that the server fails at fails the whole page.
pub(crate) fn check_told(rows: &[Seen<'_>], has_inputs: bool) -> Result<(), Answer> {
    let holds = |is_it: fn(&Run) -> bool| rows.iter().any(|seen| is_it(&seen.stored.run));
    if holds(|run| run.breaks_its_page) {
        return Err(answer::broken());
    }
    if has_inputs && holds(|run| run.is_too_large) { Err(answer::usual(413)) } else { Ok(()) }
}

pub(crate) fn keep(seen: &Seen<'_>, mut row: Map<String, Value>, is_wanted: impl Fn(&str) -> bool) -> Value {
    if let Some(told) = &seen.stored.run.told_as {
        return told.clone();
    }
    row.retain(|name, _| name == "id" || is_wanted(name));
    Value::Object(row)
}
