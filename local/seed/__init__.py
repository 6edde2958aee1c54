"""Demo data: believable courses, their teachers and their learners, made through the API."""

from local.seed.client import Unplantable
from local.seed.planting import plant

__all__ = ["Unplantable", "plant"]
