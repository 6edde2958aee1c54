"""The public names of stored values."""

import pytest

from shared.domain.lifecycle import StatusReason
from shared.public_names import PublicReason, PublicStatusReason, ReversalKind, public_reason, reversal_kind
from shared.schemas import Out


class ReasonOut(Out):
    reason: PublicReason


def test_every_stored_reason_has_a_public_name() -> None:
    assert [reason.name for reason in PublicStatusReason] == [reason.name for reason in StatusReason]
    renamed = {reason.value: public_reason(reason).value for reason in StatusReason}
    assert {stored: public for stored, public in renamed.items() if stored != public} == {
        "not_wanted": "no_longer_wanted"
    }


@pytest.mark.parametrize("reason", [StatusReason.NO_LONGER_WANTED, "not_wanted", PublicStatusReason.NO_LONGER_WANTED])
def test_reason_field_of_stored_or_public_reason_sends_the_public_name(reason: str) -> None:
    assert ReasonOut.model_validate({"reason": reason}).model_dump(mode="json") == {"reason": "no_longer_wanted"}


def test_reason_field_without_reason_is_null() -> None:
    assert ReasonOut.model_validate({"reason": None}).reason is None


def test_reversal_kind_of_stored_origin_is_public_name() -> None:
    assert [reversal_kind(stored) for stored in ("dispute", "hand")] == [ReversalKind.DISPUTE, ReversalKind.MANUAL]
