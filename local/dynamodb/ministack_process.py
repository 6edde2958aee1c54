"""The database in a separate process: ministack, limited to DynamoDB, its streams and SQS, on loopback.

Prints its port as the first line of standard output. Runs exactly as long as its standard input is open: when the
other end closes, by `Engine.stop` or because the parent was killed, it deletes its scratch folder and exits.
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
    """Block until standard input ends, then delete the scratch folder and exit. `os._exit`: the server has nothing to
    save."""
    sys.stdin.buffer.read()
    for _ in range(_REMOVALS):  # the main thread may be writing to the folder while it is removed
        shutil.rmtree(scratch, ignore_errors=True)
        if not os.path.exists(scratch):
            break
    os._exit(0)


def main() -> None:
    serve("lectern-engine-", {"SERVICES": "dynamodb,dynamodbstreams,sqs", "LOG_LEVEL": "ERROR"})


def serve(scratch_prefix: str, settings: Mapping[str, str]) -> None:
    """Run ministack with `settings`, in addition to those that every use needs, until standard input ends.
    `{scratch}` in a setting stands for the scratch folder."""
    scratch = tempfile.mkdtemp(prefix=scratch_prefix)
    threading.Thread(target=exit_with_parent, args=(scratch,), daemon=True).start()
    # Bound before the imports: no other process can take the port between choice and use, and clients may connect at
    # once, because the kernel queues them until the server is up.
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    os.environ.update(
        TMPDIR=scratch,
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        PERSIST_STATE="0",
        # At start and stop ministack removes containers that it takes for its own; it must not reach the Docker of
        # this machine.
        DOCKER_HOST=f"unix://{scratch}/no-docker",
        **{name: value.replace("{scratch}", scratch) for name, value in settings.items()},
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
