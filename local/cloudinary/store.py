"""Store each uploaded asset as one file of bytes and one JSON file of metadata."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

DELIVERY_TYPES = ("upload", "private", "authenticated")


@dataclass(frozen=True)
class Asset:
    """`version` and `created_at` are unix seconds of the upload; `etag` is the MD5 of the bytes."""

    asset_id: str
    public_id: str
    resource_type: str
    type: str
    format: str
    version: int
    created_at: int
    bytes: int
    etag: str
    width: int | None
    height: int | None
    duration: float | None
    original_filename: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.resource_type, self.type, self.public_id

    @property
    def source(self) -> str:
        """The name in the delivery URL; the public id of a raw asset includes its extension."""
        return f"{self.public_id}.{self.format}" if self.format else self.public_id


class AssetStore:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        assets = [Asset(**json.loads(path.read_text())) for path in sorted(directory.glob("*.json"))]
        self._assets = {asset.key: asset for asset in assets}

    def put(self, asset: Asset, data: bytes) -> None:
        """Store the asset; replaces an asset with the same key."""
        _write(self._path(asset.key, "bin"), data)
        _write(self._path(asset.key, "json"), json.dumps(dataclasses.asdict(asset)).encode())
        self._assets[asset.key] = asset

    def get(self, resource_type: str, delivery_type: str, public_id: str) -> Asset | None:
        return self._assets.get((resource_type, delivery_type, public_id))

    def read(self, asset: Asset) -> bytes:
        return self._path(asset.key, "bin").read_bytes()

    def remove(self, asset: Asset) -> None:
        self._assets.pop(asset.key, None)
        for suffix in ("json", "bin"):
            self._path(asset.key, suffix).unlink(missing_ok=True)

    def _path(self, key: tuple[str, str, str], suffix: str) -> Path:
        # A digest: a public id comes from the client and must not determine a path.
        return self._directory / f"{hashlib.sha256('/'.join(key).encode()).hexdigest()}.{suffix}"


def _write(path: Path, data: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)
