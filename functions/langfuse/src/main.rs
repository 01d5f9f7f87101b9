//! The wiring of the Langfuse importer.

use langfuse::{CAP, Langfuse};
use spanlift_platform_client::PlatformClient;
use spanlift_runtime::{ImporterConfiguration, SystemClock, Variables, run_importer, start_logs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut variables = Variables::of_process();
    start_logs(module_path!(), &variables.optional("LOG_LEVEL").unwrap_or_default());
    let configuration = ImporterConfiguration::read(&mut variables, CAP);
    let configuration = variables.check(configuration)?;
    let client = PlatformClient::new(configuration.allowed_hosts.clone());
    let platform = Langfuse::new(client, SystemClock);
    run_importer(platform, configuration).await.map_err(anyhow::Error::from_boxed)
}
