"""Serve an ASGI application from a thread of this process, on the loopback interface."""

import socket
import threading
from dataclasses import dataclass
from typing import Any

import uvicorn


class PortTaken(Exception):
    """Another program listens on the port. The message is written for the user."""


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 takes any free port. Raises PortTaken."""
    try:
        listener = socket.create_server(("127.0.0.1", port), backlog=512)
    except OSError as taken:
        raise PortTaken(f"port {port} is taken by another program: choose another one, as in `PORT=8001`") from taken
    # Accepted connections inherit the option. asyncio does not set it for a listener with the default protocol
    # number; without it every response waits 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@dataclass
class Server:
    """A running server that listens on `port`."""

    port: int
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        """Stop listening; running requests have one second to finish."""
        self.server.should_exit = True
        self.thread.join(timeout=3)


def serve(app: Any, listener: socket.socket) -> Server:
    """Serve `app` on `listener`, which the server owns from now on."""
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
    thread = threading.Thread(target=server.run, args=([listener],), name="api-gateway", daemon=True)
    thread.start()
    return Server(listener.getsockname()[1], server, thread)
