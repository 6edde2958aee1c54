"""Reproducible zip archives: the same names and contents make the same bytes."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o100644 << 16


def digest(files: Mapping[str, Path]) -> str:
    """SHA-256 of names and contents (`files`: name in the archive to source file), as hexadecimal text.

    The digest of the archive itself would not do: its compressed bytes differ between versions of zlib.
    """
    hasher = hashlib.sha256()
    for name, file in sorted(files.items()):
        content = file.read_bytes()
        hasher.update(f"{len(name)} {name} {len(content)}\n".encode() + content)
    return hasher.hexdigest()


def write(archive: Path, files: Mapping[str, Path]) -> None:
    """Writes `archive` atomically. `files`: name in the archive to source file."""
    new = archive.with_suffix(".new")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for name, file in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _FIXED_TIME)
            entry.external_attr = _READABLE
            entry.create_system = 3
            out.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    new.replace(archive)
