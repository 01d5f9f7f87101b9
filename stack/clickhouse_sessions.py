"""Sessions of ClickHouse's HTTP interface: statements with one `session_id` share what they set and their temporary tables."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from clickhouse_wire import ClickHouseError

DEFAULT_SECONDS, MOST_SECONDS = 60, 3600


@dataclass(frozen=True)
class Session:
    """What a request says of its session. One user cannot reach another's."""

    user: str
    id: str
    seconds: int = DEFAULT_SECONDS
    must_exist: bool = False
    closes: bool = False


@dataclass
class _Known:
    connection: Any
    until: float = 0.0
    in_use: threading.Lock = field(default_factory=threading.Lock)


class Sessions:
    """Those that are open."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._known: dict[tuple[str, str], _Known] = {}
        self._changing = threading.Lock()

    @contextlib.contextmanager
    def lent(self, session: Session) -> Iterator[Any]:
        """A session's connection, for one statement."""
        key = (session.user, session.id)
        with self._changing:
            self._close_old()
            if key not in self._known:
                if session.must_exist:
                    raise ClickHouseError(f"Code: 372. DB::Exception: Session {session.id} not found. (SESSION_NOT_FOUND)")
                self._known[key] = _Known(self._connect())
            known = self._known[key]
            if not known.in_use.acquire(blocking=False):
                raise ClickHouseError(f"Code: 373. DB::Exception: Session {session.id} is locked by a concurrent client. (SESSION_IS_LOCKED)")
        try:
            yield known.connection
        finally:
            with self._changing:
                known.until = time.monotonic() + (0 if session.closes else session.seconds)
                known.in_use.release()
                self._close_old()

    def close(self) -> None:
        """Closes all."""
        with self._changing:
            self._close_old(float("inf"))

    def _close_old(self, now: float | None = None) -> None:
        now = time.monotonic() if now is None else now
        for key, known in list(self._known.items()):
            if not known.in_use.locked() and known.until <= now:
                del self._known[key]
                known.connection.close()
