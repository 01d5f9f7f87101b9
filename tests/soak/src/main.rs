//! `cargo run -p soak`: plays fault schedules of every provider and says on the last line what they came to.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to whoever called it")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

use clap::Parser;
use soak::{Tally, judge, run};
use worlds::world::Provider;

/// Plays imports while everything around them fails, and compares what is stored with an oracle.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only this provider's schedules
    #[arg(long)]
    provider: Option<Provider>,
    /// How many schedules a provider
    #[arg(long, default_value_t = 500)]
    schedules: u64,
    /// The number of the first
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Only this schedule, told whole
    #[arg(long)]
    seed: Option<u64>,
    /// End at the first schedule that is not right
    #[arg(long)]
    until_failure: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let providers = arguments.provider.map_or(Provider::ALL.to_vec(), |provider| vec![provider]);
    let numbers = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.first..arguments.first + arguments.schedules,
    };
    let schedules: Vec<(Provider, u64)> =
        numbers.flat_map(|number| providers.iter().map(move |provider| (*provider, number))).collect();
    let tally = play(&schedules, &arguments);
    for (what, count) in &tally.faults {
        println!("{count:>9} × {what}");
    }
    println!("{tally}");
    if tally.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// As many at a time as there are processors.
fn play(schedules: &[(Provider, u64)], arguments: &Arguments) -> Tally {
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((provider, number)) = schedules.get(next.fetch_add(1, Ordering::Relaxed)) {
            let schedule = run(*provider, *number);
            let Ok(mut tally) = tally.lock() else { return };
            let is_right = tally.add(&schedule);
            if arguments.seed.is_some() {
                tell(&schedule);
            }
            if !is_right {
                eprintln!("not right: {provider} {number} ({})", schedule.world.family);
                if arguments.until_failure {
                    next.store(schedules.len(), Ordering::Relaxed);
                }
            }
            if tally.schedules().is_multiple_of(1_000) {
                eprintln!("{} of {} schedules", tally.schedules(), schedules.len());
            }
        }
    };
    scope(|threads| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            threads.spawn(work);
        }
    });
    tally.into_inner().unwrap_or_default()
}

fn tell(schedule: &soak::Schedule) {
    let mut lines: Vec<String> = schedule.faults.story();
    lines.extend(schedule.played.story.iter().cloned());
    lines.sort();
    println!("{}", lines.join("\n"));
    for import in &schedule.played.imports {
        println!("\n{:?}\n{:?}", import.status, import.imported.conclusion);
    }
    let imports: Vec<worlds::Imported> = schedule.played.imports.iter().map(|import| import.imported.clone()).collect();
    println!("\n{}\n{:?}", worlds::explain(&schedule.world, &imports), judge::judge(schedule));
}
