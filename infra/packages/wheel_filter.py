"""Selects the files of wheels to ship. Measured: no function needs the excluded files, which are most of the size."""

import re
from typing import Final

_EXCLUDED: Final = re.compile(
    r"""
    ^bin/ | ^\.lock$ | (^|/)__pycache__/
    | (^|/)(tests?|examples|samples|include)/
    | ^cloudinary/(static|templates|templatetags|docs|poster)/
    | \.(pyi|c|h|pyx|pxd|md|rst)$ | (^|/)py\.typed$
    | \.dist-info/(?!METADATA$|RECORD$)    # packages read their version in METADATA; the build reads RECORD
    # Service models: keep those of the services we call, and of sts for credentials of a role.
    | ^botocore/data/(?!dynamodb/2012|s(ecretsmanager|qs|ts)/|endpoints\.json|partitions\.json|sdk-default|_retry\.json)
    | ^botocore/data/.*/(examples|paginators|waiters|service-2\.sdk-extras)[^/]*$
    | ^boto3/(data|examples)/
    | ^aws_lambda_powertools/event_handler/openapi/swagger_ui/
    # For images in a PDF, and for speed with many fonts: our PDF is one page of text.
    | ^PIL/ | ^pillow\.libs/ | ^fontTools/.*\.so$ | ^fontTools/(ufoLib|qu2cu|cu2qu|voltLib|merge|mtiLib|diff|t1Lib)/
    | ^uharfbuzz/_harfbuzz_test
    | ^pydantic/v1/ | ^pydantic/mypy\.py$
    """,
    re.VERBOSE,
)


def is_shipped(path: str) -> bool:
    """Whether packages include the file at `path`, relative to the folder of installed wheels."""
    return not _EXCLUDED.search(path)
