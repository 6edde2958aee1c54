"""Runs the emulator as a process: ministack with IAM enforced, on the loopback interface.

Prints its port as the first line of standard output, and exits when its standard input is closed.
"""

import os

from local.dynamodb.ministack_process import serve


def main() -> None:
    serve(
        "lectern-emulator-",
        {
            "HOME": "{scratch}",
            "MINISTACK_HOST": "127.0.0.1",
            "AUTH": "true",
            "S3_DATA_DIR": "{scratch}/s3",
            "LAMBDA_EXECUTOR": "local",
            "MINISTACK_REGION": os.environ["AWS_REGION"],
            "LOG_LEVEL": os.environ.get("EMULATOR_LOG_LEVEL", "ERROR"),
        },
    )


if __name__ == "__main__":
    main()
