"""What is left out of the wheels: measured to be needed by nothing that runs here, and most of their size."""

import re
from typing import Final

_SERVICES: Final = ("dynamodb", "secretsmanager", "sts")
"""The services whose descriptions botocore keeps. `sts` is read when credentials come from a role."""

_LEFT_OUT: Final = re.compile(
    r"""
    ^bin/ | ^\.lock$ | (^|/)__pycache__/
    | (^|/)(tests?|examples|samples|include)/ | ^cloudinary/(static|templates|templatetags|docs|poster)/
    | \.(pyi|c|h|pyx|pxd|md|rst|txt\.orig)$ | (^|/)py\.typed$
    | \.dist-info/(?!METADATA$|RECORD$)                               # versions are read from METADATA
    | ^botocore/data/(?!(%s)/|endpoints\.json|partitions\.json|sdk-default-configuration\.json|_retry\.json)
    | ^botocore/data/dynamodb/2011 | ^botocore/data/.*/(examples|paginators|waiters|service-2\.sdk-extras)[^/]*$
    | ^boto3/(data|examples)/
    | ^aws_lambda_powertools/event_handler/openapi/swagger_ui/
    | ^pydantic/v1/ | ^pydantic/mypy\.py$
    """
    % "|".join(_SERVICES),
    re.VERBOSE,
)


def is_shipped(path: str) -> bool:
    """Whether the file, relative to the wheels' folder, goes into a package."""
    return not _LEFT_OUT.search(path)
