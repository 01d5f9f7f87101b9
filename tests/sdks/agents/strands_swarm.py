"""Strands: a swarm of two agents."""

from __future__ import annotations

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)

from strands import Agent, tool
from strands.models.openai import OpenAIModel
from strands.multiagent import Swarm


@tool
def track_parcel(number: str) -> str:
    """Where a parcel is."""
    return "out for delivery"


@tool
def cancel_order(order: str) -> str:
    """Cancels an order."""
    raise ValueError("order 7 has shipped")


TAGS = {"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id}


def agent(name: str, tools: list[object]) -> Agent:
    model = OpenAIModel(client_args={"api_key": "none", "base_url": os.environ["MODEL_URL"]}, model_id="gpt-4.1-mini", params={"temperature": 0.2})
    return Agent(model=model, tools=tools, system_prompt="You help callers with their parcels.", name=name, callback_handler=None, trace_attributes=TAGS)


with trace.get_tracer("my-agent").start_as_current_span("conversation") as span:
    span.set_attributes({"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
    print(Swarm([agent("reception", []), agent("desk", [track_parcel, cancel_order])])(USER).status)
provider.shutdown()
