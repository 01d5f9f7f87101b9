"""LiveKit Agents: a session with speech in and out. Recognition and synthesis are stand-ins of the SDK's own base classes; the model speaks over HTTP."""

from __future__ import annotations

import asyncio
import os
import time

from livekit import rtc
from livekit.agents import Agent, AgentSession, ToolError, function_tool, stt, tts, utils
from livekit.agents.types import NOT_GIVEN, APIConnectOptions, NotGivenOr
from livekit.agents.voice import io
from livekit.plugins import openai

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

RATE = 24000
SAID = "Where is my parcel A17? And cancel order 7."


class TableSTT(stt.STT):
    """Hears the same sentence in whatever it is given."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=False))

    @property
    def model(self) -> str:
        return "nova-3"

    @property
    def provider(self) -> str:
        return "deepgram"

    async def _recognize_impl(self, buffer: utils.AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(self, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions = APIConnectOptions()) -> stt.RecognizeStream:
        return TableStream(stt=self, conn_options=conn_options)


class TableStream(stt.RecognizeStream):
    async def _run(self) -> None:
        count = 0
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                continue
            count += 1
            if count == 5:
                self._event_ch.send_nowait(stt.SpeechEvent(type=stt.SpeechEventType.START_OF_SPEECH))
            if count == 20:
                heard = stt.SpeechData(language="en", text=SAID, confidence=0.93)
                self._event_ch.send_nowait(stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[heard]))
                self._event_ch.send_nowait(stt.SpeechEvent(type=stt.SpeechEventType.END_OF_SPEECH))


class TableTTS(tts.TTS):
    """Says a tone of half a second."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE, num_channels=1)

    @property
    def model(self) -> str:
        return "sonic-2"

    @property
    def provider(self) -> str:
        return "cartesia"

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = APIConnectOptions()) -> tts.ChunkedStream:
        return TableSpeech(tts=self, input_text=text, conn_options=conn_options)


class TableSpeech(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await asyncio.sleep(0.08)
        output_emitter.initialize(request_id="speech-1", sample_rate=RATE, num_channels=1, mime_type="audio/pcm")
        output_emitter.push(bytes(RATE))
        output_emitter.flush()


class Microphone(io.AudioInput):
    """Silence, ten milliseconds at a time."""

    def __init__(self) -> None:
        super().__init__(label="Microphone")

    async def __anext__(self) -> rtc.AudioFrame:
        await asyncio.sleep(0.01)
        return rtc.AudioFrame(data=bytes(RATE // 100 * 2), sample_rate=RATE, num_channels=1, samples_per_channel=RATE // 100)


class Speaker(io.AudioOutput):
    """Plays at once."""

    def __init__(self) -> None:
        super().__init__(label="Speaker", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=RATE)
        self._seconds = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._seconds and hasattr(self, "on_playback_started"):
            self.on_playback_started(created_at=time.time())
        self._seconds += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._seconds:
            self.on_playback_finished(playback_position=self._seconds, interrupted=False)
            self._seconds = 0.0

    def clear_buffer(self) -> None:
        """Nothing waits."""


class Desk(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You help callers with their parcels.")

    @function_tool
    async def track_parcel(self, number: str) -> str:
        """Where a parcel is."""
        await asyncio.sleep(0.03)
        return "out for delivery"

    @function_tool
    async def cancel_order(self, order: str) -> str:
        """Cancels an order."""
        await asyncio.sleep(0.02)
        raise ToolError("order 7 has shipped")


async def main() -> None:
    async with openai.LLM(model="gpt-4.1-mini", base_url=os.environ["MODEL_URL"], api_key="none") as llm:
        session = AgentSession(stt=TableSTT(), llm=llm, tts=TableTTS(), turn_detection="manual", vad=None)
        session.input.audio = Microphone()
        session.output.audio = Speaker()
        heard, answered = asyncio.Event(), asyncio.Event()
        session.on("user_input_transcribed", lambda event: event.is_final and heard.set())

        @session.on("conversation_item_added")
        def added(event: object) -> None:
            item = event.item  # type: ignore[attr-defined]
            if getattr(item, "role", None) == "assistant" and (item.text_content or "").startswith("Your parcel"):
                answered.set()

        await session.start(Desk())
        await asyncio.wait_for(heard.wait(), 20)
        session.input.set_audio_enabled(False)
        session.commit_user_turn()
        await asyncio.wait_for(answered.wait(), 30)
        await asyncio.sleep(0.3)
        await session.aclose()


asyncio.run(main())
provider.force_flush()
provider.shutdown()
