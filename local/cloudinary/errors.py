"""Cloudinary's error responses."""

from typing import Any


class CloudinaryApiError(Exception):
    """A rejected call: `status` is the HTTP status, `body()` Cloudinary's error document."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status

    def body(self) -> dict[str, Any]:
        return {"error": {"message": str(self)}}
