"""OpenAI Agents on the responses API, streamed. TRACER says who traces it."""

from __future__ import annotations

import asyncio
import os

from agents import Agent, GuardrailFunctionOutput, ModelSettings, RunConfig, Runner, input_guardrail, output_guardrail, set_trace_processors, trace
from openai_agents_tools import cancel_order, track_parcel

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."

if os.environ["TRACER"] == "langsmith":
    from langsmith.integrations.openai_agents_sdk import OpenAIAgentsTracingProcessor

    processor = OpenAIAgentsTracingProcessor()
    set_trace_processors([processor])
    finish = processor.force_flush
else:
    from openinference.instrumentation import using_attributes
    from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
    using_attributes(metadata={"simulation_output_id": simulation_output_id}).__enter__()
    finish = provider.force_flush


def guarded(agent: Agent) -> Agent:
    """With a guardrail on both sides."""

    @input_guardrail
    async def polite(context: object, agent: object, said: object) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=False)

    @output_guardrail
    async def harmless(context: object, agent: object, output: object) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=False)

    agent.input_guardrails, agent.output_guardrails = [polite], [harmless]
    return agent


async def main() -> None:
    desk = Agent(name="desk", instructions="You help callers with their parcels.", model="gpt-4.1-mini", tools=[track_parcel, cancel_order], model_settings=ModelSettings(temperature=0.2))
    if os.environ.get("HANDOVER"):
        desk = Agent(name="reception", instructions="You hand callers over.", model="gpt-4.1-mini", handoffs=[desk])
    if os.environ.get("GUARDED"):
        desk = guarded(Agent(name="reception", instructions="You ask the desk.", model="gpt-4.1-mini", tools=[desk.as_tool("ask_desk", "Asks the desk.")]))
    with trace("conversation", metadata={"simulation_output_id": simulation_output_id}):
        run = Runner.run_streamed(desk, USER, run_config=RunConfig())
        async for _ in run.stream_events():
            pass
        print(run.final_output)


asyncio.run(main())
finish()
