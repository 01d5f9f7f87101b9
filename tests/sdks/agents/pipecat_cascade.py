"""Pipecat: speech in, a model with tools, speech out. Recognition and synthesis are stand-ins of the SDK's own base classes; the model speaks over HTTP."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator

from pipecat.frames.frames import (
    EndFrame,
    Frame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.workers.runner import WorkerRunner
from pipecat.utils.time import time_now_iso8601
from pipecat.utils.tracing.service_decorators import traced_stt, traced_tts
from pipecat_desk import Patience, Speaker, cancel_order, tools, track_parcel

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."
RATE = 24000


class DeepgramSTTService(STTService):
    """Hears the same sentence whenever somebody has spoken."""

    def __init__(self) -> None:
        super().__init__(sample_rate=16000, ttfs_p99_latency=0.2, settings=STTSettings(model="nova-3", language=None))

    def can_generate_metrics(self) -> bool:
        return True

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        yield None

    @traced_stt
    async def _handle_transcription(self, transcript: str, is_final: bool, language: str | None = None) -> None:
        """Only traced."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            await asyncio.sleep(0.05)
            heard = TranscriptionFrame(USER, "caller", time_now_iso8601(), finalized=True)
            await self._handle_transcription(USER, True)
            await self.push_frame(heard)


class CartesiaTTSService(TTSService):
    """Says silence."""

    def __init__(self) -> None:
        super().__init__(sample_rate=RATE, push_start_frame=True, push_stop_frames=True, stop_frame_timeout_s=0.3, settings=TTSSettings(model="sonic-2", voice="anna", language=None))

    def can_generate_metrics(self) -> bool:
        return True

    @traced_tts
    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        await asyncio.sleep(0.07)
        # As services that speak over HTTP do it before their first sound (services/openai/tts.py).
        await self.stop_ttfb_metrics()
        yield TTSAudioRawFrame(bytes(RATE // 2), RATE, 1, context_id=context_id)


# connect: begin
# OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS name your platform
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.utils.tracing.setup import setup_tracing

setup_tracing(service_name="voice-agent", exporter=OTLPSpanExporter())


def traced(pipeline: Pipeline, simulation_output_id: str) -> PipelineWorker:
    return PipelineWorker(
        pipeline,
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
        enable_tracing=True,
        additional_span_attributes={"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id},
    )
    # connect: end


if os.environ.get("WORKER") == "task":
    # The older name of the same.
    from pipecat.pipeline.task import PipelineTask as PipelineWorker

if os.environ.get("TRACER") == "langsmith":
    from langsmith.integrations.pipecat import PipecatLangSmithSpanProcessor
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(PipecatLangSmithSpanProcessor(BatchSpanProcessor(OTLPSpanExporter())))
    # What was set above stays what it is: OpenTelemetry takes the first.
    trace._TRACER_PROVIDER = provider


async def main() -> None:
    llm = OpenAILLMService(api_key="none", base_url=os.environ["MODEL_URL"], settings=OpenAILLMService.Settings(model="gpt-4.1-mini", system_instruction="You help callers with their parcels."))
    llm.register_function("track_parcel", track_parcel)
    llm.register_function("cancel_order", cancel_order)
    context = LLMContext([], tools())
    pair = LLMContextAggregatorPair(context)
    worker = traced(Pipeline([DeepgramSTTService(), pair.user(), llm, patience := Patience(), CartesiaTTSService(), Speaker(), pair.assistant()]), simulation_output_id)

    async def call() -> None:
        await asyncio.sleep(0.5)
        await worker.queue_frames([VADUserStartedSpeakingFrame(start_secs=0.2, timestamp=time.time())])
        await asyncio.sleep(0.4)
        await worker.queue_frames([VADUserStoppedSpeakingFrame(stop_secs=0.2, timestamp=time.time())])
        if "interrupted" in os.environ.get("SCENARIO", ""):
            await asyncio.wait_for(patience.ended.wait(), 30)
            await worker.queue_frames([VADUserStartedSpeakingFrame(start_secs=0.2, timestamp=time.time())])
            await asyncio.sleep(1)
        else:
            await asyncio.sleep(9)
        await worker.queue_frames([EndFrame()])

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await asyncio.gather(runner.run(), call())


asyncio.run(main())
from opentelemetry import trace

trace.get_tracer_provider().force_flush()
