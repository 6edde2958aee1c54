"""The version of the product. A test compares it with pyproject.toml, which Lambda packages do not contain."""

from typing import Final

VERSION: Final = "0.2.0"
