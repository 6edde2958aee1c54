"""The whole product on one machine: everything up in order, everything down again."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from importlib import import_module
from pathlib import Path

from botocore.exceptions import BotoCoreError

from local import dev_secrets, fakes, interrupts, running_stack, stack_settings
from local.api_gateway.app import ApiGateway
from local.api_gateway.server import listen, serve
from local.api_gateway.static_files import StaticFiles
from local.dead_letters import DeadLetters
from local.dynamodb import snapshot
from local.dynamodb.engine import create_table, launch_engine
from local.handler_loader import HandlerLoader
from local.paths import ROOT, WEB
from local.reloader import Reloader
from local.stream_poller import StreamPoller
from local.sweep_scheduler import MAX_SWEEP_SECONDS, SweepScheduler, sweep_interval
from shared import config


class Stack:
    """A running product.

    `port` 0 takes any free one. `folder` keeps secrets, data and files between runs; None keeps nothing. `given` are
    the user's `LMS_*` settings, by default those of the environment; they win over everything made here. `say` gets
    each line of progress, `log` a line per request.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        folder: Path | None = None,
        seed: bool = False,
        reload: bool = False,
        given: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _line: None,
        log: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._port = port
        self._folder = folder
        self._seed = seed
        self._reload = reload
        self._given = dict(stack_settings.user_settings() if given is None else given)
        self._say = say
        self._log = log
        self._exit_stack = ExitStack()
        self.url = ""
        self.env: dict[str, str] = {}

    def start(self) -> None:
        """Returns when the product serves at `url`, with the settings `env` in the environment of this process.

        Raises PortTaken and SettingUnusable with a sentence for the user; whatever is raised, nothing stays behind.
        """
        try:
            # Nothing may be started and not noted in `_closing`: an interrupt waits for the next step that allows it.
            with interrupts.deferred():
                self._start()
        except BaseException:
            self._exit_stack.close()
            raise

    def stop(self) -> None:
        """Stop everything, last started first; data that is kept is saved. Safe to call twice."""
        self._exit_stack.close()

    def startup_summary(self) -> list[str]:
        """Where things are, a line each."""
        lines = [f"  the page and the API   {self.url}/"]
        if stack_settings.needs_fake_razorpay(self._given):
            lines.append(f"  Razorpay's stand-in    {self.env['LMS_RAZORPAY_BASE_URL']}/")
        if stack_settings.needs_fake_cloudinary(self._given):
            lines.append(f"  Cloudinary's stand-in  {self.env['LMS_CLOUDINARY_UPLOAD_BASE_URL']}/")
        kept = f"kept in {self._folder}" if self._keeps_data else f"at {self.env['LMS_DYNAMODB_ENDPOINT']}"
        if stack_settings.needs_local_dynamodb(self._given) and not self._keeps_data:
            kept = "in memory only"
        return [*lines, f"  the data               {kept}", "  stop                   Ctrl-C"]

    def _start(self) -> None:
        closing = self._exit_stack
        listener = listen(self._port)
        closing.callback(listener.close)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        place = self._acquire_folder()

        settings = stack_settings.complete_settings(
            self._given, dev_secrets.load_or_create_secrets(place / "secrets.json"), self.url
        )
        closing.callback(config.clear_cache)
        closing.enter_context(stack_settings.patched_environment(settings))
        config.clear_cache()
        sweep_seconds = self._sweep_seconds(config.settings().order_window_seconds)  # unusable ones end the start here

        addresses: dict[str, str] = {}
        if stack_settings.needs_local_dynamodb(self._given):
            engine = launch_engine()
            closing.callback(engine.stop)
            addresses["LMS_DYNAMODB_ENDPOINT"] = engine.endpoint
            addresses |= stack_settings.failure_queue_setting(self._given, engine.endpoint)
        addresses |= fakes.start_fakes(closing, self._given, settings, place)
        closing.enter_context(stack_settings.patched_environment(addresses))
        config.clear_cache()
        chosen = config.settings()
        self.env = settings = {**settings, **addresses}

        code = HandlerLoader()
        closing.callback(code.close)
        endpoint, table = settings["LMS_DYNAMODB_ENDPOINT"], chosen.table_name
        if stack_settings.needs_local_dynamodb(self._given):
            with interrupts.allowed():
                engine.wait_until_ready()
        try:
            new = create_table(endpoint, table)
        except BotoCoreError as silent:
            raise config.SettingUnusable(f"LMS_DYNAMODB_ENDPOINT: no database answers at {endpoint}") from silent
        dead_letters = DeadLetters(
            place / "dead-letters.jsonl", addresses.get(stack_settings.FAILURE_QUEUE_SETTING, "")
        )
        if stack_settings.FAILURE_QUEUE_SETTING in addresses:
            dead_letters.open_queue()
        pump = StreamPoller(
            endpoint,
            table,
            code.call_stream_handler,
            checkpoint=None if stack_settings.needs_local_dynamodb(self._given) else place / "stream.json",
            dead_letters=dead_letters,
        )
        closing.callback(pump.stop)
        data = place / "data.jsonl.gz"
        restored = self._restore(endpoint, table, data, pump) if new and self._keeps_data else 0
        pump.start()
        keeper = snapshot.SnapshotSaver(endpoint, table, pump, data, saved=pump.records_read if restored else -1)
        if self._keeps_data:
            closing.callback(self._stop_saver, keeper)

        page = StaticFiles(WEB, chosen)
        gateway = ApiGateway(code, page, log=self._log)
        closing.callback(gateway.close)
        server = serve(gateway, listener)
        closing.callback(server.stop)

        if self._seed and new and not restored:
            self._seed_demo_data()
            pump.drain()
        scheduler = SweepScheduler(code.call_sweep_handler, sweep_seconds)
        closing.callback(scheduler.stop)
        scheduler.start()
        if self._keeps_data:
            keeper.start()
        if self._reload:
            reloader = Reloader(code, (ROOT / "functions", ROOT / "shared"), ROOT)
            closing.callback(reloader.stop)
            reloader.start()
        running_stack.write_stack_file(closing, place, self.url, settings)

    @property
    def _keeps_data(self) -> bool:
        return self._folder is not None and stack_settings.needs_local_dynamodb(self._given)

    def _acquire_folder(self) -> Path:
        """The folder, if it is ours alone; else a scratch folder that goes with us."""
        if self._folder is not None:
            if running_stack.acquire_lock(self._exit_stack, self._folder):
                return self._folder
            self._say(
                "another instance runs from this clone and keeps the data; this one forgets its own when it stops"
            )
            self._folder = None
        scratch = Path(tempfile.mkdtemp(prefix="lectern-local-"))
        self._exit_stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        running_stack.acquire_lock(self._exit_stack, scratch)
        return scratch

    def _restore(self, endpoint: str, table: str, data: Path, pump: StreamPoller) -> int:
        try:
            with interrupts.allowed():
                items = snapshot.restore(endpoint, table, data)
        except ValueError as damaged:
            raise config.SettingUnusable(str(damaged)) from damaged
        if items:
            pump.skip()  # the read models were saved with the rest: these writes are not news
            saved = datetime.fromtimestamp(data.stat().st_mtime).astimezone()
            self._say(f"restored {items} items as they were saved at {saved:%Y-%m-%d %H:%M:%S}")
        return items

    def _stop_saver(self, keeper: snapshot.SnapshotSaver) -> None:
        if not keeper.stop():
            self._say(
                "the last changes were still being worked on and are not kept: the data is that of the save before"
            )

    def _seed_demo_data(self) -> None:
        seed = import_module("local.seed")
        try:
            with interrupts.allowed():
                seed.seed_demo_data(self.url)
        except seed.SeedError as sentence:
            self._say(f"the demo data is not complete: {sentence}")

    def _sweep_seconds(self, window: int) -> float:
        given = self._given.get("LMS_LOCAL_SWEEP_SECONDS")
        if not given:
            return min(MAX_SWEEP_SECONDS, sweep_interval(window))
        if not given.isdecimal() or not 1 <= int(given) <= 86_400:
            raise config.SettingUnusable(
                f"LMS_LOCAL_SWEEP_SECONDS must be a whole number from 1 to 86400, not {given!r}"
            )
        return float(given)
