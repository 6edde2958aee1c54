"""Every call of the gateway: a place to stop, and a place for things to go wrong."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import requests
from requests.adapters import BaseAdapter
from typing_extensions import override

from local.simulation.faults import OF_GATEWAY, OUTAGE

if TYPE_CHECKING:
    from local.simulation.world import World


class GatewayAdapter(BaseAdapter):
    """Between the package's session and the stand-in of the history that is played."""

    def __init__(self, current: "Callable[[], World]") -> None:
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
        world.stop_here()
        asked = f"{request.method} {request.path_url}"
        down = not world.quiet and world.scheduler.seconds < world.gateway_down_until
        fault = world.random.choice(OUTAGE) if down else world.faults.draw(OF_GATEWAY)
        world.trace.add("gateway", asked, fault or "")
        if fault == "crash_before":
            world.kill()
        if fault and not fault.startswith("crash"):
            if "refund" in asked and request.method == "POST" and fault == "429":
                fault = "409"
            world.gateway.faults.add({"kind": fault, "seconds": world.random.uniform(3, 60)})
        try:
            response = world.adapter.send(request, timeout=timeout)
        except requests.RequestException:
            world.scheduler.pause(4.0)
            world.still_alive()
            raise
        world.asked.add(request.path_url)
        if fault == "crash_after":
            world.kill()
        return response

    def close(self) -> None:
        pass
