"""LiveKit Agents: a session with speech in and out. Recognition and synthesis are stand-ins of the SDK's own base classes; the model speaks over HTTP."""

from __future__ import annotations

import asyncio
import os

from livekit.agents import AgentSession
from livekit.plugins import openai
from livekit_desk import GOODBYE, IS_INTERRUPTED, Desk, Microphone, Reception, Speaker, TableSTT, TableTTS

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]

# connect: begin
# OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS name your platform
from livekit.agents import telemetry
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
telemetry.set_tracer_provider(provider, metadata={"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id})
# connect: end

if os.environ.get("TRACER") == "langsmith":
    from langsmith.integrations.livekit import LiveKitLangSmithSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(LiveKitLangSmithSpanProcessor(BatchSpanProcessor(OTLPSpanExporter()), recording_mode="none", recording_timeout_seconds=2.0))
    telemetry.set_tracer_provider(provider, metadata={"langsmith.metadata.simulation_output_id": simulation_output_id})


async def main() -> None:
    async with openai.LLM(model="gpt-4.1-mini", base_url=os.environ["MODEL_URL"], api_key="none") as llm:
        session = AgentSession(stt=TableSTT(), llm=llm, tts=TableTTS(), turn_detection="manual", vad=None)
        session.input.audio = Microphone()
        session.output.audio = speaker = Speaker()
        heard, answered = asyncio.Event(), asyncio.Event()
        session.on("user_input_transcribed", lambda event: event.is_final and heard.set())

        @session.on("conversation_item_added")
        def added(event: object) -> None:
            item = event.item  # type: ignore[attr-defined]
            if getattr(item, "role", None) == "assistant" and (item.text_content or "").startswith("Your parcel"):
                answered.set()

        hands_over = bool(os.environ.get("HANDOVER"))
        await session.start(Reception() if hands_over else Desk())
        await asyncio.wait_for(heard.wait(), 20)
        session.input.set_audio_enabled(False)
        session.commit_user_turn()
        if IS_INTERRUPTED:
            # The caller breaks in while the model still answers, then while only the voice speaks.
            await asyncio.wait_for(speaker.started.wait(), 20)
            await asyncio.sleep(0.5)
            await session.interrupt()
            await asyncio.wait_for(answered.wait(), 30)
            speaker.started.clear()
            session.say("Are you still there?")
            await asyncio.wait_for(speaker.started.wait(), 20)
            await asyncio.sleep(0.5)
            await session.interrupt()
        else:
            await asyncio.wait_for(answered.wait(), 60)
            if hands_over:
                await asyncio.wait_for(session.say(GOODBYE), 60)
        await asyncio.sleep(0.3)
        await session.aclose()


asyncio.run(main())
provider.force_flush()
provider.shutdown()
