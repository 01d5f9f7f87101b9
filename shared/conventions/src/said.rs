//! What was said, asked and found: everything that holds content, in the conventions' and Coval's words.

use spanlift_model::Role;
use spanlift_model::names::gen_ai;

use crate::derived::Derived;
use crate::messages;
use crate::parameters::Parameters;
use crate::payload::{BothSides, Carried};
use crate::sent::{SentSpan, Side};
use crate::{answer, definitions, retrieval, transcript};

/// Derives messages, why the model stopped and the id of its answer, tools to choose from, query and documents, and what was
/// heard; takes vectors out. `input` and `output` come last, by [`crate::payload::derive_input_and_output`].
pub(crate) fn derive_said(
    role: Role,
    span: &SentSpan,
    parameters: &Parameters<'_>,
    sides: &BothSides<'_>,
    derived: &mut Derived<'_>,
) {
    // Only these are read from what went in and came out: nothing else is worth parsing it.
    let is_read = matches!(role, Role::ModelCall | Role::Agent | Role::Retrieval) || role.is_speech();
    let [input, output] = [Side::Input, Side::Output].map(|side| if is_read { sides.carried(side) } else { None });
    derive_messages(role, span, [input, output], derived);
    if role == Role::ModelCall {
        answer::derive_answer(span, output, derived);
    }
    definitions::derive(role, span, parameters, input, derived);
    retrieval::derive(role, span, [input, output], derived);
    retrieval::derive_dimensions(span, derived);
    transcript::derive(role, span, [input, output], derived);
}

fn derive_messages(role: Role, span: &SentSpan, [input, output]: [Option<&Carried<'_>>; 2], derived: &mut Derived<'_>) {
    let stated = answer::stated_reasons(span);
    let came_out = messages::said(role, span, Side::Output, output, stated.first().map(String::as_str));
    let went_in = messages::said(role, span, Side::Input, input, None);
    derived.derive_some(gen_ai::INPUT_MESSAGES, went_in.map(|said| said.json));
    if role == Role::ModelCall {
        let of_messages = || came_out.as_ref().map(|said| said.reasons.clone()).filter(|reasons| !reasons.is_empty());
        let of_output = || output.and_then(Carried::json).map(answer::reasons_in).unwrap_or_default();
        let reasons = Some(stated).filter(|reasons| !reasons.is_empty()).or_else(of_messages).unwrap_or_else(of_output);
        answer::derive_reasons(&reasons, derived);
    }
    derived.derive_some(gen_ai::OUTPUT_MESSAGES, came_out.map(|said| said.json));
}
