"""What LiveKit's agents have in common: recognition and synthesis of the SDK's own base classes that need no service, the tools, a microphone and a
loudspeaker. `SCENARIO=interrupted` has a synthesis that streams and a loudspeaker that plays until it is stopped. `VOICE=fails`: the first attempt at a
synthesis fails, and each to say goodbye.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from livekit import rtc
from livekit.agents import Agent, APIStatusError, ToolError, function_tool, stt, tts, utils
from livekit.agents.types import NOT_GIVEN, APIConnectOptions, NotGivenOr
from livekit.agents.voice import io

IS_INTERRUPTED = os.environ.get("SCENARIO") == "interrupted"
RATE = 24000
GOODBYE = "Goodbye."
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
        super().__init__(capabilities=tts.TTSCapabilities(streaming=IS_INTERRUPTED), sample_rate=RATE, num_channels=1)

    @property
    def model(self) -> str:
        return "sonic-2"

    @property
    def provider(self) -> str:
        return "cartesia"

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = APIConnectOptions()) -> tts.ChunkedStream:
        return TableSpeech(tts=self, input_text=text, conn_options=conn_options)

    def stream(self, *, conn_options: APIConnectOptions = APIConnectOptions()) -> tts.SynthesizeStream:
        return TableStreamedSpeech(tts=self, conn_options=conn_options)


class TableSpeech(tts.ChunkedStream):
    attempts = 0

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await asyncio.sleep(0.08)
        TableSpeech.attempts += 1
        if os.environ.get("VOICE") == "fails" and (TableSpeech.attempts == 1 or self.input_text == GOODBYE):
            raise APIStatusError("the voice is away", status_code=503)
        output_emitter.initialize(request_id="speech-1", sample_rate=RATE, num_channels=1, mime_type="audio/pcm")
        output_emitter.push(bytes(RATE))
        output_emitter.flush()


class TableStreamedSpeech(tts.SynthesizeStream):
    """Says a tone for each piece of text that it is given."""

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(request_id="speech-1", sample_rate=RATE, num_channels=1, mime_type="audio/pcm", stream=True)
        output_emitter.start_segment(segment_id="segment-1")
        async for text in self._input_ch:
            if isinstance(text, str):
                self._mark_started()
                await asyncio.sleep(0.08)
                output_emitter.push(bytes(RATE))
                output_emitter.flush()
        output_emitter.end_segment()


class Microphone(io.AudioInput):
    """Silence, ten milliseconds at a time."""

    def __init__(self) -> None:
        super().__init__(label="Microphone")

    async def __anext__(self) -> rtc.AudioFrame:
        await asyncio.sleep(0.01)
        return rtc.AudioFrame(data=bytes(RATE // 100 * 2), sample_rate=RATE, num_channels=1, samples_per_channel=RATE // 100)


class Speaker(io.AudioOutput):
    """Plays at once, or until it is stopped."""

    def __init__(self) -> None:
        super().__init__(label="Speaker", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=RATE)
        self._seconds = 0.0
        self.started = asyncio.Event()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self.started.set()
        if not self._seconds and hasattr(self, "on_playback_started"):
            self.on_playback_started(created_at=time.time())
        self._seconds += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._seconds and not IS_INTERRUPTED:
            self._finish(is_interrupted=False)

    def clear_buffer(self) -> None:
        if self._seconds:
            self._finish(is_interrupted=True)

    def _finish(self, *, is_interrupted: bool) -> None:
        self.on_playback_finished(playback_position=self._seconds, interrupted=is_interrupted)
        self._seconds = 0.0


class Desk(Agent):
    def __init__(self, **more: Any) -> None:
        super().__init__(instructions="You help callers with their parcels.", **more)

    @function_tool
    async def track_parcel(self, number: str) -> str:
        """Where a parcel is."""
        await asyncio.sleep(0.03)
        return "out for delivery"

    @function_tool
    async def cancel_order(self, order: str) -> str:
        """Cancels an order."""
        # Beside the other tool it is the slower one, so that the order of their answers is always the same.
        await asyncio.sleep(0.3 if os.environ.get("SCENARIO") == "parallel" else 0.02)
        raise ToolError("order 7 has shipped")


class Reception(Agent):
    """Hands every caller over."""

    def __init__(self) -> None:
        super().__init__(instructions="You connect callers.")

    @function_tool
    async def transfer_to_desk(self) -> Agent:
        """To the desk for parcels."""
        return SpeakingDesk(chat_ctx=self.chat_ctx)


class SpeakingDesk(Desk):
    """Speaks as soon as it is there."""

    async def on_enter(self) -> None:
        self.session.generate_reply()
