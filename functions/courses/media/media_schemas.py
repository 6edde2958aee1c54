"""Requests and responses for signed uploads."""

from typing import Self

from pydantic import model_validator

from functions.courses.curriculum.curriculum_schemas import ResourceId
from shared.gateways.cloudinary import MediaPurpose
from shared.schemas import In, Out, UtcTime


class MediaSignatureIn(In):
    """`course_id` is required for thumbnails and lesson videos, and not allowed for avatars."""

    purpose: MediaPurpose
    course_id: ResourceId | None = None

    @model_validator(mode="after")
    def _course_id_matches_purpose(self) -> Self:
        if (self.course_id is None) is not (self.purpose is MediaPurpose.AVATAR):
            raise ValueError("thumbnail and lesson_video require a course_id; avatar does not allow one")
        return self


class MediaSignatureOut(Out):
    """Post `fields` and the file, as `file`, to `upload_url` before `expires_at`."""

    upload_url: str
    fields: dict[str, str]
    public_id: str
    expires_at: UtcTime
