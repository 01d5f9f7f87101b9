use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// What the crates' names in `shared/` begin with.
const SHARED: &str = "spanlift_";

/// Starts JSON logs on standard output, the form that `CloudWatch` Logs indexes (`docs/LOGGING.md`).
///
/// `function` is the function's own crate. `level` is a filter such as `info` or `info,spanlift_platform_client=debug`;
/// none, or one that makes no sense, is `info`.
pub fn start_logs(function: &'static str, level: &str) {
    logs(function, level, std::io::stdout).init();
}

/// The logs that [`start_logs`] starts, on any writer.
///
/// Whatever `level` says, libraries are heard from `info` on: below that some write down what a server answered, which
/// may quote rows and echo a key.
pub fn logs<W>(function: &'static str, level: &str, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let is_heard = move |line: &Metadata<'_>| *line.level() <= Level::INFO || is_ours(line.target(), function);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer)
        .with_filter(filter(level).and(filter_fn(is_heard)));
    tracing_subscriber::registry().with(lines)
}

/// Is it a module of this repository?
fn is_ours(target: &str, function: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    name == function || name.starts_with(SHARED)
}

/// Without a level for everything else, that is `info`. `EnvFilter` knows more, and brings a regex engine into every function.
fn filter(level: &str) -> Targets {
    let level = level.trim();
    let targets = if level.is_empty() { Targets::new() } else { level.parse().unwrap_or_default() };
    let is_open = targets.default_level().is_none();
    if is_open { targets.with_default(LevelFilter::INFO) } else { targets }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn libraries_are_heard_from_info_on() {
        for level in ["trace", "info,clickhouse=trace,arize=trace,spanlift_model=trace"] {
            let written = Written::default();
            let writer = written.clone();
            tracing::subscriber::with_default(logs("arize", level, move || writer.clone()), || {
                tracing::debug!(target: "arize::read", "ours");
                tracing::trace!(target: "spanlift_model", "shared");
                tracing::debug!(target: "clickhouse::error", "what a server said");
                tracing::trace!(target: "aws_smithy_runtime::client", "a body");
                tracing::trace!(target: "arizer", "another name");
                tracing::info!(target: "rustls", "a library");
            });
            let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
            let messages: Vec<String> = text
                .lines()
                .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["message"].to_string())
                .collect();
            assert_eq!(messages, [r#""ours""#, r#""shared""#, r#""a library""#], "{level}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_info() {
        for (level, meant) in [
            ("", "info"),
            (" ", "info"),
            ("loud=very=much", "info"),
            ("warn", "warn"),
            ("info,spanlift_platform_client=debug", "spanlift_platform_client=debug,info"),
            ("spanlift_platform_client=debug", "spanlift_platform_client=debug,info"),
        ] {
            assert_eq!(filter(level).to_string(), meant, "{level:?}");
        }
    }
}
