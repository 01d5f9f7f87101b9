"""LiteLLM: a streamed call with tools, by its own OpenTelemetry logger; tools are the caller's own and leave no span."""

from __future__ import annotations

import asyncio
import json
import os

import litellm
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
from litellm.integrations.opentelemetry import OpenTelemetry, OpenTelemetryConfig

litellm.callbacks = [OpenTelemetry(config=OpenTelemetryConfig(exporter="otlp_http", endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces"), tracer_provider=provider)]
TEXT = {"type": "string"}
TOOLS = [
    {"type": "function", "function": {"name": name, "description": what, "parameters": {"type": "object", "properties": {field: TEXT}, "required": [field]}}}
    for name, what, field in (("track_parcel", "Where a parcel is.", "number"), ("cancel_order", "Cancels an order.", "order"))
]


async def main() -> None:
    messages: list[dict[str, object]] = [{"role": "system", "content": "You help callers with their parcels."}, {"role": "user", "content": USER}]
    with trace.get_tracer("my-agent").start_as_current_span("conversation") as span:
        span.set_attribute("simulation_output_id", simulation_output_id)
        span.set_attribute("langsmith.metadata.simulation_output_id", simulation_output_id)
        for result in ("out for delivery", "Error: order 7 has shipped", None):
            stream = await litellm.acompletion("openai/gpt-4.1-mini", messages, tools=TOOLS, temperature=0.2, stream=True, stream_options={"include_usage": True}, api_base=os.environ["MODEL_URL"], api_key="none")
            chunks = [chunk async for chunk in stream]
            answer = litellm.stream_chunk_builder(chunks, messages=messages).choices[0].message
            messages.append(json.loads(answer.model_dump_json(exclude_none=True)))
            if result:
                messages.append({"role": "tool", "tool_call_id": answer.tool_calls[0].id, "content": result})
            await asyncio.sleep(1)


asyncio.run(main())
provider.shutdown()
