//! The columns that filters may name (contract §2.2).

pub(crate) const TRACES: &[&str] = &[
    "id", "name", "timestamp", "userId", "sessionId", "environment", "version", "release", "tags", "bookmarked",
    "metadata", "latency", "inputTokens", "outputTokens", "totalTokens", "inputCost", "outputCost", "totalCost", "level",
    "warningCount", "errorCount", "defaultCount", "debugCount", "scores_avg", "score_categories", "score_booleans",
];

pub(crate) const OBSERVATIONS: &[&str] = &[
    "id", "type", "name", "traceId", "startTime", "endTime", "environment", "level", "statusMessage", "version", "userId",
    "sessionId", "isRootObservation", "traceName", "traceTags", "tags", "latency", "timeToFirstToken", "tokensPerSecond",
    "inputTokens", "outputTokens", "totalTokens", "inputCost", "outputCost", "totalCost", "model", "providedModelName",
    "promptName", "promptVersion", "input", "output", "metadata",
];
