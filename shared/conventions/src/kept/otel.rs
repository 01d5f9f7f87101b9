//! OpenTelemetry's conventions.

use spanlift_model::names::{self, exception, gen_ai};

use super::KeptTable;
use crate::value_kind::ValueKind::{CutName, Flag, Identifier, Identifiers, Name, Number, Time};

/// The general ones.
pub(super) const GENERAL: KeptTable = KeptTable {
    of: "OpenTelemetry",
    seen: "semantic conventions 1.42",
    rows: &[
        (Identifier, &[names::ERROR_TYPE, exception::TYPE]),
        (Flag, &["exception.escaped"]),
        (
            Number,
            &[
                "code.lineno",
                "http.response.status_code",
                "server.port",
                "thread.id",
                "process.pid",
                "http.request.resend_count",
            ],
        ),
        (
            Identifier,
            &[
                "deployment.environment",
                "deployment.environment.name",
                "http.method",
                "http.request.method",
                "network.protocol.name",
                "network.protocol.version",
                "network.transport",
                "otel.scope.name",
                "otel.scope.version",
                "otel.status_code",
                "rpc.system",
                "scope.name",
                "scope.version",
                "server.address",
                "service.name",
                "service.namespace",
                "service.version",
                "telemetry.sdk.language",
                "telemetry.sdk.name",
                "telemetry.sdk.version",
            ],
        ),
    ],
};

/// Of generative models.
pub(super) const GEN_AI: KeptTable = KeptTable {
    of: "OpenTelemetry GenAI",
    seen: "schema gen-ai 1.42.0 and before",
    rows: &[
        (
            Number,
            &[
                "gen_ai.usage.*",
                "gen_ai.cost.*",
                gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK,
                gen_ai::EMBEDDINGS_DIMENSION_COUNT,
                gen_ai::REQUEST_TEMPERATURE,
                gen_ai::REQUEST_TOP_P,
                gen_ai::REQUEST_TOP_K,
                gen_ai::REQUEST_MAX_TOKENS,
                gen_ai::REQUEST_FREQUENCY_PENALTY,
                gen_ai::REQUEST_PRESENCE_PENALTY,
                gen_ai::REQUEST_SEED,
                gen_ai::REQUEST_CHOICE_COUNT,
                "gen_ai.request.max_completion_tokens",
                "gen_ai.client.operation.duration",
                "gen_ai.client.operation.time_to_first_chunk",
                "gen_ai.evaluation.score.value",
                "gen_ai.server.request.duration",
                "gen_ai.server.time_per_output_token",
                "gen_ai.server.time_to_first_token",
                "index",
            ],
        ),
        (Flag, &[gen_ai::REQUEST_STREAM, "gen_ai.request.is_stream"]),
        (
            Identifier,
            &[
                gen_ai::OPERATION_NAME,
                gen_ai::PROVIDER_NAME,
                gen_ai::REQUEST_MODEL,
                gen_ai::RESPONSE_MODEL,
                gen_ai::RESPONSE_ID,
                gen_ai::OUTPUT_TYPE,
                gen_ai::TOOL_TYPE,
                gen_ai::TOOL_CALL_ID,
                "finish_reason",
                "gen_ai.agent.id",
                "gen_ai.agent.version",
                "gen_ai.data_source.id",
                "gen_ai.openai.api_type",
                "gen_ai.openai.api_version",
                "gen_ai.openai.request.response_format",
                "gen_ai.openai.request.service_tier",
                "gen_ai.openai.response.service_tier",
                "gen_ai.openai.response.system_fingerprint",
                "gen_ai.openai.system_fingerprint",
                "gen_ai.response.finish_reason",
                "gen_ai.response.status",
                "gen_ai.system",
                "gen_ai.token.type",
                "openai.api.type",
                "openai.request.service_tier",
                "openai.response.service_tier",
                "openai.response.system_fingerprint",
                "aws.bedrock.guardrail.id",
                "aws.bedrock.knowledge_base.id",
                "azure.resource_provider.namespace",
            ],
        ),
        (
            Identifiers,
            &[gen_ai::RESPONSE_FINISH_REASONS, gen_ai::REQUEST_STOP_SEQUENCES, gen_ai::REQUEST_ENCODING_FORMATS],
        ),
        (CutName, &[gen_ai::TOOL_NAME]),
        (Name, &[gen_ai::AGENT_NAME, gen_ai::WORKFLOW_NAME, gen_ai::PROMPT_NAME, "gen_ai.evaluation.name"]),
        (Time, &["gen_ai.event.start_time", "gen_ai.event.end_time"]),
    ],
};
