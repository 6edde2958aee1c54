"""Serves a generated table over HTTP, so that the measured process uses the real client."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.exceptions import ClientError

from tests.load.invariants.generated_table import GeneratedTable


@contextmanager
def served(table: GeneratedTable) -> Iterator[str]:
    """Yields the endpoint."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # one packet for head and body: two would wait for each other's acknowledgement

        def do_POST(self) -> None:
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = 200
            try:
                with lock:
                    answer = json.dumps(table.call(operation, request))
            except ClientError as error:
                problem = error.response["Error"]
                details = {name: value for name, value in error.response.items() if name != "Error"}
                status, answer = 400, json.dumps({"__type": problem["Code"], "message": problem["Message"], **details})
            body = answer.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Logs nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
