//! What a text about a failure says.

use std::time::{Duration, Instant};

use spanlift_conventions::{Failure, tells_of_control_flow};

const TRACEBACK: &str = "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\n";

#[test]
fn an_exception_is_read_from_a_text() {
    let alone = format!(
        "{TRACEBACK}pydantic_core.ValidationError: 1 validation error for X\ncity\n    For further information visit https://x"
    );
    let apart =
        format!("(Interrupt(value='may I?'),){TRACEBACK}langgraph.errors.GraphInterrupt: (Interrupt(value='may I?'),)");
    let other = format!("it is too late{TRACEBACK}ValueError: bad");
    let code = format!("ValueError('bad'){TRACEBACK}    at = parse(x)\nValueError: bad");
    for (text, kind, message) in [
        ("TimeoutError('slow')", Some("TimeoutError"), "slow"),
        ("TimeoutError()", Some("TimeoutError"), "TimeoutError()"),
        ("KeyError(5)", Some("KeyError"), "KeyError(5)"),
        ("it is too late", None, "it is too late"),
        ("openai.APIError: no", Some("openai.APIError"), "no"),
        (
            alone.as_str(),
            Some("pydantic_core.ValidationError"),
            "1 validation error for X\ncity\n    For further information visit https://x",
        ),
        (apart.as_str(), Some("langgraph.errors.GraphInterrupt"), "(Interrupt(value='may I?'),)"),
        // The stack is that of another exception.
        (other.as_str(), None, "it is too late"),
        // Python's code is no stack of JavaScript.
        (code.as_str(), Some("ValueError"), "bad"),
        ("TypeError: a is no b\n    at f (file:///a.js:1:2)", Some("TypeError"), "a is no b"),
        ("no\n\nTypeError: no\n    at f (file:///a.js:1:2)", Some("TypeError"), "no"),
        // LangSmith makes one text of message and stack.
        ("a: bTypeError: a: b\n    at f (file:///a.js:1:2)", Some("TypeError"), "a: b"),
        ("noError: no\n    at f (file:///a.js:1:2)", Some("Error"), "no"),
        ("Unknown tool: xException: Unknown tool: x\n", Some("Exception"), "Unknown tool: x"),
        ("bTypeError: a\n    at f (file:///a.js:1:2)", Some("bTypeError"), "a"),
    ] {
        let failure = Failure::read(text);
        assert_eq!((failure.kind, failure.message), (kind, message), "{text}");
    }
}

#[test]
fn control_flow_is_seen_in_every_form_that_an_exception_has() {
    for text in [
        "GraphInterrupt",
        "ParentCommand(Command(goto='b'))",
        // A text that was cut.
        "ParentCommand(Command(goto=",
        "langgraph.errors.GraphInterrupt: (Interrupt(value='which?'),)",
        "[1]\n\nGraphInterrupt: [1]\n    at f (file:///a.js:1:2)",
    ] {
        assert!(tells_of_control_flow(text), "{text}");
    }
    assert!(tells_of_control_flow(&format!("{TRACEBACK}langgraph.errors.GraphInterrupt: x")));
    for text in ["", "ValueError: GraphInterrupt: x", "no GraphInterrupt came", "GraphInterrupts: x"] {
        assert!(!tells_of_control_flow(text), "{text}");
    }
}

#[test]
fn a_text_of_empty_lines_takes_no_long_time() {
    let text = format!("a{}b\n    at f (a:1:2)", "\n".repeat(64 << 10));
    let began = Instant::now();
    assert_eq!(Failure::read(&text).kind, None);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}
