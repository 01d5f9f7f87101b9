"""Google's ADK with a model by way of LiteLLM, streamed; its own telemetry."""

# No `annotations` from `__future__`: ADK 1.0 reads them as they stand.

import asyncio
import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)

from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.models.lite_llm import LiteLlm
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.genai import types


def track_parcel(number: str) -> str:
    """Where a parcel is."""
    return "out for delivery"


def cancel_order(order: str) -> str:
    """Cancels an order."""
    raise ValueError("order 7 has shipped")


def answering(tool: object, args: object, tool_context: object, error: Exception) -> dict[str, str]:
    """A tool's error goes to the model."""
    return {"error": str(error)}


def cancelling(order: str) -> dict[str, str]:
    """Cancels an order."""
    try:
        return {"result": cancel_order(order)}
    except ValueError as error:
        return {"error": str(error)}


async def main() -> None:
    model = LiteLlm(model="openai/gpt-4.1-mini", api_base=os.environ["MODEL_URL"], api_key="none")
    tools, how = [track_parcel, cancel_order], {"on_tool_error_callback": answering}
    if "on_tool_error_callback" not in LlmAgent.model_fields:
        # Before there was that, the tool itself had to answer.
        cancelling.__name__ = cancel_order.__name__
        tools, how = [track_parcel, cancelling], {}
    desk = LlmAgent(name="desk", model=model, instruction="You help callers with their parcels.", tools=tools, **how)
    sessions = InMemorySessionService()
    await sessions.create_session(app_name="parcels", user_id="caller", session_id="session-1")
    runner = Runner(app_name="parcels", agent=desk, session_service=sessions)
    said = types.Content(role="user", parts=[types.Part(text="Where is my parcel A17? And cancel order 7.")])
    with trace.get_tracer("my-agent").start_as_current_span("conversation") as span:
        span.set_attributes({"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
        async for _ in runner.run_async(user_id="caller", session_id="session-1", new_message=said, run_config=RunConfig(streaming_mode=StreamingMode.SSE)):
            pass


asyncio.run(main())
provider.shutdown()
