"""The network between Razorpay and the product: it delivers webhooks late, twice, out of order, in another round, or
never."""

import heapq
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, Final

import httpx

from local.waiting import wait_until
from tests.load.http_histories.processes.gateway import SECONDS_TO_ANSWER

_SENDERS: Final = 4
_MAX_DELAY_SECONDS: Final = 3.0
_TO_REST: Final = 10**6
"""A round that only `release_all` reaches."""


@dataclass(frozen=True)
class Fate:
    """What happens to an event: it is delivered `copies` times, `delay` real seconds after it was sent, `rounds` rounds
    later."""

    copies: int = 1
    delay: float = 0.0
    rounds: int = 0


@dataclass(order=True)
class Delivery:
    due_at: float
    number: int
    event_id: str = field(compare=False)
    event_type: str = field(compare=False)
    body: bytes = field(compare=False)
    headers: dict[str, str] = field(compare=False)
    tries: int = field(default=0, compare=False)
    last_answer: str = field(default="", compare=False)


class WebhookNetwork:
    """An HTTP server that Razorpay sends its events to, and senders to `target`. `fate_of(type, entities)` decides;
    `before_request` is called before each request to the product.

    `acknowledged` are the ids of events that the product answered with 2xx; `lost` counts the events that were thrown
    away, `counts` the others, by type."""

    def __init__(
        self, target: str, fate_of: Callable[[str, dict[str, Any]], Fate], before_request: Callable[[], None]
    ) -> None:
        self.acknowledged: set[str] = set()
        self.lost: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.unexpected: Counter[str] = Counter()
        self._target, self._fate_of, self._before_request = target, fate_of, before_request
        self._changed = threading.Condition()
        self._due: list[Delivery] = []
        self._later: list[tuple[int, Delivery]] = []
        self._in_flight = self._number = self._round = 0
        self._stopping = self._held = False
        self._http = httpx.Client(timeout=SECONDS_TO_ANSWER, trust_env=False)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        names = [self._server.serve_forever, *[self._send_due] * _SENDERS]
        self._threads = [threading.Thread(target=name, name="webhooks", daemon=True) for name in names]
        for thread in self._threads:
            thread.start()

    def receive(self, body: bytes, headers: dict[str, str]) -> None:
        """Take over an event from Razorpay, which will not send it again."""
        document = json.loads(body)
        event_type, event_id = document["event"], headers["x-razorpay-event-id"]
        fate = self._fate_of(event_type, {name: each["entity"] for name, each in document["payload"].items()})
        with self._changed:
            if fate.copies == 0:
                self.lost[event_type] += 1
                return
            self.counts[event_type] += 1
            for copy in range(fate.copies):
                self._number += 1
                due_at = time.monotonic() + fate.delay * (1 + copy)
                delivery = Delivery(due_at, self._number, event_id, event_type, body, headers)
                if fate.rounds:
                    self._later.append((self._round + fate.rounds, delivery))
                else:
                    heapq.heappush(self._due, delivery)
            self._changed.notify_all()

    def hold(self) -> None:
        """Deliver nothing until the next round; what is in flight gets its answer first."""
        with self._changed:
            self._held = True
            self._changed.wait_for(lambda: self._in_flight == 0)

    def begin_round(self, number: int) -> None:
        with self._changed:
            self._round, self._held = number, False
            for delivery in [each for until, each in self._later if until <= number]:
                heapq.heappush(self._due, delivery)
            self._later = [(until, each) for until, each in self._later if until > number]
            self._changed.notify_all()

    def release_all(self, seconds: float) -> list[str]:
        """Deliver everything that is not lost, and wait for the answers; returns the events that the product has not
        acknowledged after `seconds`."""
        self.begin_round(_TO_REST)
        wait_until(lambda: not self._due and not self._in_flight, seconds)
        with self._changed:
            return [f"{each.event_type} {each.event_id}: {each.last_answer}" for each in self._due]

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()
        self._http.close()

    def _send_due(self) -> None:
        while (delivery := self._take()) is not None:
            answer = self._send(delivery)
            with self._changed:
                self._in_flight -= 1
                if answer.startswith("2"):
                    self.acknowledged.add(delivery.event_id)
                else:
                    delivery.tries, delivery.last_answer = delivery.tries + 1, answer
                    delivery.due_at = time.monotonic() + min(0.2 * 2**delivery.tries, _MAX_DELAY_SECONDS)
                    heapq.heappush(self._due, delivery)
                    if answer.isdigit() and answer != "503":
                        self.unexpected[answer] += 1
                self._changed.notify_all()

    def _take(self) -> Delivery | None:
        with self._changed:
            while not self._stopping:
                wait = self._due[0].due_at - time.monotonic() if self._due and not self._held else 1.0
                if self._due and not self._held and wait <= 0:
                    self._in_flight += 1
                    return heapq.heappop(self._due)
                self._changed.wait(max(wait, 0.001))
        return None

    def _send(self, delivery: Delivery) -> str:
        self._before_request()
        try:
            return str(self._http.post(self._target, content=delivery.body, headers=delivery.headers).status_code)
        except httpx.HTTPError as error:
            return type(error).__name__


def random_fate(rng: Random, loss: float) -> Fate:
    """The fate of an event that is lost for good with probability `loss`."""
    if rng.random() < loss:
        return Fate(copies=0)
    draw = rng.random()
    if draw < 0.5:
        return Fate()
    if draw < 0.65:
        return Fate(copies=2, delay=rng.choice((0.0, 0.2)))
    if draw < 0.85:
        return Fate(delay=rng.uniform(0, _MAX_DELAY_SECONDS))
    return Fate(rounds=rng.choice((1, 1, 2, _TO_REST)))


def _handler(network: WebhookNetwork) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept = ("content-type", "x-razorpay-signature", "x-razorpay-event-id", "user-agent")
            headers = {name.lower(): value for name, value in self.headers.items()}
            network.receive(body, {name: headers[name] for name in kept})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    return Handler
