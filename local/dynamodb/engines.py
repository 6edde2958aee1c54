"""`python -m local.dynamodb.engines NAME`: exit code 0 when that engine runs on this machine, else 1 and the reason."""

import sys

from local.dynamodb.dynamodb_local import EngineUnavailable, start_dynamodb_local
from local.dynamodb.engine import start_engine

ENGINE_STARTERS = {"ministack": start_engine, "dynamodb-local": start_dynamodb_local}


def main() -> None:
    start = ENGINE_STARTERS.get(sys.argv[1])
    if start is None:
        sys.exit(f"unknown engine {sys.argv[1]}; the engines are {', '.join(ENGINE_STARTERS)}")
    try:
        start().stop()
    except EngineUnavailable as error:
        print(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
