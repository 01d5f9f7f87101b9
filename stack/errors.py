"""What stops a command of the stack."""

from __future__ import annotations


class StackError(Exception):
    """Something a person has to act on; the text says what to do next."""
