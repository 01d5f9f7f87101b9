"""OpenAI's client on streamed chat completions, without a framework. TRACER says whose instrumentor traces it."""

from __future__ import annotations

import json
import os

from openai import OpenAI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

if os.environ["TRACER"] == "openinference":
    from openinference.instrumentation.openai import OpenAIInstrumentor
else:
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)
TEXT = {"type": "string"}
TOOLS = [
    {"type": "function", "function": {"name": name, "description": what, "parameters": {"type": "object", "properties": {field: TEXT}, "required": [field]}}}
    for name, what, field in (("track_parcel", "Where a parcel is.", "number"), ("cancel_order", "Cancels an order.", "order"))
]
RESULTS = {"track_parcel": "out for delivery", "cancel_order": "Error: order 7 has shipped"}
client = OpenAI()
messages: list[dict[str, object]] = [{"role": "system", "content": "You help callers with their parcels."}, {"role": "user", "content": USER}]
with provider.get_tracer("my-agent").start_as_current_span("conversation") as span:
    span.set_attributes({"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
    for _ in range(3):
        text, calls = "", []
        for chunk in client.chat.completions.create(model="gpt-4.1-mini", messages=messages, tools=TOOLS, temperature=0.2, stream=True, stream_options={"include_usage": True}):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                calls += choice.delta.tool_calls or []
        if not calls:
            break
        told = [{"id": call.id, "type": "function", "function": {"name": call.function.name, "arguments": call.function.arguments}} for call in calls]
        messages.append({"role": "assistant", "content": None, "tool_calls": told})
        messages += [{"role": "tool", "tool_call_id": call.id, "content": RESULTS[call.function.name]} for call in calls]
    print(json.dumps(text))
provider.shutdown()
