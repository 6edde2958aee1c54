"""A stand-in for Cloudinary: signed uploads, signed delivery, signed notifications."""

from local.cloudinary.settings import FakeCloudinarySettings
from local.cloudinary.stand_in import RunningFakeCloudinary, serve

__all__ = ["FakeCloudinarySettings", "RunningFakeCloudinary", "serve"]
