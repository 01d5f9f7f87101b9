"""Pipecat before 1.0: speech in, a model with tools, speech out, in the words of that time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from pipecat.frames.frames import EndFrame, Frame, TranscriptionFrame, TTSAudioRawFrame, TTSStartedFrame, UserStartedSpeakingFrame, UserStoppedSpeakingFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601
from pipecat.utils.tracing.service_decorators import traced_stt, traced_tts
from pipecat.utils.tracing.setup import setup_tracing
from pipecat_desk import Speaker, tools, track_parcel

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."
RATE = 24000
setup_tracing(service_name="voice-agent", exporter=OTLPSpanExporter())


class DeepgramSTTService(STTService):
    """Hears the same sentence whenever somebody has spoken."""

    def __init__(self) -> None:
        super().__init__(sample_rate=16000)
        self.set_model_name("nova-3")

    def can_generate_metrics(self) -> bool:
        return True

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        yield None

    @traced_stt
    async def _handle_transcription(self, transcript: str, is_final: bool, language: str | None = None) -> None:
        """Only traced."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, UserStoppedSpeakingFrame):
            await self.start_ttfb_metrics()
            await asyncio.sleep(0.05)
            await self.stop_ttfb_metrics()
            await self._handle_transcription(USER, True)
            await self.push_frame(TranscriptionFrame(USER, "caller", time_now_iso8601()))


class CartesiaTTSService(TTSService):
    """Says silence."""

    def __init__(self) -> None:
        super().__init__(sample_rate=RATE, push_stop_frames=True, stop_frame_timeout_s=0.3)
        self.set_model_name("sonic-2")
        self.set_voice("anna")

    def can_generate_metrics(self) -> bool:
        return True

    @traced_tts
    async def run_tts(self, text: str) -> AsyncGenerator[Frame, None]:
        await self.start_ttfb_metrics()
        await asyncio.sleep(0.07)
        await self.stop_ttfb_metrics()
        yield TTSStartedFrame()
        yield TTSAudioRawFrame(bytes(RATE // 2), RATE, 1)


async def cancel_order(params: FunctionCallParams) -> None:
    await asyncio.sleep(0.02)
    await params.result_callback("order 7 has shipped")


async def main() -> None:
    llm = OpenAILLMService(model="gpt-4.1-mini", api_key="none", base_url=os.environ["MODEL_URL"])
    llm.register_function("track_parcel", track_parcel)
    llm.register_function("cancel_order", cancel_order)
    pair = LLMContextAggregatorPair(LLMContext([{"role": "system", "content": "You help callers with their parcels."}], tools()))
    task = PipelineTask(
        Pipeline([DeepgramSTTService(), pair.user(), llm, CartesiaTTSService(), Speaker(), pair.assistant()]),
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
        enable_tracing=True,
        additional_span_attributes={"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id},
    )

    async def call() -> None:
        await asyncio.sleep(0.5)
        await task.queue_frames([UserStartedSpeakingFrame()])
        await asyncio.sleep(0.4)
        await task.queue_frames([UserStoppedSpeakingFrame()])
        await asyncio.sleep(9)
        await task.queue_frames([EndFrame()])

    await asyncio.gather(PipelineRunner(handle_sigint=False).run(task), call())


asyncio.run(main())
trace.get_tracer_provider().force_flush()
