"""LangGraph's agent (langchain.agents.create_agent, before 1.0 create_react_agent) on a streamed chat model; a graph around it that hands over and is interrupted. TRACER says who traces it."""

from __future__ import annotations

import contextlib
import os
from typing import Annotated, Any

from importlib.util import find_spec
from langchain_core.messages import ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
TRACER = os.environ["TRACER"]
USER = "Where is my parcel A17? And cancel order 7."
config: dict[str, Any] = {"run_name": "conversation", "configurable": {"thread_id": "desk-1"}}


def finish() -> None:
    """Sends what waits."""


if TRACER == "langsmith":
    # LANGSMITH_TRACING=true, LANGSMITH_ENDPOINT, LANGSMITH_API_KEY and LANGSMITH_PROJECT are set.
    from langchain_core.tracers.langchain import wait_for_all_tracers as finish

    config["metadata"] = {"simulation_output_id": simulation_output_id}
elif TRACER == "langfuse":
    from langfuse import get_client
    from langfuse.langchain import CallbackHandler

    config |= {"callbacks": [CallbackHandler()], "metadata": {"simulation_output_id": simulation_output_id}}
    finish = get_client().flush
else:
    from openinference.instrumentation import using_attributes
    from openinference.instrumentation.langchain import LangChainInstrumentor
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    LangChainInstrumentor().instrument(tracer_provider=provider)
    using_attributes(metadata={"simulation_output_id": simulation_output_id}).__enter__()
    finish = provider.force_flush


@tool
def track_parcel(number: str) -> str:
    """Where a parcel is."""
    return "out for delivery"


@tool
def cancel_order(order: str) -> str:
    """Cancels an order."""
    raise ValueError("order 7 has shipped")


@tool
def transfer_to_desk(call_id: Annotated[str, InjectedToolCallId]) -> Command:
    """Hands the caller over to the desk."""
    return Command(goto="desk", graph=Command.PARENT, update={"messages": [ToolMessage("transferred", tool_call_id=call_id)]})


cancel_order.handle_tool_error = False


def reception(state: MessagesState) -> Command:
    """Hands over as a tool does, without asking a model."""
    call = {"name": "transfer_to_desk", "args": {}, "id": "call_transfer", "type": "tool_call"}
    result = transfer_to_desk.invoke(call)
    return Command(goto="approval", update=getattr(result, "update", {}) and {})


def approval(state: MessagesState) -> dict[str, Any]:
    """Waits for a person."""
    interrupt("may the desk answer?")
    return {}


def answering(request: Any, handler: Any) -> Any:
    """A tool's error goes to the model."""
    try:
        return handler(request)
    except ValueError as error:
        return ToolMessage(f"Error: {error}", tool_call_id=request.tool_call["id"], status="error")


model = ChatOpenAI(model="gpt-4.1-mini", streaming=True, stream_usage=True, temperature=0.2, max_retries=0)
PROMPT = "You help callers with their parcels."
if find_spec("langchain.agents.middleware"):
    from langchain.agents import create_agent
    from langchain.agents.middleware import wrap_tool_call

    desk = create_agent(model, [track_parcel, cancel_order], system_prompt=PROMPT, middleware=[wrap_tool_call(answering)], name="desk")
else:
    from langgraph.prebuilt import ToolNode, create_react_agent

    tools = ToolNode([track_parcel, cancel_order], handle_tool_errors=lambda error: f"Error: {error}")
    desk = create_react_agent(model, tools, prompt=PROMPT, name="desk")
graph = StateGraph(MessagesState)
graph.add_node("reception", reception, destinations=("approval",))
graph.add_node("approval", approval)
graph.add_node("desk", desk)
graph.add_edge(START, "reception")
graph.add_edge("approval", "desk")
graph.add_edge("desk", END)
app = graph.compile(checkpointer=InMemorySaver())
app.invoke({"messages": [("user", USER)]}, config)
# What a broken stream raises is the caller's to handle; its spans are sent.
with contextlib.suppress(Exception) if os.environ.get("SCENARIO") == "broken" else contextlib.nullcontext():
    print(app.invoke(Command(resume="yes"), config)["messages"][-1].content)
finish()
