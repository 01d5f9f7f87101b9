"""The SDKs that the documents show, each in a folder of its own: what the stack's Python does not have, at the versions that were checked."""

from __future__ import annotations

from pathlib import Path

from pip_tools import installed

# Everything else that they import is in the stack's own environment (stack/constraints.txt), at one version for all.
SDKS = {
    "langfuse-3": ("langfuse==3.15.0", "backoff==2.2.1"),
    "langfuse-4": ("langfuse==4.14.3", "backoff==2.2.1"),
    "langfuse-5": ("langfuse==5.0.4", "backoff==2.2.1"),
    "langsmith": ("langsmith==0.15.0", "requests-toolbelt==1.0.0", "uuid-utils==0.19.0", "xxhash==4.1.0", "zstandard==0.25.0"),
}


def sdk(name: str) -> Path:
    """The folder to put on PYTHONPATH."""
    return installed(*SDKS[name])
