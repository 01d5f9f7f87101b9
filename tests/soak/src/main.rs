//! `cargo run -p soak`: runs fault schedules of every provider and says on the last line what they came to.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to whoever called it")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

use clap::Parser;
use soak::{Plan, Tally, judge, run};
use worlds::world::Provider;

/// Runs whole imports while everything around them goes wrong, and judges what came of them.
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
    /// Only this schedule, told in full
    #[arg(long)]
    seed: Option<u64>,
    /// Say why imports are not whole, which alone is nothing wrong
    #[arg(long)]
    why: bool,
    /// Stop at the first schedule that is not right
    #[arg(long)]
    stop: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let providers = arguments.provider.map_or(Provider::ALL.to_vec(), |provider| vec![provider]);
    let numbers = arguments.seed.map_or(arguments.first..arguments.first + arguments.schedules, |seed| seed..seed + 1);
    let schedules: Vec<(Provider, u64)> =
        numbers.flat_map(|number| providers.iter().map(move |provider| (*provider, number))).collect();
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((provider, number)) = schedules.get(next.fetch_add(1, Ordering::Relaxed)) {
            if one(*provider, *number, &arguments, &tally) && arguments.stop {
                next.store(schedules.len(), Ordering::Relaxed);
            }
        }
    };
    scope(|threads| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            threads.spawn(work);
        }
    });
    let tally = tally.into_inner().unwrap_or_default();
    for (kind, count) in tally.faults() {
        eprintln!("{count:>9} {kind}");
    }
    println!("{tally}");
    if tally.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs and tells one schedule. True when it is not right.
fn one(provider: Provider, number: u64, arguments: &Arguments, tally: &Mutex<Tally>) -> bool {
    let ran = run(Plan::new(provider, number));
    let judged = judge(&ran);
    let Ok(mut tally) = tally.lock() else { return false };
    tally.add(&ran, &judged);
    if arguments.seed.is_some() {
        for line in &ran.story {
            println!("{line}");
        }
        println!(
            "{:?} cease {:?} forever {:?} loop {:?}",
            ran.plan.odds, ran.plan.cease, ran.plan.forever, ran.plan.cursor_loop
        );
        println!("{}", worlds::explain(&ran.plan.world, &judged.told));
        println!("imports {} whole {}", judged.imports, judged.whole);
    }
    let short = judged.short.iter().filter(|_| arguments.why || arguments.seed.is_some());
    for words in judged.words.iter().chain(short) {
        eprintln!("{provider} {number} ({}): {words}", ran.plan.world.family);
    }
    if tally.schedules().is_multiple_of(1000) {
        eprintln!("{} schedules so far", tally.schedules());
    }
    !judged.is_right()
}
