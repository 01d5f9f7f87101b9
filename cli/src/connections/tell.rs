use std::io::{self, Write};

use serde_json::{Value, json};
use spanlift_importer::direct::{KeyFound, Refused, Verified, VerifyAnswer};

use super::arguments::Whose;
use crate::table::{Cell, Column, table};
use crate::text::{clean, counted};
use crate::view::{Tone, View};

/// What came of a command, and how it is said.
pub(super) struct Told {
    command: &'static str,
    organization: String,
    provider: String,
    answer: VerifyAnswer,
    consequence: &'static str,
    is_overtaken: bool,
}

const KEYS: [Column; 5] = [("tag", false), ("rows", true), ("of rows", true), ("traces", true), ("of traces", true)];

impl Told {
    pub(super) fn new(command: &'static str, whose: &Whose, answer: VerifyAnswer, consequence: &'static str) -> Self {
        let (organization, provider) = (whose.organization.to_string(), whose.provider.to_string());
        Self { command, organization, provider, answer, consequence, is_overtaken: false }
    }

    /// What was tried works, and something else counts.
    pub(super) fn overtaken(
        command: &'static str,
        whose: &Whose,
        answer: VerifyAnswer,
        consequence: &'static str,
    ) -> Self {
        Self { is_overtaken: true, ..Self::new(command, whose, answer, consequence) }
    }

    pub(super) const fn is_connected(&self) -> bool {
        matches!(self.answer, VerifyAnswer::Verified(_)) && !self.is_overtaken
    }

    pub(super) fn tell(&self, view: &View, is_json: bool, out: &mut impl Write) -> io::Result<()> {
        if is_json {
            let document = json!({
                "command": self.command, "organization_id": self.organization, "provider": self.provider,
                "done": self.is_connected(), "overtaken": self.is_overtaken, "answer": self.answer,
            });
            return writeln!(out, "{document:#}");
        }
        let title = format!("{} of organization {}", self.provider, self.organization);
        writeln!(out, "{}", view.paint(Tone::Strong, &title))?;
        match &self.answer {
            VerifyAnswer::Verified(verified) => tell_verified(verified, view, out)?,
            VerifyAnswer::Refused(Refused { reason, advice, .. }) => {
                writeln!(out, "{}: {}", view.paint(Tone::Bad, &clean(reason)), clean(advice))?;
            }
        }
        if !self.consequence.is_empty() {
            let tone = if self.is_connected() { Tone::Good } else { Tone::Bad };
            writeln!(out, "{}", view.paint(tone, self.consequence))?;
        }
        Ok(())
    }
}

fn tell_verified(verified: &Verified, view: &View, out: &mut impl Write) -> io::Result<()> {
    let version = verified.server_version.as_deref().map(|version| format!(", version {}", clean(version)));
    let works = view.paint(Tone::Good, "host, key and project work");
    writeln!(out, "{works}: {}{}", clean(&verified.host), version.unwrap_or_default())?;
    let rows = usize::try_from(verified.rows).unwrap_or(usize::MAX);
    let traces = usize::try_from(verified.traces).unwrap_or(usize::MAX);
    let span = match (verified.oldest, verified.newest) {
        (Some(oldest), Some(newest)) => format!(", {oldest} to {newest}"),
        _ => String::new(),
    };
    let which = if verified.is_whole_day { "all of the last day" } else { "the newest of the last day" };
    writeln!(out, "looked at {} in {} ({which}{span})", counted(rows, "row"), counted(traces, "trace"))?;
    if verified.unreadable > 0 {
        writeln!(out, "{} of them may carry a key that cannot be read", verified.unreadable)?;
    }
    if !verified.keys.is_empty() {
        let rows: Vec<_> = verified.keys.iter().map(|key| row(key, verified)).collect();
        write!(out, "{}", table(KEYS, &rows, view))?;
    }
    if let Some(finding) = &verified.finding {
        let advice = verified.advice.as_deref().unwrap_or_default();
        writeln!(out, "{}: {}", view.paint(Tone::Waiting, &clean(finding)), clean(advice))?;
    }
    if verified.learned {
        writeln!(out, "remembered: its traces are tagged, so nothing is imported from it by time alone")?;
    }
    Ok(())
}

fn row(found: &KeyFound, verified: &Verified) -> [Cell; 5] {
    [
        Cell::new(clean(&found.key)),
        Cell::new(found.rows.to_string()),
        Cell::new(share(found.rows, verified.rows)),
        Cell::new(found.traces.to_string()),
        Cell::new(share(found.traces, verified.traces)),
    ]
}

/// In percent, rounded down, and never 0 % of something.
fn share(part: u64, whole: u64) -> String {
    match part.saturating_mul(100).checked_div(whole) {
        Some(0) if part > 0 => "< 1 %".to_owned(),
        Some(percent) => format!("{percent} %"),
        None => "–".to_owned(),
    }
}

/// As a member of a JSON document.
pub(super) fn optional(text: Option<impl ToString>) -> Value {
    text.map_or(Value::Null, |text| Value::from(text.to_string()))
}
