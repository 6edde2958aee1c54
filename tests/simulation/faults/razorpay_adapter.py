"""Every call of the gateway: a place to stop, and a place for things to go wrong."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import requests
from requests.adapters import BaseAdapter
from typing_extensions import override

from tests.simulation.faults.injection import OUTAGE_FAULTS, RAZORPAY_FAULTS

if TYPE_CHECKING:
    from tests.simulation.runtime.environment import Environment


class FaultyRazorpayAdapter(BaseAdapter):
    """Between the package's session and the stand-in of the history that is played."""

    def __init__(self, current: "Callable[[], Environment]") -> None:
        super().__init__()
        self._current = current

    @override
    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        world = self._current()
        world.yield_before_call()
        asked = f"{request.method} {request.path_url}"
        down = not world.faults_stopped and world.scheduler.seconds < world.gateway_down_until
        fault = world.random.choice(OUTAGE_FAULTS) if down else world.faults.draw(RAZORPAY_FAULTS)
        world.trace.add("gateway", asked, fault or "")
        if fault == "crash_before":
            world.kill()
        if fault and not fault.startswith("crash"):
            if "refund" in asked and request.method == "POST" and fault == "429":
                fault = "409"
            world.razorpay.faults.add({"kind": fault, "seconds": world.random.uniform(3, 60)})
        try:
            response = world.adapter.send(request, timeout=timeout)
        except requests.RequestException:
            world.scheduler.pause(4.0)
            world.raise_if_killed()
            raise
        world.requested_paths.add(request.path_url)
        if fault == "crash_after":
            world.kill()
        return response

    def close(self) -> None:
        pass
