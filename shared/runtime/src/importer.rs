use lambda_runtime::Error;
use serde::Serialize;
use serde_json::Value;
use spanlift_aws::{Connections, DynamoLedger, QueueUrls, Queues};
use spanlift_importer::direct::{DirectRequest, PreviewAnswer, Refused, VerifyAnswer};
use spanlift_importer::ports::{Credentials, Ledger, Platform, Queue, TraceStore};
use spanlift_importer::{Importer, Policy, Report};
use spanlift_model::{Clock, ImportJob, Refusal, Timestamp};
use tracing::Instrument as _;

use crate::late_store::LateStore;
use crate::{Direct, Handler, ImporterConfiguration, Message, SystemClock, Verdict, beside_the_start, metrics, run};

/// Serves a provider's queue: wires `platform` to AWS and the trace store and runs its imports.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn run_importer(platform: impl Platform, configuration: ImporterConfiguration) -> Result<(), Error> {
    let function = &configuration.function;
    let aws = spanlift_aws::of_function().await;
    let queues = Queues::new(
        &aws,
        QueueUrls {
            own: function.queue_url.clone(),
            dead_letter: function.dead_letter_queue_url.clone(),
            outcomes: configuration.outcome_queue_url.clone(),
        },
    );
    let importer = Importer {
        platform,
        credentials: Connections::new(&aws, &function.secret_prefix, SystemClock),
        ledger: DynamoLedger::new(&aws, &function.ledger_table, function.ledger_lifetime),
        store: LateStore::new(configuration.trace_store.clone(), aws.clone()),
        queue: queues.clone(),
        clock: SystemClock,
        policy: Policy {
            budget: configuration.budget,
            function_timeout: function.function_timeout,
            passes: configuration.passes.clone(),
            caps: configuration.caps,
            max_tries: function.max_receives,
            retry_base: function.retry_base,
            rate_limit_delay: configuration.rate_limit_delay,
        },
    };
    let handler = ImportHandler { importer, metrics_namespace: configuration.metrics_namespace };
    // In the order in which they are needed.
    beside_the_start(|| {
        spanlift_aws::read_certificates();
        spanlift_platform_client::read_certificates();
    });
    run(&handler, &queues, &handler, configuration.direct_alias.as_deref()).await
}

/// An importer as a handler of queue messages.
struct ImportHandler<P, C, L, S, Q, K> {
    importer: Importer<P, C, L, S, Q, K>,
    metrics_namespace: String,
}

impl<P, C, L, S, Q, K> Handler for ImportHandler<P, C, L, S, Q, K>
where
    P: Platform,
    C: Credentials,
    L: Ledger,
    S: TraceStore,
    Q: Queue,
    K: Clock,
{
    async fn handle(&self, message: &Message<'_>) -> Verdict {
        let job = match ImportJob::parse(message.body) {
            Ok(job) => job,
            Err(refusal) => return Verdict::Refused(refusal),
        };
        if job.provider.as_str() != P::PROVIDER {
            let problem = format!("this function imports from {} only", P::PROVIDER);
            return Verdict::Refused(Refusal::BadField { field: "provider", problem });
        }
        let names = tracing::info_span!(
            "import",
            organization_id = %job.event.organization_id,
            simulation_output_id = %job.event.simulation_output_id,
            attempt = job.event.attempt,
            provider = %job.provider,
            pass = job.pass,
            receive_count = message.delivery.receive_count,
        );
        let report = self.importer.import(&job, &message.delivery).instrument(names.clone()).await;
        names.in_scope(|| tell(&report));
        if let Some(outcome) = &report.outcome {
            metrics::emit(outcome, &self.metrics_namespace, self.importer.clock.now());
        }
        Verdict::Handled(report.disposition)
    }
}

impl<P, C, L, S, Q, K> Direct for ImportHandler<P, C, L, S, Q, K>
where
    P: Platform,
    C: Credentials,
    L: Ledger,
    S: TraceStore,
    Q: Queue,
    K: Clock,
{
    async fn answer(&self, request: &Value, deadline: Timestamp) -> Result<Value, Error> {
        match DirectRequest::parse(request) {
            Ok(DirectRequest::Verify(request)) => {
                let organization_id = request.organization_id.to_string();
                let names = tracing::info_span!("verify", organization_id, provider = P::PROVIDER);
                let result = Box::pin(self.importer.verify(&request, deadline)).instrument(names.clone()).await;
                names.in_scope(|| tell_direct(result.as_ref().err()));
                told(&VerifyAnswer::from(result))
            }
            Ok(DirectRequest::Preview(event)) => {
                let names = tracing::info_span!(
                    "preview",
                    organization_id = %event.organization_id,
                    simulation_output_id = %event.simulation_output_id,
                    attempt = event.attempt,
                    provider = P::PROVIDER,
                );
                let result = Box::pin(self.importer.preview(event, deadline)).instrument(names.clone()).await;
                names.in_scope(|| tell_direct(result.as_ref().err()));
                told(&PreviewAnswer::from(result))
            }
            Err(refused) => {
                tell_direct(Some(&refused));
                told(&refused)
            }
        }
    }
}

fn told(answer: &impl Serialize) -> Result<Value, Error> {
    Ok(serde_json::to_value(answer)?)
}

/// The one line that a direct request leaves in the log.
fn tell_direct(refused: Option<&Refused>) {
    match refused {
        None => tracing::info!("a direct request was answered"),
        Some(Refused { reason, advice, .. }) => tracing::info!(reason, advice, "a direct request was answered with no"),
    }
}

/// The one line that an import leaves in the log.
fn tell(report: &Report) {
    let Some(outcome) = &report.outcome else {
        tracing::info!(disposition = ?report.disposition, "{}", report.story);
        return;
    };
    tracing::info!(
        disposition = ?report.disposition,
        story = report.story,
        status = outcome.status,
        reason = outcome.reason,
        error = outcome.error,
        is_final = outcome.is_final,
        stored = outcome.stored,
        inserted = outcome.inserted,
        matched_traces = outcome.matched_traces,
        matched_spans = outcome.matched_spans,
        requests = outcome.requests,
        truncated = outcome.truncated,
        incomplete = outcome.incomplete,
        matched_by = outcome.matched_by.join(","),
        duration_ms = outcome.duration_ms,
        "import {}{}",
        outcome.status,
        outcome.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default(),
    );
}
