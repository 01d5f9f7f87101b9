"""Runs a command and writes down the command line of every process that comes of it, however short it lives.

    python3 traced.py FILE COMMAND [ARGUMENT...]

The kernel stops each process as soon as it has begun another program (ptrace(2)), so that its command line can be read before it does anything. FILE gets them as
JSON, one a line. The exit code is the command's.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
from pathlib import Path

# From <sys/ptrace.h> and <linux/wait.h>.
TRACE_ME, CONTINUE, SET_OPTIONS = 0, 7, 0x4200
FORK, VFORK, CLONE, EXEC, KILL_WITH_US = 0x2, 0x4, 0x8, 0x10, 0x100000
EXEC_EVENT, ALL_THREADS = 4, 0x40000000


def run(command: list[str], file: Path) -> int:
    """Runs it to its end, and all that it started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is the command's
    first = os.fork()
    if first == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _ptrace(TRACE_ME, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execvp(command[0], command)
    os.waitpid(first, ALL_THREADS)
    _ptrace(SET_OPTIONS, first, FORK | VFORK | CLONE | EXEC | KILL_WITH_US)
    _go_on(first, 0)
    code = 1
    while True:
        try:
            pid, status = os.waitpid(-1, ALL_THREADS)
        except ChildProcessError:
            return code
        if not os.WIFSTOPPED(status):
            if pid == first:
                code = os.waitstatus_to_exitcode(status)
            continue
        if status >> 16 == EXEC_EVENT:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            with file.open("a") as kept:
                kept.write(json.dumps(words[:-1]) + "\n")
        number = os.WSTOPSIG(status)
        _go_on(pid, 0 if number in (signal.SIGTRAP, signal.SIGSTOP) else number)


def _ptrace(request: int, pid: int, data: int) -> None:
    """The system call."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(request, pid, 0, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace {request:#x}: {os.strerror(number)}")


def _go_on(pid: int, number: int) -> None:
    """Lets a process go on with a signal that it was sent, or with none. It may have been killed meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        _ptrace(CONTINUE, pid, number)


if __name__ == "__main__":
    ended = run(sys.argv[2:], Path(sys.argv[1]))
    sys.exit(ended if ended >= 0 else 128 - ended)
