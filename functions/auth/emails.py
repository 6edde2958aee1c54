"""E-mail addresses: the normalised form that is stored, and the key under which an address is unique."""

import unicodedata

from pydantic_core import PydanticCustomError

from shared.config import settings


def normalize(address: str) -> str:
    """The address to store: domain in lower case, Unicode compatibility forms replaced.

    Only the syntax is checked, without a DNS query. Only the stage `local` accepts domains under .test. Raises
    PydanticCustomError (a ValueError) for an invalid address."""
    from email_validator import EmailNotValidError, validate_email  # imported on use: half of the Lambda's import time

    try:
        validated = validate_email(
            address.strip(), check_deliverability=False, strict=True, test_environment=settings().stage == "local"
        )
    except EmailNotValidError as error:
        raise PydanticCustomError("email_invalid", "Enter a valid e-mail address") from error
    return validated.normalized


def uniqueness_key(address: str) -> str:
    """The key under which a normalised address is unique: addresses that differ only in case or in Unicode
    compatibility forms belong to the same account."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).casefold())
