//! The tables of docs/COST.md.

use std::time::Duration;

use worlds::world::Provider;

use crate::bill::{Bill, PRICES, bill};
use crate::calls::{SPANS, Tags, world};
use crate::limit::Limit;
use crate::run::{Burst, run};

const MANY: u64 = 100;
/// Each import of a burst looks through all of them: with more, minutes become hours.
const FEW_SPANS: u64 = 12;
const NEWEST: u32 = 0;
const OLDEST: u32 = 2;

/// The list prices.
#[must_use]
pub fn prices() -> String {
    let row = |price: &crate::bill::Price| {
        vec![price.what.to_owned(), per(price.units, price.dollars), price.source.to_owned()]
    };
    table(&["what", "US dollars", "page of AWS"], PRICES.iter().map(row))
}

/// What a million simulations cost, tagged and untagged, at a million a day and at a hundred.
#[must_use]
pub fn bills() -> String {
    let cases: Vec<(String, Burst)> = [Tags::Tagged, Tags::Untagged]
        .into_iter()
        .flat_map(|tags| Provider::ALL.map(|provider| (tags, provider)))
        .map(|(tags, provider)| {
            let words = if tags == Tags::Tagged { "tagged" } else { "untagged" };
            (format!("{provider}, {words}"), run(&world(provider, NEWEST, tags, 1, SPANS), Limit::None))
        })
        .collect();
    let used: Vec<Vec<String>> = cases
        .iter()
        .map(|(name, burst)| {
            let usage = &burst.usage;
            let calls =
                ["execution", "platform request", "claim", "complete", "read of attempts", "look-up", "insert", "send"];
            let mut row = vec![name.clone()];
            row.extend(calls.map(|call| usage.of(call).to_string()));
            row.push(format!("{:.2}", usage.active.as_secs_f64()));
            row
        })
        .collect();
    let heads = [
        "one simulation",
        "executions",
        "platform requests",
        "claims",
        "completions",
        "ledger reads",
        "look-ups",
        "inserts",
        "passes sent",
        "seconds waited",
    ];
    let million: Vec<Bill> = cases.iter().map(|(_, burst)| bill(burst, 1e6)).collect();
    let hundred: Vec<Bill> = cases.iter().map(|(_, burst)| bill(burst, 1e8)).collect();
    let mut rows: Vec<Vec<String>> = (0..PRICES.len())
        .map(|line| {
            let mut row = vec![PRICES[line].what.to_owned()];
            row.extend(million.iter().map(|bill| format!("{:.2}", bill.lines[line].dollars)));
            row
        })
        .collect();
    for (words, bills) in
        [("**together**, 1 million a day", &million), ("**together**, 100 million a day, a million of them", &hundred)]
    {
        let mut row = vec![words.to_owned()];
        row.extend(bills.iter().map(|bill| format!("**{:.2}**", bill.dollars())));
        rows.push(row);
    }
    let mut dollars = vec!["US dollars a million"];
    dollars.extend(cases.iter().map(|(name, _)| name.as_str()));
    format!("{}\n{}", table(&heads, used), table(&dollars, rows))
}

/// A hundred simulations of one organization that end together, under each platform's limits.
#[must_use]
pub fn bursts() -> String {
    let fixed = |requests| Limit::Fixed { requests };
    let sliding = |requests| Limit::Sliding { requests, within: Duration::from_secs(10) };
    let cases = [
        (Provider::Arize, NEWEST, "a server of one's own: none", Limit::None),
        (Provider::Langfuse, NEWEST, "Pro, v2: 1,000 a minute", fixed(1_000)),
        (Provider::Langfuse, NEWEST, "Core, v2: 100 a minute", fixed(100)),
        (Provider::Langfuse, NEWEST, "Hobby, v2: 30 a minute", fixed(30)),
        (Provider::Langfuse, OLDEST, "Core, v1: 30 a minute", fixed(30)),
        (Provider::Langsmith, NEWEST, "v2: 300 in 10 s", sliding(300)),
        (Provider::Langsmith, OLDEST, "v1: 10 in 10 s", sliding(10)),
    ];
    let row = |(provider, edition, words, limit): (Provider, u32, &str, Limit)| {
        eprintln!("  {provider}, {words}");
        let burst = run(&world(provider, edition, Tags::Tagged, MANY, FEW_SPANS), limit);
        let served = burst.usage.of("served request");
        let refused = burst.usage.of("refused request");
        vec![
            provider.to_string(),
            words.to_owned(),
            format!("{} of {MANY}", burst.whole),
            served.to_string(),
            refused.to_string(),
            minutes(limit.shortest(served)),
            minutes(burst.last_stored),
            minutes(burst.last_ended),
        ]
    };
    let heads = [
        "provider",
        "limit",
        "whole",
        "requests served",
        "refused",
        "minutes that the limit asks for",
        "minutes to the last row",
        "minutes to the last pass",
    ];
    table(&heads, cases.into_iter().map(row))
}

/// What stands before a generated section of the page, the section, and what stands behind it.
#[must_use]
pub fn section<'a>(page: &'a str, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let begin = format!("<!-- begin {name} -->\n");
    let from = page.find(&begin)? + begin.len();
    let to = from + page.get(from..)?.find(&format!("<!-- end {name} -->"))?;
    Some((page.get(..from)?, page.get(from..to)?, page.get(to..)?))
}

fn per(units: f64, dollars: f64) -> String {
    if units <= 1.0 { format!("{dollars}") } else { format!("{dollars} for {units}") }
}

fn minutes(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() / 60.0)
}

fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let heads: Vec<String> = heads.iter().map(ToString::to_string).collect();
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    format!("{}|{}\n{rows}", line(&heads), "---|".repeat(heads.len()))
}
