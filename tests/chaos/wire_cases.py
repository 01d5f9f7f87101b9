"""Every hostile behaviour, and how an import must end on it, provider by provider where they differ.

An import that could not read its platform to the end says `failed/timeout` on its last pass, whatever kept it: it walks around what it cannot have
for as long as there is time. Beside that, `truncated` and `last_error` say what it was. One whose platform told nothing at all says why.
"""

from __future__ import annotations

from wires import FEW_SPANS, Case

IMPORTED, TIMEOUT, MALFORMED, ERROR = (frozenset([word]) for word in ("imported", "failed/timeout", "failed/malformed", "failed/platform_error"))
WRONG_HOST, UNREACHABLE, RATE_LIMITED = (frozenset([word]) for word in ("failed/wrong_host", "failed/unreachable", "deferred/rate_limited"))

CASES = [
    # The connection and HTTP itself.
    Case("slow-loris", TIMEOUT),
    Case("silence", TIMEOUT),
    Case("endless-head", MALFORMED),
    Case("endless-body", MALFORMED),
    Case("gzip-bomb", MALFORMED),
    Case("length-10-gb", MALFORMED),
    Case("truncated", ERROR),
    Case("reset", ERROR),
    Case("redirect", WRONG_HOST),
    Case("plain-to-tls", MALFORMED),
    Case("https-to-plain", UNREACHABLE, scheme="https"),
    Case("500-for-ever", ERROR),
    Case("503-for-ages", ERROR),
    Case("429-for-ages", RATE_LIMITED),
    # Paging.
    Case("cursor-loop", MALFORMED),
    Case("endless-pages", TIMEOUT),
    # Rows. What is unsound costs its row and no other.
    Case("invalid-utf8", IMPORTED, stored=FEW_SPANS - 1),
    Case("nul", IMPORTED, stored=FEW_SPANS),
    Case("huge-numbers", IMPORTED, stored=FEW_SPANS),
    Case("deep-nesting", IMPORTED, stored=FEW_SPANS),
    Case("long-name", IMPORTED, stored=FEW_SPANS),
    Case("year-9999", IMPORTED, stored=FEW_SPANS - 1),
    # Much: tests/memory/heavy.py.
    Case("numbers", IMPORTED, stored=1),
    Case("arrays", IMPORTED, stored=95),
    Case("tiny", IMPORTED, stored=200),
    Case("texts", IMPORTED, stored=200),
    # Langfuse either waits for such pages until the time is over, or has seen before that each of them is too large.
    Case("crowd", TIMEOUT, apart={"langfuse": TIMEOUT | MALFORMED}),
    # One row that no answer can hold, and that nobody knows whose it is: the window is not known to have been read.
    Case("too-large", TIMEOUT),
]
