"""CrewAI, its model streamed, with OpenLLMetry's instrumentors of CrewAI and of OpenAI's client."""

from __future__ import annotations

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.crewai import CrewAIInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
CrewAIInstrumentor().instrument(tracer_provider=provider)
OpenAIInstrumentor().instrument(tracer_provider=provider)

from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool


@tool("track_parcel")
def track_parcel(number: str) -> str:
    """Where a parcel is."""
    return "out for delivery"


@tool("cancel_order")
def cancel_order(order: str) -> str:
    """Cancels an order."""
    raise ValueError("order 7 has shipped")


llm = LLM(model="openai/gpt-4.1-mini", base_url=os.environ["MODEL_URL"], api_key="none", temperature=0.2, stream=True)
desk = Agent(role="desk", goal="Help callers with their parcels.", backstory="You help callers with their parcels.", tools=[track_parcel, cancel_order], llm=llm)
task = Task(description="Where is my parcel A17? And cancel order 7.", expected_output="An answer for the caller.", agent=desk)
with provider.get_tracer("my-agent").start_as_current_span("conversation") as span:
    span.set_attributes({"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
    print(Crew(agents=[desk], tasks=[task]).kickoff())
provider.shutdown()
