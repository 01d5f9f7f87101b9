"""Pydantic AI, streamed, with the names of today or (INSTRUMENTATION_VERSION) of before."""

from __future__ import annotations

import asyncio
import contextlib
import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.providers.openai import OpenAIProvider

try:
    from pydantic_ai.models.openai import OpenAIChatModel
except ImportError:
    # Its name of before.
    from pydantic_ai.models.openai import OpenAIModel as OpenAIChatModel

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."
VERSION = os.environ.get("INSTRUMENTATION_VERSION")

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
given = ({"version": int(VERSION)} if VERSION else {}) | ({"include_content": False} if os.environ.get("CONTENT") == "none" else {})
settings = InstrumentationSettings(tracer_provider=provider, **given)
try:
    from pydantic_ai.capabilities import Instrumentation

    how = {"capabilities": [Instrumentation(settings=settings)]}
except ImportError:
    how = {"instrument": settings}
model = OpenAIChatModel("gpt-4.1-mini", provider=OpenAIProvider(base_url=os.environ["MODEL_URL"], api_key="none"))
desk = Agent(model, name="desk", instructions="You help callers with their parcels.", **how)


@desk.tool_plain
def track_parcel(number: str) -> str:
    """Where a parcel is."""
    return "out for delivery"


@desk.tool_plain
def cancel_order(order: str) -> str:
    """Cancels an order."""
    raise ModelRetry("order 7 has shipped")


async def main() -> None:
    with trace.get_tracer("my-agent").start_as_current_span("conversation") as span:
        span.set_attribute("simulation_output_id", simulation_output_id)
        span.set_attribute("langsmith.metadata.simulation_output_id", simulation_output_id)
        async with desk.run_stream(USER) as run:
            print(await run.get_output())


# What a broken stream raises is the caller's to handle; its spans are sent.
with contextlib.suppress(Exception) if os.environ.get("SCENARIO") == "broken" else contextlib.nullcontext():
    asyncio.run(main())
provider.shutdown()
