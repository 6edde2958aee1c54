"""The database in a process of its own: ministack, narrowed to DynamoDB, its streams and SQS, on loopback.

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
from collections.abc import Mapping
from typing import Final

_REMOVALS: Final = 100


def exit_with_parent(scratch: str) -> None:
    """Block until standard input ends, then leave nothing behind. `os._exit`: the server has nothing to save."""
    sys.stdin.buffer.read()
    for _ in range(_REMOVALS):  # the main thread may be writing to the folder while it is removed
        shutil.rmtree(scratch, ignore_errors=True)
        if not os.path.exists(scratch):
            break
    os._exit(0)


def main() -> None:
    serve("lectern-engine-", {"SERVICES": "dynamodb,dynamodbstreams,sqs", "LOG_LEVEL": "ERROR"})


def serve(scratch_prefix: str, chosen: Mapping[str, str]) -> None:
    """Runs ministack with `chosen` settings beside those that every use of it needs, until standard input ends.
    `{scratch}` in a setting is the scratch folder."""
    scratch = tempfile.mkdtemp(prefix=scratch_prefix)
    threading.Thread(target=exit_with_parent, args=(scratch,), daemon=True).start()
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
        PERSIST_STATE="0",
        # At start and stop it sweeps containers it believes are its own; this machine's are none of its business.
        DOCKER_HOST=f"unix://{scratch}/no-docker",
        **{name: value.replace("{scratch}", scratch) for name, value in chosen.items()},
    )
    tempfile.tempdir = scratch
    print(port, flush=True)

    import hypercorn.asyncio
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.errorlog = None
    config.keep_alive_timeout = 75
    asyncio.run(hypercorn.asyncio.serve(app, config))


if __name__ == "__main__":
    main()
