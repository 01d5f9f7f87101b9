//! Vercel's AI SDK.

use spanlift_model::Role;

use crate::row::{KindTable, NameRow, Vocabulary};

const SEEN: &str = "ai 5.0.277";

/// `ai.operationId`. `doGenerate`, `doStream`, `doEmbed` are the calls; what has their names without that lies around
/// them, with the sum of their tokens.
pub const OPERATIONS: KindTable = KindTable {
    attribute: "ai.operationId",
    rows: &[
        ("ai.generateText.doGenerate", Role::ModelCall, SEEN),
        ("ai.streamText.doStream", Role::ModelCall, SEEN),
        ("ai.generateObject.doGenerate", Role::ModelCall, SEEN),
        ("ai.streamObject.doStream", Role::ModelCall, SEEN),
        ("ai.embed.doEmbed", Role::Embedding, SEEN),
        ("ai.embedMany.doEmbed", Role::Embedding, SEEN),
        ("ai.toolCall", Role::ToolCall, SEEN),
        ("ai.generateText", Role::Other, SEEN),
        ("ai.streamText", Role::Other, SEEN),
        ("ai.generateObject", Role::Other, SEEN),
        ("ai.streamObject", Role::Other, SEEN),
        ("ai.embed", Role::Other, SEEN),
        ("ai.embedMany", Role::Other, SEEN),
    ],
};

/// The vocabulary.
pub const VOCABULARY: Vocabulary = Vocabulary {
    scopes: &["ai"],
    prefixes: &["ai."],
    kinds: &[OPERATIONS],
    names: NAMES,
    ..Vocabulary::named("AI SDK")
};

/// The same as names: a platform may drop the attribute.
const NAMES: &[NameRow] = &[
    NameRow::new("ai.generateText.doGenerate", Role::ModelCall, SEEN),
    NameRow::new("ai.streamText.doStream", Role::ModelCall, SEEN),
    NameRow::new("ai.generateObject.doGenerate", Role::ModelCall, SEEN),
    NameRow::new("ai.streamObject.doStream", Role::ModelCall, SEEN),
    NameRow::new("ai.embed.doEmbed", Role::Embedding, SEEN),
    NameRow::new("ai.embedMany.doEmbed", Role::Embedding, SEEN),
    NameRow::new("ai.toolCall", Role::ToolCall, SEEN),
    NameRow::wrapper("ai.generateText", SEEN),
    NameRow::wrapper("ai.streamText", SEEN),
    NameRow::wrapper("ai.generateObject", SEEN),
    NameRow::wrapper("ai.streamObject", SEEN),
    NameRow::wrapper("ai.embed", SEEN),
    NameRow::wrapper("ai.embedMany", SEEN),
];
