"""Profile pictures of users."""

from shared import clock
from shared.db.auth import profiles, users
from shared.db.entities import User
from shared.domain import images
from shared.errors import Unauthenticated
from shared.gateways import cloudinary
from shared.gateways.cloudinary import MediaPurpose
from shared.http.multipart import extract_file
from shared.tokens import Caller


def replace_avatar(caller: Caller, content_type: str | None, form: bytes) -> User:
    """Stores the image in the form's field `file`. The previous image is deleted last, so that it survives a failed
    upload.

    Raises MultipartInvalid, BodyTooLarge, ImageTypeUnsupported, ImageTooManyPixels, MediaRejected, MediaUnavailable,
    StoreUnavailable, and Unauthenticated when the account was deleted."""
    data = extract_file(content_type, form)
    images.check_image(data)
    user = users.get(caller.user_id)
    if user is None:
        raise Unauthenticated("this account no longer exists")
    stored = cloudinary.upload_image(data, cloudinary.new_public_id(MediaPurpose.AVATAR, caller.user_id))
    changed, replaced = profiles.replace_avatar(user, stored.public_id, stored.url, clock.now())
    if changed is None:
        cloudinary.destroy_image(stored.public_id)
        raise Unauthenticated("this account no longer exists")
    _destroy_image(replaced)
    return changed


def delete_avatar(caller: Caller) -> None:
    """Removes the user's picture. Does nothing when there is none. Raises StoreUnavailable."""
    user = users.get(caller.user_id)
    if user and user.avatar_public_id:
        _, replaced = profiles.replace_avatar(user, None, None, clock.now())
        _destroy_image(replaced)


def _destroy_image(public_id: str | None) -> None:
    if public_id:
        cloudinary.destroy_image(public_id)
