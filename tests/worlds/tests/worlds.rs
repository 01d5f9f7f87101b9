//! Sixty worlds a provider. `make worlds` runs more, and some on a real server.

use worlds::world::Provider;
use worlds::{Tally, explain, generate, run};

const WORLDS: u64 = 60;
/// Here the root began before the call and goes on: what is below it may come when all else has ended.
const ROOT_GOES_ON: u64 = 672;

fn are_right(provider: Provider) {
    let mut tally = Tally::default();
    let mut stories = Vec::new();
    for number in (1..=WORLDS).chain([ROOT_GOES_ON]) {
        let world = generate::world(provider, number);
        let imports = run(&world);
        if !tally.add(provider.name(), &world, &imports) {
            stories.push(explain(&world, &imports));
        }
    }
    assert!(tally.is_right(), "{tally}\n{}", stories.join("\n"));
}

#[test]
fn arize() {
    are_right(Provider::Arize);
}

#[test]
fn langfuse() {
    are_right(Provider::Langfuse);
}

#[test]
fn langsmith() {
    are_right(Provider::Langsmith);
}
