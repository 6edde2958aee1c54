"""A fake of Cloudinary: signed uploads, signed delivery, signed notifications."""

from local.cloudinary.running_fake import RunningFakeCloudinary, serve
from local.cloudinary.settings import FakeCloudinarySettings

__all__ = ["FakeCloudinarySettings", "RunningFakeCloudinary", "serve"]
