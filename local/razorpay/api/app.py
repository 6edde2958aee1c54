"""The fake Razorpay as an ASGI application."""

import asyncio

from local.asgi.messages import Request, Response, json_response
from local.asgi.server import Receive, Scope, Send, drop_connection, read_request, send_response
from local.razorpay.api.checkout import checkout_script, render_checkout
from local.razorpay.api.control import handle_control_request
from local.razorpay.api.rest import REFUND_KEY_HEADER, handle_rest_request
from local.razorpay.errors import unknown_url
from local.razorpay.fake_razorpay import FakeRazorpay


class FakeRazorpayApp:
    def __init__(self, fake: FakeRazorpay) -> None:
        self.fake = fake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive)
        fault = self.fake.faults.take(request)
        if fault is None:
            await send_response(send, self.handle(request))
        elif fault.kind == "drop":
            await drop_connection(scope, receive)
        elif fault.kind == "lose_response":
            self.handle(request)
            await drop_connection(scope, receive)
        else:
            if fault.kind == "hang":
                await self._hang(request, fault.seconds)
            await send_response(send, fault.response() or self.handle(request))

    def handle(self, request: Request) -> Response:
        if request.path.startswith("/_local/"):
            return handle_control_request(self.fake, request)
        if request.path == "/checkout":
            return render_checkout(self.fake, request)
        if request.path == "/v1/checkout.js":
            return checkout_script()
        if request.path.startswith("/v1/"):
            return handle_rest_request(self.fake, request)
        return json_response(404, unknown_url().body())

    async def _hang(self, request: Request, seconds: float) -> None:
        """Wait `seconds`; meanwhile the idempotency key of a refund is in progress for other calls."""
        key = request.headers.get(REFUND_KEY_HEADER)
        in_progress = self.fake.ledger.refund_keys_in_progress
        if key is not None:
            in_progress.add(key)
        try:
            await asyncio.sleep(seconds)
        finally:
            in_progress.discard(key or "")
