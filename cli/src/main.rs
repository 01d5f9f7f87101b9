//! The command's wiring: arguments, environment, terminal, ports.

use std::io::{self, ErrorKind, IsTerminal, Write as _};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{CommandFactory as _, Parser as _};
use spanlift::arguments::{
    Arguments, Command, ExplainArguments, RedriveArguments, ReplayArguments, ShowArguments, StatusArguments,
};
use spanlift::configuration::{
    ConnectionsConfiguration, InsightConfiguration, RedriveConfiguration, ReplayConfiguration, ShowConfiguration, Uses,
};
use spanlift::connections::adapters::{DirectFunctions, Secrets};
use spanlift::connections::{Terminal, connect, connections, disconnect, replace_key, verify};
use spanlift::explain_simulation::explain;
use spanlift::input::Content;
use spanlift::insight::answer;
use spanlift::insight::arguments::InsightCommand;
use spanlift::progress::Progress;
use spanlift::recent::{Asked, status};
use spanlift::redrive::redrive;
use spanlift::replay::{Plan, replay};
use spanlift::show::show;
use spanlift::view::View;
use spanlift::{Aws, TraceStore, input};
use spanlift_aws::{DeadLetters, DynamoLedger};
use spanlift_insight::Insight;
use spanlift_model::Clock as _;
use spanlift_runtime::{SystemClock, Variables};

/// Of a terminal that does not say how wide it is.
const USUAL_COLUMNS: usize = 80;
/// Between two looks of `status --watch`.
const WATCH: Duration = Duration::from_secs(2);
/// Clears a terminal and goes to its beginning.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let told = writeln!(io::stderr(), "error: {error:#}");
            // Nobody is left to tell it to.
            drop(told);
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<bool> {
    let variables = Variables::of_process();
    let uses = Uses::of(&command);
    match command {
        Command::Replay(arguments) => run_replay(&arguments, &variables).await,
        Command::Show(arguments) => run_show(&arguments, &variables).await.map(|()| true),
        Command::Redrive(arguments) => run_redrive(&arguments, &variables).await,
        Command::Status(arguments) => run_status(&arguments, uses, &variables).await.map(|()| true),
        Command::Explain(arguments) => run_explain(&arguments, uses, &variables).await.map(|()| true),
        Command::Completions(arguments) => {
            clap_complete::generate(arguments.shell, &mut Arguments::command(), "spanlift", &mut io::stdout());
            Ok(true)
        }
        Command::Insight(command) => run_insight(&command, &variables).await,
        command => run_connections(&command, uses, &variables).await,
    }
}

/// The deployment as those see it who administer connections.
struct Deployment {
    secrets: Secrets,
    functions: DirectFunctions,
    ledger: DynamoLedger,
}

impl Deployment {
    /// What a command does not use has an empty name here, and is never asked.
    async fn read(variables: &Variables, uses: Uses) -> Result<Self> {
        let aws = spanlift_aws::of_person().await;
        let configuration = ConnectionsConfiguration::read(variables, uses, aws.region().is_some())?;
        Ok(Self {
            secrets: Secrets::new(&aws, &configuration.secret_prefix),
            functions: DirectFunctions::new(&aws, configuration.direct_functions),
            ledger: DynamoLedger::new(&aws, &configuration.ledger_table, Duration::ZERO),
        })
    }
}

async fn run_connections(command: &Command, uses: Uses, variables: &Variables) -> Result<bool> {
    let Deployment { secrets, functions, ledger } = Deployment::read(variables, uses).await?;
    let (view, out, asking) = (&view(variables), &mut io::stdout(), &mut Terminal);
    let done = match command {
        Command::Connect(arguments) => connect(&secrets, &functions, asking, arguments, view, out).await,
        Command::Connections(arguments) => connections(&secrets, &ledger, arguments, view, out).await.map(|()| true),
        Command::Verify(arguments) => verify(&secrets, &functions, arguments, view, out).await,
        Command::ReplaceKey(arguments) => replace_key(&secrets, &functions, asking, arguments, view, out).await,
        Command::Disconnect(arguments) => disconnect(&secrets, asking, arguments, out).await,
        _ => Ok(true),
    };
    done.map_err(Into::into)
}

async fn run_status(arguments: &StatusArguments, uses: Uses, variables: &Variables) -> Result<()> {
    let Deployment { ledger, .. } = Deployment::read(variables, uses).await?;
    let asked = Asked {
        organization: arguments.organization.clone(),
        provider: arguments.provider.clone(),
        status: arguments.status,
        reason: arguments.reason.clone(),
        since: arguments.since,
        limit: arguments.limit,
    };
    loop {
        let mut text = Vec::new();
        status(&ledger, &asked, arguments.json, &view(variables), &mut text).await?;
        if arguments.watch && io::stdout().is_terminal() {
            write!(io::stdout(), "{CLEAR}")?;
        }
        io::stdout().write_all(&text)?;
        io::stdout().flush()?;
        if !arguments.watch {
            return Ok(());
        }
        tokio::time::sleep(WATCH).await;
    }
}

async fn run_explain(arguments: &ExplainArguments, uses: Uses, variables: &Variables) -> Result<()> {
    let Deployment { functions, ledger, .. } = Deployment::read(variables, uses).await?;
    explain(&ledger, &functions, arguments, &view(variables), &mut io::stdout()).await.map_err(Into::into)
}

async fn run_replay(arguments: &ReplayArguments, variables: &Variables) -> Result<bool> {
    let messages = input::messages(&input::read(&arguments.file)?)?;
    let aws = spanlift_aws::of_person().await;
    let holds_jobs = messages.iter().any(|message| message.content.as_ref().is_ok_and(Content::is_job));
    let configuration = ReplayConfiguration::read(variables, arguments.force || holds_jobs, aws.region().is_some())?;
    let plan = Plan { is_forced: arguments.force, patience: (!arguments.no_wait).then_some(arguments.timeout) };
    let mut progress = Progress::new(io::stderr(), columns(&io::stderr()));
    let deployment = Aws::new(&aws, &configuration);
    let view = view(variables);
    replay(&deployment, &SystemClock, &messages, plan, &view, &mut progress, &mut io::stdout())
        .await
        .map_err(Into::into)
}

async fn run_show(arguments: &ShowArguments, variables: &Variables) -> Result<()> {
    let aws = spanlift_aws::of_person().await;
    let configuration = ShowConfiguration::read(variables, aws.region().is_some())?;
    let store = TraceStore(configuration.trace_store.open(&aws).await?);
    // How long it remembers is for those who write.
    let ledger = DynamoLedger::new(&aws, &configuration.ledger_table, Duration::ZERO);
    show(&ledger, &store, arguments, &view(variables), &mut io::stdout()).await.map_err(Into::into)
}

async fn run_insight(command: &InsightCommand, variables: &Variables) -> Result<bool> {
    let aws = spanlift_aws::of_person().await;
    let configuration = InsightConfiguration::read(variables, aws.region().is_some())?;
    let insight = Insight::new(configuration.trace_store.open(&aws).await?.reader());
    answer(&insight, command, &view(variables), &mut io::stdout()).await.map_err(Into::into)
}

async fn run_redrive(arguments: &RedriveArguments, variables: &Variables) -> Result<bool> {
    let aws = spanlift_aws::of_person().await;
    let configuration = RedriveConfiguration::read(variables, aws.region().is_some())?;
    let queues = &configuration.dead_letter_queues;
    redrive(&DeadLetters::new(&aws), queues, &arguments.queues, &view(variables), &mut io::stdout())
        .await
        .map_err(Into::into)
}

fn view(variables: &Variables) -> View {
    View {
        is_coloured: io::stdout().is_terminal() && variables.optional("NO_COLOR").is_none(),
        columns: columns(&io::stdout()),
        now: SystemClock.now(),
    }
}

/// The columns of a terminal; `None` for anything else.
fn columns(stream: &(impl AsFd + IsTerminal)) -> Option<usize> {
    let size = terminal_size::terminal_size_of(stream);
    stream.is_terminal().then(|| size.map_or(USUAL_COLUMNS, |(width, _)| usize::from(width.0)))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut errors = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    errors.any(|error| error.kind() == ErrorKind::BrokenPipe)
}
