use tracing_subscriber::EnvFilter;

/// Starts JSON logs on standard output, the form that `CloudWatch` Logs indexes (`docs/LOGGING.md`).
///
/// `level` is a filter such as `info` or `info,spanlift_platform_client=debug`; one that makes no sense is `info`.
pub fn start_logs(level: &str) {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info")))
        .init();
}
