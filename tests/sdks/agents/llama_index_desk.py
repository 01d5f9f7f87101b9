"""LlamaIndex by OpenInference."""

from __future__ import annotations

import asyncio
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

from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

LlamaIndexInstrumentor().instrument(tracer_provider=provider)
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai_like import OpenAILike


def track_parcel(number: str) -> str:
    """Where a parcel is.

    Args:
        number: its number
    """
    return "out for delivery"


def cancel_order(order: str) -> str:
    """Cancels an order.

    Args:
        order: its number
    """
    raise ValueError("order 7 has shipped")


async def main() -> None:
    llm = OpenAILike(model="gpt-4.1-mini", api_base=os.environ["MODEL_URL"], api_key="none", is_chat_model=True, is_function_calling_model=True, temperature=0.2, additional_kwargs={"stream_options": {"include_usage": True}})
    desk = FunctionAgent(name="desk", tools=[track_parcel, cancel_order], llm=llm, system_prompt="You help callers with their parcels.")
    with trace.get_tracer("my-agent").start_as_current_span("conversation") as span:
        span.set_attributes({"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
        print(await desk.run(USER))


asyncio.run(main())
provider.shutdown()
