"""`python -m infra.put_secrets STAGE [--edge] < values.json`: gives each function the secrets it needs, and no other.

`values.json` holds `LMS_*` names and values: all that Razorpay and Cloudinary gave you the first time, afterwards only
what changes. Values that nobody gives (signing key, refresh and cursor keys) are made the first time. Nothing is
written unless everything is there; only names are printed. With `--edge`, CloudFront gets its secret too.
"""

import json
import secrets
import sys
from collections.abc import Mapping
from typing import Final

from infra import privileges, signing_keys
from infra.secret_store import PARAMETERS, SecretStore

_EDGE_KEY: Final = "LMS_EDGE_KEY"
_GENERATED: Final = ("LMS_REFRESH_KEY", "LMS_CURSOR_KEY", _EDGE_KEY)
_KNOWN_NAMES: Final = {*PARAMETERS, *(name for names in privileges.SECRETS.values() for name in names)}


class InvalidValues(ValueError):
    """The message is for the person who gave the values."""


def write_secrets(vault: SecretStore, stage: str, given: Mapping[str, str], *, edge: bool = False) -> list[str]:
    """Lines that say what was written, names only. Raises ValuesUnusable."""
    unknown = set(given) - _KNOWN_NAMES
    if unknown:
        raise InvalidValues(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(sorted(_KNOWN_NAMES))}")
    empty = sorted(name for name, value in given.items() if not isinstance(value, str) or not value.strip())
    if empty:
        raise InvalidValues(f"without a value: {', '.join(empty)}")
    held = vault.all_secrets() | {name: value for name in PARAMETERS if (value := vault.parameter(name))}
    known = {**held, **given}
    values = {**known, **_generate_missing(stage, known)}
    missing = sorted(_KNOWN_NAMES - set(values))
    if missing:
        raise InvalidValues(f"missing: {', '.join(missing)}")
    changed = {name for name in _KNOWN_NAMES if values[name] != held.get(name)}
    lines = []
    for function, names in privileges.SECRETS.items():
        if changed.intersection(names):
            vault.keep(function, vault.secrets_of(function) | {name: values[name] for name in names})
            lines.append(f"secret of {function}: {', '.join(sorted(changed.intersection(names)))}")
    for name in sorted(changed.intersection(PARAMETERS)):
        vault.keep_parameter(name, values[name])
        lines.append(f"parameter {name}: deploy, so that the functions see it")
    if edge:
        vault.keep_for_edge({_EDGE_KEY: values[_EDGE_KEY]})
        lines.append(f"secret of the edge: {_EDGE_KEY}")
    return lines or ["nothing has changed"]


def _generate_missing(stage: str, known: Mapping[str, str]) -> dict[str, str]:
    made = {name: secrets.token_urlsafe(32) for name in _GENERATED if name not in known}
    if signing_keys.PRIVATE not in known:
        private, public = signing_keys.new_key(stage)
        made |= {signing_keys.PRIVATE: json.dumps(private), signing_keys.PUBLIC: json.dumps({"keys": [public]})}
    return made


def main(arguments: list[str]) -> int:
    stage, *more = arguments or [""]
    if not stage or more not in ([], ["--edge"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        given = json.load(sys.stdin)
        lines = write_secrets(SecretStore(stage), stage, given, edge=bool(more))
    except ValueError as reason:
        print(reason, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
