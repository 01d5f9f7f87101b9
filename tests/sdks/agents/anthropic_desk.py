"""Anthropic's client, by OpenInference, streamed. OWN: not streamed, and with spans that the client writes itself where the provider is the global one."""

from __future__ import annotations

import os

from anthropic import Anthropic
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
if os.environ.get("OWN"):
    trace.set_tracer_provider(provider)
AnthropicInstrumentor().instrument(tracer_provider=provider)
TEXT = {"type": "string"}
TOOLS = [
    {"name": name, "description": what, "input_schema": {"type": "object", "properties": {field: TEXT}, "required": [field]}}
    for name, what, field in (("track_parcel", "Where a parcel is.", "number"), ("cancel_order", "Cancels an order.", "order"))
]
RESULTS = {"track_parcel": "out for delivery", "cancel_order": "Error: order 7 has shipped"}
client = Anthropic(base_url=os.environ["MODEL_URL"].removesuffix("/v1"), api_key="none")
messages: list[dict[str, object]] = [{"role": "user", "content": USER}]
with provider.get_tracer("my-agent").start_as_current_span("conversation") as span:
    span.set_attributes({"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
    for _ in range(3):
        asked = {"model": "claude-sonnet-4-5", "max_tokens": 500, "system": "You help callers with their parcels.", "messages": messages, "tools": TOOLS}
        if os.environ.get("OWN"):
            answer = client.messages.create(**asked)
        else:
            with client.messages.stream(**asked) as stream:
                answer = stream.get_final_message()
        calls = [block for block in answer.content if block.type == "tool_use"]
        messages.append({"role": "assistant", "content": [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.input} for call in calls]})
        messages.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": RESULTS[call.name], "is_error": call.name == "cancel_order"} for call in calls]})
    print(answer.content[0].text)
provider.shutdown()
