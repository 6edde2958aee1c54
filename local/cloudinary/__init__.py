"""A stand-in for Cloudinary: signed uploads, signed delivery, signed notifications."""

from local.cloudinary.settings import StandInSettings
from local.cloudinary.stand_in import RunningStandIn, serve

__all__ = ["RunningStandIn", "StandInSettings", "serve"]
