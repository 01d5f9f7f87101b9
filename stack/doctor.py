#!/usr/bin/env python3
"""Looks whether this machine has what the make targets need, and says which package brings what is missing. Changes nothing.

Standard library only, and a Python older than the stack's: it must be able to say that Python is too old.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

RUST = (1, 94, 1)
PYTHON = (3, 11)
GIGABYTES = 12  # cargo's target folder, the Python environment, a stack's data
MEGABYTES_OF_MEMORY = 3000

# A fault stops a target; a warning is worth knowing.
FAULT, WARNING, GOOD = "missing", "mind", "ok"


def version_of(text):
    """The first version number in a text, as numbers."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text or "")
    return tuple(int(part or 0) for part in found.groups()) if found else None


def said_by(*command):
    """What a program prints, or None where it cannot be run."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def dotted(version):
    """1.94.1"""
    return ".".join(str(part) for part in version)


def check_rust():
    """rustc, and cargo beside it."""
    found = version_of(said_by("rustc", "--version"))
    if found is None:
        yield FAULT, "rustc", "not found. Install Rust with rustup: https://rustup.rs (distributions' packages are often too old)"
    elif found < RUST:
        yield FAULT, "rustc", f"{dotted(found)} is too old, {dotted(RUST)} is needed. Run: rustup update stable"
    else:
        yield GOOD, "rustc", dotted(found)
    cargo = version_of(said_by("cargo", "--version"))
    yield (GOOD, "cargo", dotted(cargo)) if cargo else (FAULT, "cargo", "not found. rustup brings it: https://rustup.rs")
    linker = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    yield (GOOD, "linker", linker) if linker else (FAULT, "linker", "no C compiler to link with. Debian, Ubuntu: apt-get install gcc libc6-dev")


def check_python():
    """The Python that make calls, with venv and pip for the stack's own environment."""
    version = sys.version_info[:3]
    package = f"python{version[0]}.{version[1]}-venv"
    if version[:2] < PYTHON:
        yield FAULT, "python3", f"{dotted(version)} is too old, {dotted(PYTHON)} is needed. Debian, Ubuntu: apt-get install python3.11 python3.11-venv"
        return
    yield GOOD, "python3", dotted(version)
    missing = [name for name in ("venv", "ensurepip") if said_by(sys.executable, "-c", f"import {name}") is None]
    yield (FAULT, "venv", f"python has no {' and no '.join(missing)}. Debian, Ubuntu: apt-get install {package}") if missing else (GOOD, "venv", "there")


def check_tools():
    """make, and what some targets use."""
    yield (GOOD, "make", shutil.which("make")) if shutil.which("make") else (FAULT, "make", "not found. Debian, Ubuntu: apt-get install make")
    if not shutil.which("strip"):
        yield WARNING, "strip", "not found: functions deploy unstripped, which takes longer. Debian, Ubuntu: apt-get install binutils"
    if not shutil.which("cargo-lambda"):
        yield WARNING, "cargo-lambda", "not found; only `cargo lambda watch` and `cargo lambda invoke` need it. Run: make cargo-lambda"


def existing(folder):
    """The folder, or the nearest one above it that is there."""
    return folder if folder.exists() else existing(folder.parent)


def check_room():
    """Disk where cargo and the stack write, memory, and whether the state can be written at all."""
    from settings import REPOSITORY, state_root

    target = Path(os.environ.get("CARGO_TARGET_DIR") or REPOSITORY / "target")
    for name, folder in (("disk, target", target), ("disk, state", state_root())):
        free = shutil.disk_usage(str(existing(folder))).free / 1e9
        text = f"{free:.0f} GB free for {folder}"
        yield (GOOD, name, text) if free >= GIGABYTES else (WARNING, name, f"{text}; a first run takes up to {GIGABYTES}")
        if not os.access(str(existing(folder)), os.W_OK):
            yield FAULT, name, f"{existing(folder)} cannot be written"
    try:
        memory = version_of(re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1) + ".0")[0] // 1024
    except (OSError, AttributeError):
        return
    text = f"{memory} MB available"
    yield (GOOD, "memory", text) if memory >= MEGABYTES_OF_MEMORY else (WARNING, "memory", f"{text}; Phoenix, the linker and the functions want {MEGABYTES_OF_MEMORY}")


def check_ports():
    """The ports that this stack has, or was given: free, or held by the stack itself. Others are found when it starts."""
    from background_process import Service
    from settings import SERVICES, STAND_INS, Settings

    settings = Settings.read()
    if not sys.platform.startswith("linux"):
        yield WARNING, "system", f"{sys.platform}: the embedded stack is made for Linux"
    remembered = settings.state / "ports.json"
    ports = {**(json.loads(remembered.read_text()) if remembered.exists() else {}), **settings.fixed_ports}
    for service in (name for name in SERVICES if name in ports):
        name, port = f"port, {service}", ports[service]
        process = f"stand-in-{service}" if service in STAND_INS else service
        if Service(process, [], {}, "", settings.state).pid():
            yield GOOD, name, f"{port}, the stack is up"
        elif is_free(port):
            yield GOOD, name, f"{port}, free"
        else:
            variable = service.upper().replace("-", "_")
            yield FAULT, name, f"{port} is taken by another program. Set {variable}_PORT, or STATE for another stack"


def is_free(port):
    """Whether nobody listens on a port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def checks():
    """All of them; those that need a current Python only where it is one."""
    yield from check_rust()
    yield from check_python()
    yield from check_tools()
    if sys.version_info[:2] >= PYTHON:
        yield from check_room()
        yield from check_ports()


def main():
    """Prints a line a finding; 1 if something is missing."""
    found = []
    for state, name, text in checks():
        found.append(state)
        print(f"  {state:<9}{name:<24}{text}")
    faults = found.count(FAULT)
    print(f"{faults} missing: see above" if faults else "this machine has what is needed; next: make demo")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
