"""The emulator in a process of its own: ministack with roles enforced, on the loopback interface.

Prints its port as the first line of standard output. Lives exactly as long as its standard input: when the other end
closes, it removes its scratch folder and ends.
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
    scratch = tempfile.mkdtemp(prefix="lectern-emulator-")
    threading.Thread(target=die_with_parent, args=(scratch,), daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    os.environ.update(
        TMPDIR=scratch,
        HOME=scratch,
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        AUTH="true",
        PERSIST_STATE="0",
        S3_DATA_DIR=f"{scratch}/s3",
        LAMBDA_EXECUTOR="local",
        MINISTACK_REGION=os.environ["AWS_REGION"],
        LOG_LEVEL=os.environ.get("EMULATOR_LOG_LEVEL", "ERROR"),
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
