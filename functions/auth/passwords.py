"""Passwords: 8 to 128 characters of any kind, none of the 3,000 most common, stored as argon2id hashes."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic_core import PydanticCustomError

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 128
_MEMORY_KIB: Final = 19_456
_TIME_COST: Final = 2
_PARALLELISM: Final = 1
_DUMMY_HASH: Final = "$argon2id$v=19$m=19456,t=2,p=1$E9zgRt5bKM+hjh0odAcfHg$3O7j/IrfPCyGtVeuLPGlaF9ItQ+eGPaux0/Zkb+8yyU"
"""The hash of a random password with the parameters above. It is verified when a user has no stored hash."""
_COMMON_PASSWORDS_FILE: Final = Path(__file__).with_name("common_passwords.txt")
"""The 3,000 most common passwords of at least 8 characters, in lower case, sorted (from the lists of zxcvbn, MIT)."""


@cache
def _hasher() -> Any:
    from argon2 import PasswordHasher  # imported on use, because it loads a native library

    return PasswordHasher(time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=_PARALLELISM)


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(_COMMON_PASSWORDS_FILE.read_text("utf-8").splitlines())


def require_acceptable(password: str) -> str:
    """Returns the password unchanged. Raises PydanticCustomError (a ValueError) if it is too short, too long or one of
    the most common."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise PydanticCustomError("password_length", "A password must have 8 to 128 characters")
    if password.casefold() in _common_passwords():
        raise PydanticCustomError("password_common", "This is one of the most common passwords: choose another")
    return password


def hash_password(password: str) -> str:
    """The argon2id hash with its parameters and a new salt. Takes about 25 ms and 19 MiB."""
    return str(_hasher().hash(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether the password matches the stored hash. Without a usable hash the result is False after the same
    computation, so that the response time does not reveal whether an account exists."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return bool(_hasher().verify(stored or _DUMMY_HASH, password)) and stored is not None
    except InvalidHashError:
        return verify(None, password)
    except VerificationError:
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was computed with parameters other than the current ones."""
    return bool(_hasher().check_needs_rehash(stored))
