"""Pipecat: sound in and out by one realtime model of OpenAI, over a websocket."""

from __future__ import annotations

import asyncio
import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from pipecat.frames.frames import EndFrame, InputAudioRawFrame, LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.openai.realtime.events import AudioConfiguration, AudioInput, InputAudioTranscription, SessionProperties
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.utils.tracing.setup import setup_tracing
from pipecat.workers.runner import WorkerRunner
from pipecat_desk import Speaker, cancel_order, tools, track_parcel

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
RATE = 24000
VOICE, SILENCE = bytes(range(1, 201)) * 4, bytes(800)
setup_tracing(service_name="voice-agent", exporter=OTLPSpanExporter())


async def main() -> None:
    heard = AudioConfiguration(input=AudioInput(transcription=InputAudioTranscription(model="gpt-4o-transcribe")))
    settings = OpenAIRealtimeLLMService.Settings(model="gpt-realtime", system_instruction="You help callers with their parcels.", session_properties=SessionProperties(audio=heard))
    llm = OpenAIRealtimeLLMService(api_key="none", base_url=os.environ["REALTIME_URL"], settings=settings)
    llm.register_function("track_parcel", track_parcel)
    llm.register_function("cancel_order", cancel_order)
    pair = LLMContextAggregatorPair(LLMContext([], tools()))
    worker = PipelineWorker(
        Pipeline([pair.user(), llm, Speaker(), pair.assistant()]),
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True, audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        enable_tracing=True,
        additional_span_attributes={"simulation_output_id": simulation_output_id, "langsmith.metadata.simulation_output_id": simulation_output_id},
    )

    async def call() -> None:
        await asyncio.sleep(1)
        await worker.queue_frames([LLMRunFrame()])
        await asyncio.sleep(1)
        await worker.queue_frames([InputAudioRawFrame(VOICE, RATE, 1)])
        await asyncio.sleep(0.4)
        await worker.queue_frames([InputAudioRawFrame(SILENCE, RATE, 1)])
        await asyncio.sleep(6)
        await worker.queue_frames([EndFrame()])

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await asyncio.gather(runner.run(), call())


asyncio.run(main())
trace.get_tracer_provider().force_flush()
