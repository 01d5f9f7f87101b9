"""The tools of OpenAI Agents' agents."""

from __future__ import annotations

from agents import function_tool


@function_tool
def track_parcel(number: str) -> str:
    """Where a parcel is."""
    return "out for delivery"


@function_tool
def cancel_order(order: str) -> str:
    """Cancels an order."""
    raise ValueError("order 7 has shipped")
