//! `cargo run -p worlds`: runs worlds of every provider and says on the last line what they came to.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to whoever called it")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

use clap::Parser;
use worlds::generate::{world, world_of_phoenix};
use worlds::world::{Provider, World};
use worlds::{Imported, Tally, explain, run, run_on_phoenix};

/// Runs generated worlds through each provider's reading code and the engine, and compares what is stored with an oracle.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only this provider's worlds
    #[arg(long)]
    provider: Option<Provider>,
    /// Only this world, told whole
    #[arg(long)]
    seed: Option<u64>,
    /// How many worlds a provider on stand-ins
    #[arg(long, default_value_t = 300)]
    count: u64,
    /// Worlds of arize on the Phoenix server at this address too, each in a project of its own
    #[arg(long, value_name = "URL")]
    phoenix: Option<String>,
    /// How many worlds on that server
    #[arg(long, default_value_t = 32)]
    phoenix_count: u64,
    /// Tell every world that is not right
    #[arg(long)]
    explain: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let told = Told { tally: Mutex::default(), arguments: &arguments };
    on_stand_ins(&arguments, &told);
    if let Some(url) =
        arguments.phoenix.as_ref().filter(|_| arguments.provider.is_none_or(|provider| provider == Provider::Arize))
    {
        for number in arguments.seed.map_or(1..=arguments.phoenix_count, |seed| seed..=seed) {
            let world = world_of_phoenix(number);
            told.tell("phoenix", &world, &run_on_phoenix(&world, url));
        }
    }
    let tally = told.tally.into_inner().unwrap_or_default();
    println!("{tally}");
    if tally.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// As many at a time as there are processors.
fn on_stand_ins(arguments: &Arguments, told: &Told<'_>) {
    let providers = arguments.provider.map_or(Provider::ALL.to_vec(), |provider| vec![provider]);
    let numbers = arguments.seed.map_or(1..=arguments.count, |seed| seed..=seed);
    let worlds: Vec<(Provider, u64)> =
        providers.iter().flat_map(|provider| numbers.clone().map(|number| (*provider, number))).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((provider, number)) = worlds.get(next.fetch_add(1, Ordering::Relaxed)) {
            let world = world(*provider, *number);
            told.tell(provider.name(), &world, &run(&world));
        }
    };
    scope(|threads| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            threads.spawn(work);
        }
    });
}

/// What is counted, and said on the way.
struct Told<'a> {
    tally: Mutex<Tally>,
    arguments: &'a Arguments,
}

impl Told<'_> {
    fn tell(&self, on: &'static str, world: &World, imports: &[Imported]) {
        let Ok(mut tally) = self.tally.lock() else { return };
        let is_right = tally.add(on, world, imports);
        if self.arguments.seed.is_some() || (self.arguments.explain && !is_right) {
            println!("{}", explain(world, imports));
        }
        if !is_right {
            eprintln!("not right: {on} {} ({})", world.number, world.family);
        }
        if tally.worlds().is_multiple_of(50) {
            eprintln!("{} worlds so far", tally.worlds());
        }
    }
}
