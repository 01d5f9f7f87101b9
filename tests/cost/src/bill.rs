//! Prices, and what a million simulations come to.

use std::time::Duration;

use crate::meter::Usage;
use crate::run::Burst;

/// A list price, in US dollars.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price {
    /// What is paid for.
    pub what: &'static str,
    /// For so many units.
    pub units: f64,
    /// The dollars.
    pub dollars: f64,
    /// Where AWS says so.
    pub source: &'static str,
}

/// List prices of us-east-1, without free tiers and discounts.
pub(crate) const PRICES: [Price; 10] = [
    price("Lambda, arm64: GB-second", 1.0, 0.000_013_333_4, "aws.amazon.com/lambda/pricing"),
    price("Lambda: request", MILLION, 0.20, "aws.amazon.com/lambda/pricing"),
    price("SQS, standard queue: request", MILLION, 0.40, "aws.amazon.com/sqs/pricing"),
    price("DynamoDB, on demand: write unit", MILLION, 0.625, "aws.amazon.com/dynamodb/pricing/on-demand"),
    price("DynamoDB, on demand: read unit", MILLION, 0.125, "aws.amazon.com/dynamodb/pricing/on-demand"),
    price("DynamoDB: GB stored, month", 1.0, 0.25, "aws.amazon.com/dynamodb/pricing/on-demand"),
    price("Secrets Manager: call", 10_000.0, 0.05, "aws.amazon.com/secrets-manager/pricing"),
    price("EventBridge: custom event", MILLION, 1.00, "aws.amazon.com/eventbridge/pricing"),
    price("CloudWatch Logs: GB taken in", 1.0, 0.50, "aws.amazon.com/cloudwatch/pricing"),
    price("Data out, to the same region by public addresses: GB", 1.0, 0.01, "aws.amazon.com/ec2/pricing/on-demand"),
];

const MILLION: f64 = 1_000_000.0;
/// Memory of a function, as infra/deployment.json has it (a test compares).
pub const MEMORY_MEGABYTES: u32 = 512;
/// What a pass computes, on a whole core (measured: 5 to 7 ms for a call of few spans, the event, the ledger and TLS aside).
const CPU: Duration = Duration::from_millis(10);
/// So many megabytes bring one core.
const MEGABYTES_OF_A_CORE: f64 = 1_769.0;
/// Start of an execution environment, billed, and how many executions find none.
const COLD_START: Duration = Duration::from_millis(250);
const COLD: f64 = 0.01;
/// What fanout takes for an event.
const FANOUT: Duration = Duration::from_millis(40);
/// An event's ways to the functions: one send and, with no batch, one receive and one deletion. The same for a job.
const A_MESSAGE: f64 = 3.0;
/// Write units. An import's item has less than 1 KB, so that a write of it is one (shared/aws/src/tests/completion.rs). Its entries in
/// the indexes `due` and `recent` are made by the first claim and changed by the last completion only: an entry that is made or
/// removed is one unit, one that moves is two.
const WRITE: f64 = 1.0;
const ENTRIES_MADE: f64 = 2.0;
const DUE_REMOVED: f64 = 1.0;
const RECENT_MOVED: f64 = 2.0;
/// A connection's secret is kept for five minutes, that there is one for one (shared/aws).
const SECRET_KEPT: f64 = 300.0;
const EXISTENCE_KEPT: f64 = 60.0;
/// Organizations that share the simulations of a day evenly.
const ORGANIZATIONS: f64 = 100.0;
/// A pass's line and its metrics (910 bytes by `make bench`), Lambda's own three lines, and 26 bytes that are charged for each.
const LOG_BYTES: f64 = 1_450.0;
/// A span, compressed, on its way to `ClickHouse`.
const SPAN_BYTES: f64 = 400.0;
const GIGA: f64 = 1e9;
const DAY: f64 = 86_400.0;

const fn price(what: &'static str, units: f64, dollars: f64, source: &'static str) -> Price {
    Price { what, units, dollars, source }
}

/// One line of a bill.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// What is paid for.
    pub what: &'static str,
    /// How many units of it, for a million simulations.
    pub units: f64,
    /// In US dollars.
    pub dollars: f64,
}

/// What a million simulations cost.
#[derive(Clone, Debug)]
pub struct Bill {
    /// Line by line, as the list of prices is.
    pub lines: Vec<Line>,
}

impl Bill {
    /// All of it, in US dollars.
    #[must_use]
    pub fn dollars(&self) -> f64 {
        self.lines.iter().map(|line| line.dollars).sum()
    }
}

/// The bill for a million simulations, each of which is imported as the one of `burst` was, at `a_day` simulations a day.
#[must_use]
pub fn bill(burst: &Burst, a_day: f64) -> Bill {
    let usage = &burst.usage;
    let count = |call: &str| f64::from(u32::try_from(usage.of(call)).unwrap());
    let passes = count("execution");
    let seconds = active(usage);
    let a_second = a_day / DAY;
    let environments = (a_second * seconds).max(1.0);
    let secrets = passes * missed(a_second * passes / environments / ORGANIZATIONS, SECRET_KEPT);
    let fanouts = (a_second * FANOUT.as_secs_f64()).max(1.0);
    let asked = missed(a_second / fanouts / ORGANIZATIONS, EXISTENCE_KEPT);
    // Fanout writes one more, of the simulation.
    let writes = WRITE * (1.0 + count("claim") + count("complete") + count("write of a habit"))
        + ENTRIES_MADE
        + DUE_REMOVED
        + RECENT_MOVED;
    let messages = A_MESSAGE * (1.0 + 1.0 + count("send")) + count("announce") + 2.0 * count("return to the queue");
    let stored = f64::from(u32::try_from(burst.stored).unwrap());
    let units = [
        (seconds + FANOUT.as_secs_f64()) * f64::from(MEMORY_MEGABYTES) / 1_024.0,
        passes + 1.0,
        messages,
        writes,
        count("read of attempts") + count("read of a habit"),
        // Three months: the item, fanout's and the entries of the indexes.
        (1_000.0 + 300.0 + 400.0) * 3.0 / GIGA,
        secrets + asked,
        1.0,
        (passes + 1.0) * LOG_BYTES / GIGA,
        stored * SPAN_BYTES / GIGA,
    ];
    let line = |(price, units): (&Price, f64)| Line {
        what: price.what,
        units: units * MILLION,
        dollars: units * MILLION / price.units * price.dollars,
    };
    Bill { lines: PRICES.iter().zip(units).map(line).collect() }
}

/// Seconds that the executions of an import are billed for: what they wait, compute and, now and then, start.
fn active(usage: &Usage) -> f64 {
    let executions = f64::from(u32::try_from(usage.of("execution")).unwrap());
    let computes = CPU.as_secs_f64() * MEGABYTES_OF_A_CORE / f64::from(MEMORY_MEGABYTES);
    usage.active.as_secs_f64() + executions * (computes + COLD * COLD_START.as_secs_f64())
}

/// The share of look-ups that a cache misses which keeps a value for `kept` seconds, where they come at random, `rate` a second.
fn missed(rate: f64, kept: f64) -> f64 {
    1.0 / (1.0 + rate * kept)
}
