//! What a text about a failure says: SDKs write the exception and its stack into one text (docs/platforms/langsmith.md#55-errors-of-a-run).

use crate::view::Words;

/// Exceptions by which a framework hands over or waits: the call went well. The last segment of the type, and where it was seen.
pub const CONTROL_FLOW: &[(&str, &str)] = &[
    ("GraphInterrupt", "langgraph 1.2"),
    ("NodeInterrupt", "langgraph 1.2"),
    ("ParentCommand", "langgraph 1.2"),
    ("GraphBubbleUp", "langgraph 1.2, what the three are kinds of"),
];

const TRACEBACK: &str = "Traceback (most recent call last)";

/// An exception in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The exception's type, if the text begins with one.
    pub kind: Option<&'a str>,
    /// What it says, without the stack.
    pub message: &'a str,
    /// The stack.
    pub stack: Option<&'a str>,
}

impl<'a> Failure<'a> {
    /// `TimeoutError('…')Traceback…` of Python's SDKs, `TimeoutError: …` of others, with JavaScript's stack or without, or
    /// any text.
    #[must_use]
    pub fn read(error: &'a str) -> Self {
        // Lines of Python's code may look like places in JavaScript's stack.
        if !error.contains(TRACEBACK)
            && let Some(failure) = Self::read_javascript(error)
        {
            return failure;
        }
        // An exception that was never raised has no traceback: its stack is the exception alone.
        if let Some((at, again)) = told_twice(error.trim()) {
            return Self { stack: error.trim().get(at..), ..again };
        }
        let (head, stack) = match error.find(TRACEBACK).and_then(|at| error.split_at_checked(at)) {
            Some((head, stack)) => (head.trim(), Some(stack)),
            None => (error.trim(), None),
        };
        // A traceback alone ends with the exception.
        let head = if head.is_empty() { raised(error.trim()) } else { head };
        // One that names no exception is told whole.
        let head = if head.is_empty() { error.trim() } else { head };
        let failure = Self { stack, ..Self::of_head(head) };
        // Some tell the message and the stack, and leave the type to the stack's end.
        let at_the_end = stack.map(raised).map(Self::of_head).filter(|end| end.message == failure.message);
        Self { kind: failure.kind.or_else(|| at_the_end.and_then(|end| end.kind)), ..failure }
    }

    /// `TypeError: …` before its stack, as JavaScript has it, or `message`, an empty line, and that again, as `LangChain` does.
    fn read_javascript(error: &'a str) -> Option<Self> {
        let (head, stack) = error.split_at_checked(javascript_stack(error)?)?;
        let head = head.trim_end();
        let twice = head.match_indices("\n\n").find_map(|(at, _)| {
            let (message, again) = head.split_at_checked(at)?;
            // Of a run of empty lines only the end counts: whoever looks behind each of them looks for long.
            let again = again.strip_prefix("\n\n").filter(|again| !again.starts_with(char::is_whitespace))?;
            let again = Self::of_head(again);
            (again.kind.is_some() && again.message == message.trim()).then_some((at, again))
        });
        match twice.or_else(|| told_twice(head)) {
            Some((at, again)) => Some(Self { stack: error.get(at..).map(str::trim_start), ..again }),
            None => Some(Self { stack: Some(stack), ..Self::of_head(head.trim_start()) }),
        }
    }

    fn of_head(head: &'a str) -> Self {
        let (kind, rest) = leading_type(head);
        let message = rest.strip_prefix(": ").or_else(|| unquoted(rest));
        // `KeyError(5)` has no text of its own to tell.
        let is_shown = message.is_some() || (rest.starts_with('(') && rest.ends_with(')'));
        let is_kind = is_shown && kind.starts_with(|first: char| first.is_ascii_alphabetic());
        Self {
            kind: Some(kind).filter(|_| is_kind),
            message: message.filter(|_| is_kind).map_or(head, str::trim),
            stack: None,
        }
    }
}

/// `message` and `Error: message` without anything between them, as `LangSmith` puts an exception's message before its stack, and where the second
/// begins. The type is short, so that only a few places in the middle are looked at.
fn told_twice(head: &str) -> Option<(usize, Failure<'_>)> {
    const LONGEST_TYPE: usize = 100;
    let middle = head.len().saturating_sub(2) / 2;
    (middle..middle.saturating_add(LONGEST_TYPE)).find_map(|colon| {
        let message = head.get(colon..)?.strip_prefix(": ")?;
        let kind = head.get(..colon)?.strip_prefix(message)?;
        let is_type = kind.starts_with(|first: char| first.is_ascii_alphabetic()) && leading_type(kind).1.is_empty();
        let failure = Failure { kind: Some(kind), message: message.trim(), stack: None };
        (is_type && !message.is_empty()).then_some((message.len(), failure))
    })
}

/// Is the type of an exception one by which a framework hands over or waits?
#[must_use]
pub fn is_control_flow(kind: &str) -> bool {
    let last = kind.trim().rsplit('.').next().unwrap_or_default();
    CONTROL_FLOW.iter().any(|(known, _)| *known == last)
}

/// Does a text begin, or a traceback end, with such an exception: `ParentCommand(Command(…))`, `langgraph.errors.GraphInterrupt: …`?
#[must_use]
pub fn tells_of_control_flow(error: &str) -> bool {
    let failure = Failure::read(error);
    failure.kind.map_or_else(
        || {
            // The type alone, or a text that was cut.
            let (kind, rest) = leading_type(failure.message);
            is_control_flow(kind) && (rest.is_empty() || rest.starts_with(['(', ':']))
        },
        is_control_flow,
    )
}

/// What the last traceback ends with: the exception, from the first line on that is not indented.
fn raised(tracebacks: &str) -> &str {
    let last = tracebacks.rfind(TRACEBACK).and_then(|at| tracebacks.get(at..)).unwrap_or_default();
    let is_indented = |line: &&str| line.starts_with([' ', '\t']) || line.trim().is_empty();
    let mut lines = last.split_inclusive('\n');
    let traced: usize = lines.by_ref().take(1).map(str::len).sum::<usize>()
        + lines.take_while(is_indented).map(str::len).sum::<usize>();
    last.get(traced..).unwrap_or_default().trim_end()
}

fn leading_type(head: &str) -> (&str, &str) {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.');
    let end = head.find(|character| !is_part(character)).unwrap_or(head.len());
    head.split_at_checked(end).unwrap_or_default()
}

/// Where JavaScript's stack begins: with the first line `    at …` that names a place.
fn javascript_stack(error: &str) -> Option<usize> {
    let is_frame = |at: usize| {
        let line = error.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        line.contains([':', '<', '(']) && !line.ends_with(' ')
    };
    error.match_indices("\n    at ").map(|(at, _)| at + 1).find(|at| is_frame(*at))
}

/// `('…')`, as Python shows an exception with one argument.
fn unquoted(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('(')?.strip_suffix(')')?;
    ['\'', '"'].iter().find_map(|quote| inner.strip_prefix(*quote)?.strip_suffix(*quote))
}

/// Attributes by which a tool's span says that the tool failed, their value, and where they were seen.
pub const TOOL_FAILURES: &[(&str, &str, &str)] = &[
    ("lk.function_tool.is_error", "true", "livekit-agents 1.2 to 1.8.9"),
    ("lk_function_tool_is_error", "true", "LiveKit, by LangSmith's processor"),
    ("gen_ai.tool.status", "error", "strands-agents 1.62"),
    ("tool.status", "error", "strands-agents 1.0"),
];

/// Does a tool's span say that the tool failed?
#[must_use]
pub fn tells_of_tool_failure(words: &dyn Words) -> bool {
    TOOL_FAILURES.iter().any(|(name, value, _)| words.word(name).is_some_and(|word| word.eq_ignore_ascii_case(value)))
}

/// Attributes by which a model's call says that somebody broke in, the member where the value is JSON, and where they were seen.
/// `LiveKit`'s finish reason of such a call is `error`, for the conventions have no word for it.
pub const INTERRUPTIONS: &[(&str, Option<&str>, &str)] = &[
    ("lk.llm_metrics", Some("cancelled"), "livekit-agents 1.8"),
    ("lk.llm_metrics.cancelled", None, "LiveKit, where a platform parses JSON text"),
    ("lk_llm_metrics_cancelled", None, "LiveKit, by LangSmith's processor"),
];

/// Does a model's call say that somebody broke in?
#[must_use]
pub fn tells_of_interruption(words: &dyn Words) -> bool {
    let is_said = |(name, member, _): &(&str, Option<&str>, &str)| {
        let word = words.word(name)?;
        match member {
            None => Some(word.eq_ignore_ascii_case("true")),
            Some(member) => serde_json::from_str::<spanlift_model::json::Value>(&word).ok()?.get(member)?.as_bool(),
        }
    };
    INTERRUPTIONS.iter().any(|row| is_said(row).unwrap_or_default())
}
