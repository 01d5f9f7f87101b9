"""OpenAI's client on streamed responses, and an embedding, by OpenInference."""

from __future__ import annotations

import os

from openai import OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)
TEXT = {"type": "string"}
TOOLS = [
    {"type": "function", "name": name, "description": what, "strict": True, "parameters": {"type": "object", "properties": {field: TEXT}, "required": [field], "additionalProperties": False}}
    for name, what, field in (("track_parcel", "Where a parcel is.", "number"), ("cancel_order", "Cancels an order.", "order"))
]
RESULTS = {"track_parcel": "out for delivery", "cancel_order": "Error: order 7 has shipped"}
client = OpenAI()
said: list[object] = [{"role": "user", "content": USER}]
with provider.get_tracer("my-agent").start_as_current_span("conversation") as span:
    span.set_attributes({"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
    client.embeddings.create(model="text-embedding-3-small", input="parcel A17")
    for _ in range(3):
        asked = {"model": "gpt-4.1-mini", "input": said, "tools": TOOLS, "instructions": "You help callers with their parcels.", "temperature": 0.2}
        for event in client.responses.create(**asked, stream=True):
            if event.type == "response.completed":
                answer = event.response
        calls = [item for item in answer.output if item.type == "function_call"]
        said += [{"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments} for call in calls]
        said += [{"type": "function_call_output", "call_id": call.call_id, "output": RESULTS[call.name]} for call in calls]
    print(answer.output_text)
provider.shutdown()
