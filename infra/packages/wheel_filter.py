"""What is left out of the wheels: measured to be needed by nothing that runs here, and most of their size."""

import re
from typing import Final

_EXCLUDED: Final = re.compile(
    r"""
    ^bin/ | ^\.lock$ | (^|/)__pycache__/
    | (^|/)(tests?|examples|samples|include)/
    | ^cloudinary/(static|templates|templatetags|docs|poster)/
    | \.(pyi|c|h|pyx|pxd|md|rst)$ | (^|/)py\.typed$
    | \.dist-info/(?!METADATA$|RECORD$)    # METADATA says the version; RECORD is read while building
    # Of the descriptions of services: those we call, and sts for credentials that come from a role.
    | ^botocore/data/(?!dynamodb/2012|s(ecretsmanager|qs|ts)/|endpoints\.json|partitions\.json|sdk-default|_retry\.json)
    | ^botocore/data/.*/(examples|paginators|waiters|service-2\.sdk-extras)[^/]*$
    | ^boto3/(data|examples)/
    | ^aws_lambda_powertools/event_handler/openapi/swagger_ui/
    # For pictures in a PDF, and for speed with many fonts: we make a page of letters.
    | ^PIL/ | ^pillow\.libs/ | ^fontTools/.*\.so$ | ^fontTools/(ufoLib|qu2cu|cu2qu|voltLib|merge|mtiLib|diff|t1Lib)/
    | ^uharfbuzz/_harfbuzz_test
    | ^pydantic/v1/ | ^pydantic/mypy\.py$
    """,
    re.VERBOSE,
)


def is_shipped(path: str) -> bool:
    """Whether the file, relative to the wheels' folder, goes into a package."""
    return not _EXCLUDED.search(path)
