"""What Pipecat's agents have in common: the tools, and a loudspeaker."""

from __future__ import annotations

import asyncio

from pipecat.frames.frames import BotStartedSpeakingFrame, BotStoppedSpeakingFrame, Frame, LLMTextFrame, TTSStartedFrame, TTSStoppedFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallParams

try:
    from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
    from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
except ImportError:
    # Before 1.0.
    from pipecat.adapters.schemas.function_schema import FunctionSchema
    from pipecat.adapters.schemas.tools_schema import ToolsSchema


class Speaker(FrameProcessor):
    """Plays at once, and says when it does."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        kinds = {TTSStartedFrame: BotStartedSpeakingFrame, TTSStoppedFrame: BotStoppedSpeakingFrame}
        if kind := kinds.get(type(frame)):
            await self.push_frame(kind())
            await self.push_frame(kind(), FrameDirection.UPSTREAM)
        await self.push_frame(frame, direction)


class Patience(FrameProcessor):
    """Stands behind the model, and is at its end when the third word of an answer has come."""

    def __init__(self) -> None:
        super().__init__()
        self._words = 0
        self.ended = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        self._words += isinstance(frame, LLMTextFrame)
        if self._words == 3:
            self.ended.set()


async def track_parcel(params: FunctionCallParams) -> None:
    await asyncio.sleep(0.03)
    await params.result_callback("out for delivery")


async def cancel_order(params: FunctionCallParams) -> None:
    await asyncio.sleep(0.02)
    raise RuntimeError("order 7 has shipped")


def tools() -> ToolsSchema:
    text = {"type": "string"}
    return ToolsSchema(
        standard_tools=[
            FunctionSchema("track_parcel", "Where a parcel is.", {"number": text}, ["number"]),
            FunctionSchema("cancel_order", "Cancels an order.", {"order": text}, ["order"]),
        ]
    )
