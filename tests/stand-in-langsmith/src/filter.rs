//! The filter language (docs/platforms/langsmith.md#44-filters), parsed and evaluated.
//!
//! ```text
//! expr    := cmp | "and(" expr {"," expr} ")" | "or(" … ")" | "not(" expr ")"
//! cmp     := op "(" field "," literal ")"      op ∈ eq neq gt gte lt lte has in search
//! literal := "string" | 'string' | number | true | false | [ "a", "b" ]
//! ```

mod evaluate;
mod parser;

pub(crate) use evaluate::holds;
pub use parser::{FilterError, parse};

use serde_json::Value;

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// All of them hold.
    And(Vec<Expression>),
    /// One of them holds.
    Or(Vec<Expression>),
    /// It does not hold.
    Not(Box<Expression>),
    /// A field compared with a literal.
    Compare(Operator, Field, Value),
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $word,)*
        }

        impl $name {
            fn of(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$word),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// How a field is compared.
    Operator {
        Equal = "eq",
        NotEqual = "neq",
        Greater = "gt",
        GreaterOrEqual = "gte",
        Less = "lt",
        LessOrEqual = "lte",
        Has = "has",
        In = "in",
        Search = "search",
    }
}

words! {
    /// What can be asked for; any other name fails the whole query.
    Field {
        Id = "id",
        Name = "name",
        RunType = "run_type",
        Status = "status",
        Error = "error",
        IsRoot = "is_root",
        StartTime = "start_time",
        EndTime = "end_time",
        Latency = "latency",
        ExecutionOrder = "execution_order",
        ParentRunId = "parent_run_id",
        TraceId = "trace_id",
        ThreadId = "thread_id",
        Tags = "tags",
        Metadata = "metadata",
        MetadataKey = "metadata_key",
        MetadataValue = "metadata_value",
        InputKey = "input_key",
        InputValue = "input_value",
        OutputKey = "output_key",
        OutputValue = "output_value",
    }
}

impl Field {
    const fn is_time(self) -> bool {
        matches!(self, Self::StartTime | Self::EndTime)
    }
}
