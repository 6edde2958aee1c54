"""`python -m local.engines NAME`: exit code 0 when that engine runs on this machine, else 1 and a sentence why not."""

import sys

from local.dynamodb_local import EngineUnusable, start_dynamodb_local
from local.engine import start_engine

STARTED_BY = {"ministack": start_engine, "dynamodb-local": start_dynamodb_local}


def main() -> None:
    start = STARTED_BY.get(sys.argv[1])
    if start is None:
        sys.exit(f"there is no such engine; there are {', '.join(STARTED_BY)}")
    try:
        start().stop()
    except EngineUnusable as sentence:
        print(sentence)
        sys.exit(1)


if __name__ == "__main__":
    main()
