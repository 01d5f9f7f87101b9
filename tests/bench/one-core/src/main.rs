//! What a span costs between a platform's row and the trace store's, without I/O and on one core: `make bench` runs it
//! (`tests/bench/README.md`).
//!
//! `one-core PROVIDER REPETITIONS FILE …`: a file is a list of rows as the platform tells them. It prints how many spans came
//! of all rows and repetitions, and the seconds that they took.
#![expect(clippy::print_stdout, reason = "its answer")]

use std::env::args;
use std::fs::read_to_string;
use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use arize::record::PhoenixSpan;
use langfuse::record::Observation;
use langsmith::Row;
use langsmith::attribution::mark;
use serde_json::value::RawValue;
use spanlift_conventions::{SentSpan, interpret};

fn main() -> Result<()> {
    let mut arguments = args().skip(1);
    let provider = arguments.next().context("which provider?")?;
    let repetitions: u32 = arguments.next().context("how often?")?.parse()?;
    let mut pages = Vec::new();
    for file in arguments {
        let page: Vec<Box<RawValue>> =
            serde_json::from_str(&read_to_string(&file)?).with_context(|| format!("{file} is no list of rows"))?;
        pages.push(page);
    }
    let spans_of: fn(&[Box<RawValue>]) -> usize = match provider.as_str() {
        "arize" => phoenix,
        "langfuse" => langfuse,
        "langsmith" => langsmith,
        other => bail!("there is no provider {other}"),
    };
    let began = Instant::now();
    let mut spans = 0;
    for _ in 0..repetitions {
        spans += pages.iter().map(|page| black_box(spans_of(black_box(page)))).sum::<usize>();
    }
    println!("{spans} {}", began.elapsed().as_secs_f64());
    Ok(())
}

fn phoenix(page: &[Box<RawValue>]) -> usize {
    page.iter()
        .filter_map(|row| PhoenixSpan::from_plain(row.get()).ok())
        .map(|span| stored(arize::unwrap::unwrap(span)))
        .sum()
}

fn langfuse(page: &[Box<RawValue>]) -> usize {
    page.iter()
        .filter_map(|row| Observation::from_json(row.get()).ok())
        .map(|row| stored(langfuse::unwrap::unwrap(row)))
        .sum()
}

/// What is whose doing is known once all rows are there.
fn langsmith(page: &[Box<RawValue>]) -> usize {
    let mut rows: Vec<Row> = page.iter().filter_map(|row| Row::read(row.get()).ok()).collect();
    mark(&mut rows);
    rows.iter().filter_map(|row| row.run().ok()).map(|run| stored(langsmith::unwrap::unwrap(run))).sum()
}

fn stored(span: SentSpan) -> usize {
    black_box(interpret(vec![span])).len()
}
