"""The stand-in as an ASGI application."""

import asyncio

from local.razorpay.checkout import answer_checkout, checkout_script
from local.razorpay.control import answer_control
from local.razorpay.errors import unknown_url
from local.razorpay.gateway import Gateway
from local.razorpay.rest import answer_rest
from local.razorpay.serving import Receive, Scope, Send, cut, read_request, send_answer
from local.razorpay.wire import Answer, Request, json_answer

REFUND_KEY = "x-refund-idempotency"


class Application:
    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive)
        fault = self.gateway.faults.take(request)
        if fault is None:
            await send_answer(send, self.answer(request))
        elif fault.kind == "drop":
            await cut(scope, receive)
        elif fault.kind == "lose_answer":
            self.answer(request)
            await cut(scope, receive)
        else:
            if fault.kind == "hang":
                await self._hang(request, fault.seconds)
            await send_answer(send, fault.answer() or self.answer(request))

    def answer(self, request: Request) -> Answer:
        if request.path.startswith("/_local/"):
            return answer_control(self.gateway, request)
        if request.path == "/checkout":
            return answer_checkout(self.gateway, request)
        if request.path == "/v1/checkout.js":
            return checkout_script()
        if request.path.startswith("/v1/"):
            return answer_rest(self.gateway, request)
        refused = unknown_url()
        return json_answer(404, refused.body())

    async def _hang(self, request: Request, seconds: float) -> None:
        """While a refund hangs, its key is in progress for everyone else."""
        key = request.headers.get(REFUND_KEY)
        in_progress = self.gateway.ledger.refund_keys_in_progress
        if key is not None:
            in_progress.add(key)
        try:
            await asyncio.sleep(seconds)
        finally:
            in_progress.discard(key or "")
