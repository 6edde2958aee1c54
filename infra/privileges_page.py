"""`python -m infra.privileges_page`: writes docs/privileges.md from the written table, and what docs/deploy.md says of
each function; `--check` only compares."""

import sys
from pathlib import Path
from typing import Final

from infra import functions_page
from infra.privileges import ANYWHERE, GRANTS, QUEUES, SECRETS, Grant

PAGE: Final = Path(__file__).parent.parent / "docs" / "privileges.md"

_HEAD: Final = """# What each function may do
Written by `python -m infra.privileges_page` from `infra/privileges.py`, from which the roles are made too. IAM enforces
function, action and partition (`dynamodb:LeadingKeys`); sort keys it does not know, so those are held by tests: every
call that any integration test, or the journey in the emulator, makes a function make is compared with this table.

Beside this each function may write to its own log and send traces; the projector reads the stream and writes to its
dead-letter queue, and the scheduled functions to theirs. Nobody may change the table itself, and nobody but
`payments-invariants` may scan.
"""


def page() -> str:
    parts = [_HEAD]
    for function, grants in GRANTS.items():
        parts.append(
            f"\n## {function}\n{_secrets_and_queue(function)}\n\n| partition | items | actions |\n|---|---|---|\n"
        )
        parts += [_row(grant) for grant in grants]
    return "".join(parts)


def _secrets_and_queue(function: str) -> str:
    return _secrets(function) + _queue(function)


def _secrets(function: str) -> str:
    names = SECRETS[function]
    return f"Its secret holds {', '.join(f'`{name}`' for name in names)}." if names else "It has no secret."


def _queue(function: str) -> str:
    names = ", ".join(f"`{name}`" for name in QUEUES.get(function, ()))
    return f" Of the queue of what could not be projected: {names}." if names else ""


def _row(grant: Grant) -> str:
    where = "anywhere" if grant.partition == ANYWHERE else f"`{grant.partition}`"
    index = f" of {grant.index}" if grant.index else ""
    return f"| {where}{index} | `{grant.item}` | {', '.join(grant.actions)} |\n"


def main(arguments: list[str]) -> int:
    wanted = {PAGE: page(), functions_page.PAGE: functions_page.page()}
    stale = {file: text for file, text in wanted.items() if file.read_text() != text}
    if arguments == ["--check"]:
        for file in stale:
            print(f"docs/{file.name} is not what the code says: run .venv/bin/python -m infra.privileges_page")
        return 1 if stale else 0
    for file, text in stale.items():
        file.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
