"""Anthropic's client and its runner of tools, streamed, by the spans that the client writes itself."""

from __future__ import annotations

import os

from anthropic import Anthropic, beta_tool
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))


@beta_tool
def track_parcel(number: str) -> str:
    """Where a parcel is."""
    return "out for delivery"


@beta_tool
def cancel_order(order: str) -> str:
    """Cancels an order."""
    raise ValueError("order 7 has shipped")


client = Anthropic(base_url=os.environ["MODEL_URL"].removesuffix("/v1"), api_key="none", open_telemetry={"tracer_provider": provider, "traces": {"content_mode": "content"}})
with provider.get_tracer("my-agent").start_as_current_span("conversation") as span:
    span.set_attributes({"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
    runner = client.beta.messages.tool_runner(
        model="claude-sonnet-4-5",
        max_tokens=500,
        system="You help callers with their parcels.",
        messages=[{"role": "user", "content": "Where is my parcel A17? And cancel order 7."}],
        tools=[track_parcel, cancel_order],
        stream=True,
        thread=False,
    )
    for stream in runner:
        print(stream.get_final_message().content)
provider.shutdown()
