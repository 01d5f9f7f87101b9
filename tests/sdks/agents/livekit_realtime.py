"""LiveKit Agents: sound in and out by one realtime model of OpenAI, over a websocket."""

from __future__ import annotations

import asyncio
import os

import aiohttp
from livekit import rtc
from livekit.agents import AgentSession, telemetry
from livekit.plugins import openai
from livekit_desk import RATE, Desk, Microphone, Speaker
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
telemetry.set_tracer_provider(provider, metadata={"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})


class Caller(Microphone):
    """Silence, then a voice for less than half a second, then silence."""

    frames = 0

    async def __anext__(self) -> rtc.AudioFrame:
        frame = await super().__anext__()
        self.frames += 1
        if not 60 < self.frames < 100:
            return frame
        return rtc.AudioFrame(data=bytes(range(1, 241)) * 2, sample_rate=RATE, num_channels=1, samples_per_channel=RATE // 100)


async def main() -> None:
    async with aiohttp.ClientSession() as http:
        model = openai.realtime.RealtimeModel(model="gpt-realtime", base_url=os.environ["REALTIME_URL"], api_key="none", http_session=http)
        session = AgentSession(llm=model, vad=None)
        session.input.audio, session.output.audio = Caller(), Speaker()
        answered = asyncio.Event()

        @session.on("conversation_item_added")
        def added(event: object) -> None:
            item = event.item  # type: ignore[attr-defined]
            if getattr(item, "role", None) == "assistant" and (item.text_content or "").startswith("Your parcel"):
                answered.set()

        await session.start(Desk())
        await asyncio.wait_for(answered.wait(), 30)
        await asyncio.sleep(0.3)
        await session.aclose()


asyncio.run(main())
provider.force_flush()
provider.shutdown()
