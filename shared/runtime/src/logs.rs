use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Starts JSON logs on standard output, the form that `CloudWatch` Logs indexes (`docs/LOGGING.md`).
///
/// `level` is a filter such as `info` or `info,spanlift_platform_client=debug`; none, or one that makes no sense, is
/// `info`.
pub fn start_logs(level: &str) {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter(level))
        .init();
}

fn filter(level: &str) -> EnvFilter {
    let info = || EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    info().parse(level.trim()).unwrap_or_else(|_| info().parse_lossy(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_info() {
        for (level, meant) in [
            ("", "info"),
            (" ", "info"),
            ("loud=very=much", "info"),
            ("warn", "warn"),
            ("info,spanlift_platform_client=debug", "spanlift_platform_client=debug,info"),
        ] {
            assert_eq!(filter(level).to_string(), meant, "{level:?}");
        }
    }
}
