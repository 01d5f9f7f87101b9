"""OpenAI Agents' realtime agent: sound in and out by one model, over a websocket. OpenInference traces it."""

from __future__ import annotations

import asyncio
import os

from agents.realtime import RealtimeAgent, RealtimeRunner
from openai_agents_tools import cancel_order, track_parcel
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
VOICE, SILENCE = bytes(range(1, 201)) * 4, bytes(800)


async def main() -> None:
    desk = RealtimeAgent(name="desk", instructions="You help callers with their parcels.", tools=[track_parcel, cancel_order])
    runner = RealtimeRunner(desk, config={"async_tool_calls": False})
    async with await runner.run(model_config={"url": os.environ["REALTIME_URL"] + "?model=gpt-realtime", "api_key": "none", "initial_model_settings": {"model_name": "gpt-realtime"}}) as session:
        await session.send_audio(VOICE)
        await asyncio.sleep(0.3)
        await session.send_audio(SILENCE)
        async for event in session:
            if event.type == "audio_end":
                break
        # What comes after the last sound: the end of the response, its counts.
        await asyncio.sleep(0.5)


with using_attributes(metadata={"simulation_output_id": simulation_output_id}):
    asyncio.run(main())
provider.force_flush()
