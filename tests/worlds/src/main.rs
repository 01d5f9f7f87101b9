//! `cargo run -p worlds`: runs worlds of every provider and says on the last line what they came to.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to whoever called it")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

use clap::{Parser, ValueEnum};
use worlds::Tally;
use worlds::world::{Provider, World};

/// Runs generated worlds through each provider's reading code and the engine, and compares what is stored with an oracle.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only this provider's worlds
    #[arg(long)]
    provider: Option<Name>,
    /// Only this world, told whole
    #[arg(long)]
    seed: Option<u64>,
    /// How many worlds a provider
    #[arg(long, default_value_t = 300)]
    count: u64,
    /// Say of each world that is not right what is wrong
    #[arg(long)]
    explain: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    Arize,
    Langfuse,
    Langsmith,
}

impl From<Name> for Provider {
    fn from(name: Name) -> Self {
        match name {
            Name::Arize => Self::Arize,
            Name::Langfuse => Self::Langfuse,
            Name::Langsmith => Self::Langsmith,
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let providers = arguments.provider.map_or(Provider::ALL.to_vec(), |name| vec![name.into()]);
    let numbers = arguments.seed.map_or(1..=arguments.count, |seed| seed..=seed);
    let worlds: Vec<(Provider, u64)> =
        providers.iter().flat_map(|provider| numbers.clone().map(|number| (*provider, number))).collect();
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((provider, number)) = worlds.get(next.fetch_add(1, Ordering::Relaxed)) {
            let world = worlds::generate::world(*provider, *number);
            one(&arguments, &world, &tally, worlds.len());
        }
    };
    scope(|threads| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            threads.spawn(work);
        }
    });
    let tally = tally.into_inner().unwrap_or_default();
    println!("{tally}");
    if tally.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(arguments: &Arguments, world: &World, tally: &Mutex<Tally>, of: usize) {
    let imports = worlds::run(world);
    let Ok(mut tally) = tally.lock() else { return };
    let is_right = tally.add(world, &imports);
    if arguments.seed.is_some() || (arguments.explain && !is_right) {
        println!("{}", worlds::explain(world, &imports));
    }
    if !is_right {
        eprintln!("not right: --provider {} --seed {} ({})", world.provider, world.number, world.family);
    }
    if tally.worlds().is_multiple_of(50) {
        eprintln!("{} of {of} worlds", tally.worlds());
    }
}
