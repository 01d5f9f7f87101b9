"""Phoenix without its gRPC port, which would listen on every interface of the machine: there is no setting against that.

Nothing else is changed; agents send their spans by HTTP.
"""

from __future__ import annotations

import sys

from phoenix.server.grpc_server import GrpcServer
from phoenix.server.main import main


async def _stay_closed(_: GrpcServer) -> None:
    """In place of opening the port."""


GrpcServer.__aenter__ = _stay_closed

if __name__ == "__main__":
    sys.exit(main())
