"""The database in a process of its own: ministack, narrowed to DynamoDB and its streams, on the loopback interface.

Prints its port as the first line of standard output. Lives exactly as long as its standard input: when the other end
closes, be it by `Engine.stop` or because the parent was killed outright, it removes its scratch folder and ends.
"""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
import threading


def die_with_parent(scratch: str) -> None:
    """Block until standard input ends, then leave nothing behind. `os._exit`: the server has nothing to save."""
    sys.stdin.buffer.read()
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)


def main() -> None:
    scratch = tempfile.mkdtemp(prefix="lectern-engine-")
    threading.Thread(target=die_with_parent, args=(scratch,), daemon=True).start()
    # Bound before anything is imported: the port cannot be taken by another between choosing and using it, and
    # callers may connect at once, since the kernel holds them until the server is up.
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    os.environ.update(
        TMPDIR=scratch,
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        SERVICES="dynamodb,dynamodbstreams",
        PERSIST_STATE="0",
        LOG_LEVEL="ERROR",
        # At start and stop it sweeps containers it believes are its own; this machine's are none of its business.
        DOCKER_HOST=f"unix://{scratch}/no-docker",
    )
    tempfile.tempdir = scratch
    print(port, flush=True)

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.errorlog = None
    config.keep_alive_timeout = 75
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
