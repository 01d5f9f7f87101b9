"""A realtime model that answers from the table of `model.py`, behind OpenAI's Realtime API: a websocket, sound in and out.

It hears the caller's sentence whenever sound that is not silence is followed by silence, as the API's own turn detection does; what it answers depends
only on how many tool results it was given since. Asked before anybody has spoken, it greets. It speaks a tenth of a second of silence.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import Any

from model import FIRST_TOKEN_AFTER, STEPS, Step
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

MODEL = "gpt-realtime"
HEARD = "Where is my parcel A17? And cancel order 7."
GREETING = Step(None, None, "Parcel desk, how can I help you?", 100, 20, 0, 0)
# A tenth of a second of 24 kHz, 16 bits.
SPOKEN = base64.b64encode(bytes(4800)).decode()
Event = dict[str, Any]


class _Call:
    """One websocket."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.session: Event = {
            "type": "realtime",
            "object": "realtime.session",
            "id": "sess_table",
            "model": MODEL,
            "output_modalities": ["audio"],
            "instructions": "",
            "tools": [],
            "tool_choice": "auto",
        }
        self.events = 0
        # Of tools, since somebody spoke.
        self.results: int | None = None
        self.responses = 0
        self.is_speaking = False

    def run(self) -> None:
        """Answers until the other side leaves."""
        self.say("session.created", session=self.session)
        try:
            for message in self.connection:
                self.take(json.loads(message))
        except ConnectionClosed:
            return

    def say(self, kind: str, **members: Any) -> None:
        """Sends an event."""
        self.events += 1
        self.connection.send(json.dumps({"type": kind, "event_id": f"event_{self.events}", **members}))

    def take(self, event: Event) -> None:
        """Does what an event asks for."""
        match event["type"]:
            case "session.update":
                self.session |= {name: value for name, value in event["session"].items() if value is not None}
                self.say("session.updated", session=self.session)
            case "input_audio_buffer.append":
                self._hear(base64.b64decode(event["audio"]))
            case "conversation.item.create":
                item = {"id": f"item_{self.events}", "object": "realtime.item", "status": "completed", **event["item"]}
                if self.results is not None and item["type"] == "function_call_output":
                    self.results += 1
                self._add(item)
            case "conversation.item.retrieve":
                self.say("conversation.item.retrieved", item={"id": event["item_id"], "object": "realtime.item", "type": "message", "role": "user", "status": "completed", "content": [{"type": "input_audio", "transcript": HEARD}]})
            case "response.create":
                # By it a client knows its own response.
                self._answer((event.get("response") or {}).get("metadata"))

    def _hear(self, sound: bytes) -> None:
        has_voice = any(sound)
        if has_voice and not self.is_speaking:
            self.is_speaking, self.results = True, 0
            self.say("input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_heard")
        elif self.is_speaking and not has_voice:
            self.is_speaking = False
            self.say("input_audio_buffer.speech_stopped", audio_end_ms=400, item_id="item_heard")
            self.say("input_audio_buffer.committed", item_id="item_heard", previous_item_id=None)
            self._add({"id": "item_heard", "object": "realtime.item", "type": "message", "role": "user", "status": "completed", "content": [{"type": "input_audio", "transcript": None}]})
            self.say("conversation.item.input_audio_transcription.delta", item_id="item_heard", content_index=0, delta=HEARD)
            usage = {"type": "duration", "seconds": 0.4}
            self.say("conversation.item.input_audio_transcription.completed", item_id="item_heard", content_index=0, transcript=HEARD, usage=usage)
            self._answer()

    def _add(self, item: Event) -> None:
        for kind in ("conversation.item.added", "conversation.item.done"):
            self.say(kind, item=item, previous_item_id=None)

    def _answer(self, metadata: Event | None = None) -> None:
        number = 0 if self.results is None else min(self.results, len(STEPS) - 1)
        step = GREETING if self.results is None else STEPS[number]
        self.responses += 1
        response = {"id": f"resp_{self.responses}", "object": "realtime.response", "status": "in_progress", "output": [], "output_modalities": ["audio"], "conversation_id": "conv_table", "metadata": metadata}
        self.say("response.created", response=response)
        time.sleep(FIRST_TOKEN_AFTER)
        item = self._call(response["id"], number, step) if step.tool else self._speech(response["id"], str(step.text))
        self.say("response.done", response={**response, "status": "completed", "output": [item], "usage": _usage(step)})

    def _call(self, response: str, number: int, step: Step) -> Event:
        item = {"id": f"item_call_{number}", "object": "realtime.item", "type": "function_call", "status": "completed", "call_id": f"call_{number}", "name": step.tool, "arguments": json.dumps(step.arguments)}
        begun = {**item, "status": "in_progress", "arguments": ""}
        place = {"response_id": response, "item_id": item["id"], "output_index": 0, "call_id": item["call_id"]}
        self.say("response.output_item.added", response_id=response, output_index=0, item=begun)
        self.say("conversation.item.added", item=begun, previous_item_id=None)
        self.say("response.function_call_arguments.delta", **place, delta=item["arguments"])
        self.say("response.function_call_arguments.done", **place, arguments=item["arguments"], name=step.tool)
        self.say("response.output_item.done", response_id=response, output_index=0, item=item)
        self.say("conversation.item.done", item=item, previous_item_id=None)
        return item

    def _speech(self, response: str, text: str) -> Event:
        part = {"type": "output_audio", "transcript": text}
        item = {"id": f"item_said_{self.responses}", "object": "realtime.item", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
        begun = {**item, "status": "in_progress", "content": []}
        place = {"response_id": response, "item_id": item["id"], "output_index": 0, "content_index": 0}
        self.say("response.output_item.added", response_id=response, output_index=0, item=begun)
        self.say("conversation.item.added", item=begun, previous_item_id=None)
        self.say("response.content_part.added", **place, part={"type": "audio", "transcript": ""})
        self.say("response.output_audio_transcript.delta", **place, delta=text)
        self.say("response.output_audio.delta", **place, delta=SPOKEN)
        self.say("response.output_audio.done", **place)
        self.say("response.output_audio_transcript.done", **place, transcript=text)
        self.say("response.content_part.done", **place, part={"type": "audio", "transcript": text})
        self.say("response.output_item.done", response_id=response, output_index=0, item=item)
        self.say("conversation.item.done", item=item, previous_item_id=None)
        return item


def _usage(step: Step) -> Event:
    """The table's counts, some of them of sound. The API tells no reasoning tokens."""
    cached = {"text_tokens": step.cached, "audio_tokens": 0, "image_tokens": 0}
    return {
        "total_tokens": step.tokens_in + step.tokens_out,
        "input_tokens": step.tokens_in,
        "output_tokens": step.tokens_out,
        "input_token_details": {"text_tokens": step.tokens_in - 40, "audio_tokens": 40, "image_tokens": 0, "cached_tokens": step.cached, "cached_tokens_details": cached},
        "output_token_details": {"text_tokens": step.tokens_out - 20, "audio_tokens": 20},
    }


def start() -> str:
    """Starts it on a free port of this machine, for as long as the process runs. The URL."""
    server = serve(lambda connection: _Call(connection).run(), "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"ws://127.0.0.1:{server.socket.getsockname()[1]}/v1/realtime"
