"""LangGraph: two branches at once, a graph inside a graph, a retriever, a model that is asked again where it is refused, a tool that raises. TRACER says who traces it."""

from __future__ import annotations

import contextlib
import os
from operator import add
from typing import Annotated, Any, TypedDict

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langgraph.graph import END, START, StateGraph

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
TRACER = os.environ["TRACER"]
USER = "Where is my parcel A17? And cancel order 7."
config: dict[str, Any] = {"run_name": "conversation"}


def finish() -> None:
    """Sends what waits."""


if TRACER == "langsmith":
    from langchain_core.tracers.langchain import wait_for_all_tracers as finish

    config["metadata"] = {"simulation_output_id": simulation_output_id}
elif TRACER == "langfuse":
    from langfuse import get_client
    from langfuse.langchain import CallbackHandler

    config |= {"callbacks": [CallbackHandler()], "metadata": {"simulation_output_id": simulation_output_id}}
    finish = get_client().flush
else:
    from openinference.instrumentation import using_attributes
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    if TRACER == "openllmetry":
        from opentelemetry import trace
        from opentelemetry.instrumentation.langchain import LangchainInstrumentor

        trace.set_tracer_provider(provider)
        LangchainInstrumentor().instrument(tracer_provider=provider)
    else:
        from openinference.instrumentation.langchain import LangChainInstrumentor

        LangChainInstrumentor().instrument(tracer_provider=provider)
        using_attributes(metadata={"simulation_output_id": simulation_output_id}).__enter__()
    finish = provider.force_flush


class State(TypedDict):
    question: str
    found: Annotated[list[str], add]
    answer: str


@tool
def cancel_order(order: str) -> str:
    """Cancels an order."""
    raise ValueError("order 7 has shipped")


store = InMemoryVectorStore(OpenAIEmbeddings(model="text-embedding-3-small", base_url=os.environ["MODEL_URL"], api_key="none", check_embedding_ctx_length=False))
store.add_documents([Document("Parcels leave at noon.", id="doc-1", metadata={"page": 1}), Document("Orders ship in a day.", id="doc-2", metadata={"page": 2})])
retriever = store.as_retriever(search_kwargs={"k": 2})
model = ChatOpenAI(model="gpt-4.1-mini", streaming=True, stream_usage=True, temperature=0.2, max_retries=0)


def retrieve(state: State) -> dict[str, Any]:
    return {"found": [document.page_content for document in retriever.invoke(state["question"])]}


def cancel(state: State) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        cancel_order.invoke({"name": "cancel_order", "args": {"order": "7"}, "id": "call_1", "type": "tool_call"})
    return {"found": ["order 7 has shipped"]}


def answer(state: State) -> dict[str, Any]:
    return {"answer": model.with_retry(stop_after_attempt=2).invoke([("system", "You help callers with their parcels."), ("user", state["question"])]).content}


inner = StateGraph(State)
inner.add_node("cancel", cancel)
inner.add_edge(START, "cancel")
inner.add_edge("cancel", END)
graph = StateGraph(State)
graph.add_node("retrieve", retrieve)
graph.add_node("orders", inner.compile(name="orders"))
graph.add_node("answer", answer)
graph.add_edge(START, "retrieve")
graph.add_edge(START, "orders")
graph.add_edge(["retrieve", "orders"], "answer")
graph.add_edge("answer", END)
app = graph.compile()


def talk() -> None:
    print(app.invoke({"question": USER, "found": []}, config)["answer"])


if TRACER == "openllmetry":
    with provider.get_tracer("my-agent").start_as_current_span("call") as span:
        span.set_attributes({"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
        talk()
else:
    talk()
finish()
