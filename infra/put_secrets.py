"""`python -m infra.put_secrets STAGE [--edge] < values.json`: writes each function's secret, and the parameters.

`values.json` maps `LMS_*` names to values: every credential of Razorpay and Cloudinary the first time, afterwards only
the values that change. The command generates the signing key, the refresh key, the cursor key and the edge key if they
do not exist. Each function gets only the secrets it needs. If a value is missing, nothing is written. The output shows
names only. `--edge` also writes CloudFront's secret.
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
    """The values cannot be written. The message is for the person who entered them."""


def write_secrets(store: SecretStore, stage: str, new_values: Mapping[str, str], *, edge: bool = False) -> list[str]:
    """Writes `new_values` and generated keys; returns a line for each secret and parameter written, names only.

    Raises InvalidValues for an unknown name, an empty value, or a value that is neither stored nor among `new_values`;
    nothing is written then.
    """
    _check_names_and_values(new_values)
    stored = store.all_secrets() | {name: value for name in PARAMETERS if (value := store.parameter(name))}
    values = {**stored, **new_values}
    values |= _generate_missing(stage, values)
    missing = sorted(_KNOWN_NAMES - set(values))
    if missing:
        raise InvalidValues(f"missing: {', '.join(missing)}")
    changed = {name for name in _KNOWN_NAMES if values[name] != stored.get(name)}
    lines = _write_function_secrets(store, values, changed)
    for name in sorted(changed.intersection(PARAMETERS)):
        store.put_parameter(name, values[name])
        lines.append(f"parameter {name}: deploy to pass it to the functions")
    if edge:
        store.put_edge_secret({_EDGE_KEY: values[_EDGE_KEY]})
        lines.append(f"secret of the edge: {_EDGE_KEY}")
    return lines or ["nothing has changed"]


def _check_names_and_values(new_values: Mapping[str, str]) -> None:
    unknown = set(new_values) - _KNOWN_NAMES
    if unknown:
        raise InvalidValues(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(sorted(_KNOWN_NAMES))}")
    empty = sorted(name for name, value in new_values.items() if not isinstance(value, str) or not value.strip())
    if empty:
        raise InvalidValues(f"without a value: {', '.join(empty)}")


def _write_function_secrets(store: SecretStore, values: Mapping[str, str], changed: set[str]) -> list[str]:
    """Writes the secret of each function that uses a changed value; keeps the other values of that secret."""
    lines = []
    for function, names in privileges.SECRETS.items():
        affected = changed.intersection(names)
        if affected:
            function_values = {name: values[name] for name in names}
            store.put_function_secret(function, store.function_secrets(function) | function_values)
            lines.append(f"secret of {function}: {', '.join(sorted(affected))}")
    return lines


def _generate_missing(stage: str, values: Mapping[str, str]) -> dict[str, str]:
    generated = {name: secrets.token_urlsafe(32) for name in _GENERATED if name not in values}
    if signing_keys.PRIVATE not in values:
        private, public = signing_keys.new_key(stage)
        generated |= {signing_keys.PRIVATE: json.dumps(private), signing_keys.PUBLIC: json.dumps({"keys": [public]})}
    return generated


def main(arguments: list[str]) -> int:
    stage, *options = arguments or [""]
    if not stage or options not in ([], ["--edge"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        lines = write_secrets(SecretStore(stage), stage, json.load(sys.stdin), edge=bool(options))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
