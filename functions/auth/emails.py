"""E-mail addresses: what is kept to write to, and the one key that all spellings of an address share."""

import unicodedata

from pydantic_core import PydanticCustomError

from shared.config import settings


def normalize(address: str) -> str:
    """The address to store: domain in lower case, no look-alike forms. Raises PydanticCustomError (a ValueError).

    Only the form is checked; nothing is looked up. Names under .test are taken on a developer's machine alone.
    """
    from email_validator import EmailNotValidError, validate_email  # half of this function's imports: only on use

    try:
        found = validate_email(
            address.strip(), check_deliverability=False, strict=True, test_environment=settings().stage == "local"
        )
    except EmailNotValidError as wrong:
        raise PydanticCustomError("email_invalid", "This is not an e-mail address that can be written to") from wrong
    return found.normalized


def uniqueness_key(address: str) -> str:
    """What makes a normalised address unique: compatibility forms and case do not tell two people apart."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).casefold())
