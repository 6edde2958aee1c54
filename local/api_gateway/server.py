"""Serve an ASGI application from a thread of this process, on the loopback interface."""

import socket
import threading
from dataclasses import dataclass
from typing import Any

import uvicorn


class PortTaken(Exception):
    """The message is for the person who chose the port."""


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 takes any free one. Raises PortTaken."""
    try:
        listener = socket.create_server(("127.0.0.1", port), backlog=512)
    except OSError as taken:
        raise PortTaken(f"port {port} is taken by another program: choose another one, as in `PORT=8001`") from taken
    # Connections inherit it. asyncio sets it itself, but not on those of a listener made with the default protocol
    # number, and then every answer waits 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@dataclass
class Server:
    """A running server; `port` is the one it listens on."""

    port: int
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        """Finish the requests in hand, a second at most, and stop listening."""
        self.server.should_exit = True
        self.thread.join(timeout=3)


def serve(app: Any, listener: socket.socket) -> Server:
    """Serve `app` on `listener` from now on. The listener belongs to the server."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        ws="none",
        http="h11",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="gateway", daemon=True)
    thread.start()
    return Server(listener.getsockname()[1], server, thread)
