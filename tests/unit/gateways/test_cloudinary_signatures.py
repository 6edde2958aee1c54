"""Our Cloudinary signatures equal those of the official package."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import cloudinary.utils
import pytest

from shared import clock, config
from shared.gateways import cloudinary as gateway
from shared.gateways.cloudinary import MediaPurpose
from tests.conftest import SETTINGS

SECRET = SETTINGS["LMS_CLOUDINARY_API_SECRET"]
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def official_signature(fields: dict[str, str]) -> str:
    unsigned = {name: value for name, value in fields.items() if name not in ("signature", "api_key")}
    return str(cloudinary.utils.api_sign_request(unsigned, SECRET, "sha256"))


@pytest.mark.parametrize("purpose", list(MediaPurpose))
def test_sign_upload_every_purpose_matches_official_signature_and_expiry(purpose: MediaPurpose) -> None:
    config.clear_cache()
    with clock.override(lambda: NOW):
        signed = gateway.sign_upload(purpose, "lectern/a&b=c/ü x", "https://example.com/n?a=1&b=2")
    assert signed.fields["signature"] == official_signature(signed.fields)
    assert signed.fields["api_key"] == SETTINGS["LMS_CLOUDINARY_API_KEY"]
    minutes = 60 if purpose is MediaPurpose.LESSON_VIDEO else 10
    assert (signed.expires_at - NOW).total_seconds() == minutes * 60
    assert int(signed.fields["timestamp"]) + 3600 == int(signed.expires_at.timestamp())


def test_video_link_matches_official_signature_and_expires_in_10_minutes() -> None:
    config.clear_cache()
    with clock.override(lambda: NOW):
        link = gateway.video_link("lectern/crs_1/lesson_video_1")
    fields = dict(parse_qsl(urlsplit(link.url).query))
    assert fields["signature"] == official_signature(fields)
    assert fields["expires_at"] == str(int(NOW.timestamp()) + 600)


def test_notification_signature_with_either_rotated_secret_is_genuine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_CLOUDINARY_API_SECRET", "new-secret,old-secret")
    timestamp = str(int(clock.now().timestamp()))
    for secret, genuine in (
        ("new-secret", True),
        ("old-secret", True),
        ("third", False),
        ("new-secret,old-secret", False),
    ):
        signature = cloudinary.utils.compute_hex_hash(f"{{}}{timestamp}{secret}", "sha1")
        assert gateway.is_genuine_notification(b"{}", timestamp, signature) is genuine


def test_new_public_id_repeated_calls_yield_distinct_random_ids() -> None:
    names = {gateway.new_public_id(MediaPurpose.AVATAR, "usr_1") for _ in range(100)}
    assert len(names) == 100
    assert all(name.startswith("lectern/usr_1/avatar_") and len(name) == 21 + 24 for name in names)
