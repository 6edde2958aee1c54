"""The whole product on one machine: start every part in order, stop them in reverse order."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError

from local import dev_secrets, fakes, interrupts, running_stack, stack_settings
from local.api_gateway.app import ApiGateway
from local.api_gateway.server import listen, serve
from local.api_gateway.static_files import StaticFiles
from local.dead_letters import DeadLetters
from local.demo_data import create_demo_data
from local.dynamodb import snapshot
from local.dynamodb.engine import Engine, create_table, launch_engine
from local.handler_loader import HandlerLoader
from local.local_clock import LocalClock
from local.paths import ROOT, WEB
from local.reloader import Reloader
from local.stream_poller import StreamPoller
from local.sweep_scheduler import (
    MAX_SWEEP_SECONDS,
    NIGHTLY_EVENT,
    NIGHTLY_SECONDS,
    RECONCILE_SECONDS,
    SweepScheduler,
    sweep_interval,
)
from shared import config


class Stack:
    """A running product.

    `port` 0 takes any free one. `folder` keeps secrets, data and files between runs; None keeps nothing.
    `user_settings` are the user's `LMS_*` settings, by default those of the environment; they take precedence over
    every generated value. `print_line` receives each line of progress, `log` one line per API request.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        folder: Path | None = None,
        seed: bool = False,
        reload: bool = False,
        user_settings: Mapping[str, str] | None = None,
        print_line: Callable[[str], None] = lambda _line: None,
        log: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._port = port
        self._folder = folder
        self._seed = seed
        self._reload = reload
        self._user_settings = dict(stack_settings.user_settings() if user_settings is None else user_settings)
        self._print_line = print_line
        self._log = log
        self._exit_stack = ExitStack()
        self._clock = LocalClock()
        self.url = ""
        self.env: dict[str, str] = {}

    def start(self) -> None:
        """Return when the product serves at `url`, with the settings `env` in the environment of this process.

        Raises PortTaken and SettingUnusable with a sentence for the user. Any exception stops what was started.
        """
        try:
            # Every started part must be registered in `_exit_stack`: an interrupt waits for the next step that
            # allows it.
            with interrupts.deferred():
                self._start()
        except BaseException:
            self._exit_stack.close()
            raise

    def stop(self) -> None:
        """Stop all parts, last started first, and save persistent data. Safe to call twice."""
        self._exit_stack.close()

    def startup_summary(self) -> list[str]:
        """The addresses of the parts and the location of the data, one line each."""
        lines = [f"  web page and API       {self.url}/"]
        if stack_settings.needs_fake_razorpay(self._user_settings):
            lines.append(f"  fake Razorpay          {self.env['LMS_RAZORPAY_BASE_URL']}/")
        if stack_settings.needs_fake_cloudinary(self._user_settings):
            lines.append(f"  fake Cloudinary        {self.env['LMS_CLOUDINARY_UPLOAD_BASE_URL']}/")
        return [*lines, f"  data                   {self._data_location()}", "  stop                   Ctrl-C"]

    def _data_location(self) -> str:
        if self._persists_data:
            return f"stored in {self._folder}"
        if self._owns_database:
            return "in memory only"
        return f"at {self.env['LMS_DYNAMODB_ENDPOINT']}"

    @staticmethod
    def _data_file(folder: Path) -> Path:
        return folder / "data.jsonl.gz"

    @property
    def _owns_database(self) -> bool:
        return stack_settings.needs_local_dynamodb(self._user_settings)

    @property
    def _persists_data(self) -> bool:
        return self._folder is not None and self._owns_database

    def _start(self) -> None:
        listener = listen(self._port)
        self._exit_stack.callback(listener.close)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        folder = self._acquire_folder()
        settings = self._apply_base_settings(folder)
        # Read before any process starts: an unusable setting ends the start here.
        sweep_seconds = self._sweep_seconds(config.settings().order_window_seconds)

        engine = self._launch_engine()
        addresses = self._start_dependencies(folder, settings, engine)
        self.env = {**settings, **addresses}
        # The handlers are imported while the engine starts.
        loader = HandlerLoader()
        self._exit_stack.callback(loader.close)
        if engine is not None:
            with interrupts.allowed():
                engine.wait_until_ready()
        is_new_table = self._create_table()

        failure_queue = addresses.get(stack_settings.FAILURE_QUEUE_SETTING, "")
        poller = self._create_poller(folder, loader, failure_queue)
        data_file = self._data_file(folder)
        restored = self._restore(data_file, poller) if is_new_table and self._persists_data else 0
        is_seeded = self._seed and is_new_table and not restored
        if not is_seeded:
            poller.start()
        saver = self._create_saver(data_file, poller, restored)

        api_gateway = ApiGateway(loader, StaticFiles(WEB, config.settings()), log=self._log)
        self._exit_stack.callback(api_gateway.close)
        self._exit_stack.callback(serve(api_gateway, listener).stop)

        if is_seeded:
            clock = self._clock if stack_settings.has_own_clock(self._user_settings) else None
            create_demo_data(self.url, loader, poller, clock, self._print_line)
            poller.start()
        for scheduler in (
            SweepScheduler(loader.call_sweep_handler, sweep_seconds),
            SweepScheduler(loader.call_reconcile_handler, RECONCILE_SECONDS, "payments-reconcile"),
            SweepScheduler(loader.call_reconcile_handler, NIGHTLY_SECONDS, "payments-reconcile", NIGHTLY_EVENT),
        ):
            self._exit_stack.callback(scheduler.stop)
            scheduler.start()
        if saver is not None:
            saver.start()
        self._start_reloader(loader)
        running_stack.write_stack_file(self._exit_stack, folder, self.url, self.env)

    def _acquire_folder(self) -> Path:
        """The persistent folder if no other process has locked it, otherwise a scratch folder deleted at stop."""
        if self._folder is not None:
            if running_stack.acquire_lock(self._exit_stack, self._folder):
                return self._folder
            self._print_line(
                "another instance of this clone is running and owns the data; this one discards its data when it stops"
            )
            self._folder = None
        scratch = Path(tempfile.mkdtemp(prefix="lectern-local-"))
        self._exit_stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        running_stack.acquire_lock(self._exit_stack, scratch)
        return scratch

    def _apply_base_settings(self, folder: Path) -> dict[str, str]:
        """Set stage, table, secrets and URL in the environment until the stack stops; returns them."""
        secrets = dev_secrets.load_or_create_secrets(folder / "secrets.json")
        settings = stack_settings.complete_settings(self._user_settings, secrets, self.url, demo=self._seed)
        self._exit_stack.callback(config.clear_cache)
        self._patch_environment(settings)
        return settings

    def _patch_environment(self, settings: Mapping[str, str]) -> None:
        self._exit_stack.enter_context(stack_settings.patched_environment(settings))
        config.clear_cache()

    def _launch_engine(self) -> Engine | None:
        """The local database, not yet ready to answer; None when the user has configured another endpoint."""
        if not self._owns_database:
            return None
        engine = launch_engine()
        self._exit_stack.callback(engine.stop)
        return engine

    def _start_dependencies(self, folder: Path, settings: Mapping[str, str], engine: Engine | None) -> dict[str, str]:
        """Start the fakes and set the addresses of database, failure queue and fakes; returns these settings."""
        addresses: dict[str, str] = {}
        if engine is not None:
            addresses["LMS_DYNAMODB_ENDPOINT"] = engine.endpoint
            addresses |= stack_settings.failure_queue_setting(self._user_settings, engine.endpoint)
        if self._seed and self._owns_database and not self._data_file(folder).exists():
            fakes.forget_payments(folder)
        addresses |= fakes.start_fakes(self._exit_stack, self._user_settings, settings, folder, self._clock.seconds)
        self._patch_environment(addresses)
        return addresses

    def _create_table(self) -> bool:
        """True if the table did not exist before. Raises SettingUnusable when no database answers."""
        endpoint = self.env["LMS_DYNAMODB_ENDPOINT"]
        try:
            return create_table(endpoint, config.settings().table_name)
        except BotoCoreError as error:
            raise config.SettingUnusable(f"LMS_DYNAMODB_ENDPOINT: no database answers at {endpoint}") from error

    def _create_poller(self, folder: Path, loader: HandlerLoader, failure_queue: str) -> StreamPoller:
        dead_letters = DeadLetters(folder / "dead-letters.jsonl", failure_queue)
        if failure_queue:
            dead_letters.open_queue()
        poller = StreamPoller(
            self.env["LMS_DYNAMODB_ENDPOINT"],
            config.settings().table_name,
            loader.call_stream_handler,
            # The stream of the local engine ends with the engine: there is nothing to resume.
            checkpoint=None if self._owns_database else folder / "stream.json",
            dead_letters=dead_letters,
        )
        self._exit_stack.callback(poller.stop)
        return poller

    def _restore(self, data_file: Path, poller: StreamPoller) -> int:
        """The number of restored items. Raises SettingUnusable for a damaged file."""
        try:
            with interrupts.allowed():
                items = snapshot.restore(self.env["LMS_DYNAMODB_ENDPOINT"], config.settings().table_name, data_file)
        except ValueError as damaged:
            raise config.SettingUnusable(str(damaged)) from damaged
        if items:
            poller.skip()  # the snapshot includes the read models: projecting these writes would count them twice
            saved = datetime.fromtimestamp(data_file.stat().st_mtime).astimezone()
            self._print_line(f"restored {items} items saved at {saved:%Y-%m-%d %H:%M:%S}")
        return items

    def _create_saver(self, data_file: Path, poller: StreamPoller, restored: int) -> snapshot.SnapshotSaver | None:
        if not self._persists_data:
            return None
        saver = snapshot.SnapshotSaver(
            self.env["LMS_DYNAMODB_ENDPOINT"],
            config.settings().table_name,
            poller,
            data_file,
            saved=poller.records_read if restored else -1,
        )
        self._exit_stack.callback(self._stop_saver, saver)
        return saver

    def _stop_saver(self, saver: snapshot.SnapshotSaver) -> None:
        if not saver.stop():
            self._print_line(
                "the latest changes were still being processed and are lost: the data on disk is the previous save"
            )

    def _start_reloader(self, loader: HandlerLoader) -> None:
        if self._reload:
            reloader = Reloader(loader, (ROOT / "functions", ROOT / "shared"), ROOT)
            self._exit_stack.callback(reloader.stop)
            reloader.start()

    def _sweep_seconds(self, order_window_seconds: int) -> float:
        configured = self._user_settings.get("LMS_LOCAL_SWEEP_SECONDS")
        if not configured:
            return min(MAX_SWEEP_SECONDS, sweep_interval(order_window_seconds))
        if not configured.isdecimal() or not 1 <= int(configured) <= 86_400:
            raise config.SettingUnusable(
                f"LMS_LOCAL_SWEEP_SECONDS must be a whole number from 1 to 86400, not {configured!r}"
            )
        return float(configured)
