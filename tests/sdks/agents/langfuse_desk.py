"""Langfuse's own SDK: decorators, its OpenAI client (streamed), a generation made by hand for speech."""

from __future__ import annotations

import json
import os
import time

from langfuse import get_client, observe
from langfuse.openai import OpenAI

simulation_output_id = os.environ["SIMULATION_OUTPUT_ID"]
USER = "Where is my parcel A17? And cancel order 7."
langfuse = get_client()
client = OpenAI(base_url=os.environ["MODEL_URL"], api_key="none", max_retries=0)
TEXT = {"type": "string"}
TOOLS = [
    {"type": "function", "function": {"name": name, "description": what, "parameters": {"type": "object", "properties": {field: TEXT}, "required": [field]}}}
    for name, what, field in (("track_parcel", "Where a parcel is.", "number"), ("cancel_order", "Cancels an order.", "order"))
]


def observation(name: str, kind: str, **values: object) -> object:
    """SDK 3 has a method for each kind, from 4 on there is one."""
    if hasattr(langfuse, "start_as_current_observation"):
        return langfuse.start_as_current_observation(name=name, as_type=kind, **values)
    return getattr(langfuse, f"start_as_current_{kind}")(name=name, **values)


@observe(as_type="tool")
def track_parcel(number: str) -> str:
    time.sleep(0.02)
    return "out for delivery"


@observe(as_type="tool")
def cancel_order(order: str) -> str:
    raise ValueError("order 7 has shipped")


def call(name: str, arguments: str) -> str:
    try:
        return {"track_parcel": track_parcel, "cancel_order": cancel_order}[name](**json.loads(arguments))
    except ValueError as error:
        return f"Error: {error}"


def turn() -> None:
    with observation("stt", "generation", model="nova-3", metadata={"transcript": USER}) as heard:
        heard.update(output=USER)
    messages: list[dict[str, object]] = [{"role": "system", "content": "You help callers with their parcels."}, {"role": "user", "content": USER}]
    while True:
        text, calls = "", []
        for chunk in client.chat.completions.create(model="gpt-4.1-mini", messages=messages, tools=TOOLS, temperature=0.2, stream=True, stream_options={"include_usage": True}, name="decide"):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                calls += choice.delta.tool_calls or []
        if not calls:
            break
        messages.append({"role": "assistant", "tool_calls": [{"id": made.id, "type": "function", "function": {"name": made.function.name, "arguments": made.function.arguments}} for made in calls]})
        messages += [{"role": "tool", "tool_call_id": made.id, "content": call(made.function.name, made.function.arguments)} for made in calls]
    with observation("tts", "generation", model="sonic-2", input=text):
        time.sleep(0.02)


with observation("conversation", "span", metadata={"simulation_output_id": simulation_output_id}):
    turn()
langfuse.flush()
