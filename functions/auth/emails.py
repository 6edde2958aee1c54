"""E-mail addresses: the normalised form that is stored, and the key under which an address is unique."""

import unicodedata

from pydantic_core import PydanticCustomError

from shared.config import settings


def normalize(address: str) -> str:
    """The address to store: domain in lower case, Unicode compatibility forms replaced. Raises PydanticCustomError (a
    ValueError).

    Checks the syntax only and sends no DNS query. Domains under .test are accepted on the stage `local` only.
    """
    from email_validator import EmailNotValidError, validate_email  # half of this function's import time: on use only

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
