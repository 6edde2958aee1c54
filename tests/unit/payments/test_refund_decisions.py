"""Refunds, as they are asked for, and as the gateway tells of them: the amounts, to the paisa."""

from datetime import timedelta
from typing import Any

import pytest

from cli._situations import AMOUNT, NOW, PAID, payment
from functions.payments.decide import decide
from functions.payments.decision import KNOWN, Decision, Verdict
from functions.payments.evidence import Refunded, RefundRefused, RefundRequested, RefundStatus
from functions.payments.giving_back import left_to_refund, open_requests
from shared.lifecycle import PaymentStatus, Reason
from tests.unit.payments.decided import NO_TIMER, OPEN, OTHERS, due, ended

ONE, TWO = "rfnd_AAAAAAAAAAAAAA", "rfnd_BBBBBBBBBBBBBB"
PENDING, PROCESSED, FAILED = RefundStatus.PENDING, RefundStatus.PROCESSED, RefundStatus.FAILED


def refunds(**each: tuple[int, str]) -> dict[str, Any]:
    names = {"one": ONE, "two": TWO}
    return {names[name]: {"amount": amount, "status": status} for name, (amount, status) in each.items()}


def captured(**changes: Any) -> Any:
    return payment(PaymentStatus.CAPTURED, **changes)


def on_its_way(**changes: Any) -> Any:
    return payment(PaymentStatus.REFUND_PENDING, **changes)


def told(refund_id: str, amount: int, status: RefundStatus, request: str | None = None) -> Refunded:
    return Refunded(PAID, refund_id, amount, status, request)


class TestTheGatewayTells:
    def test_of_a_part_under_way(self) -> None:
        given = decide(captured(), OPEN, told(ONE, 100, PENDING), NOW)
        assert given == Decision(
            Verdict.RECORDED,
            {"refunds": refunds(one=(100, "pending")), "refund_requests": {}, "refunded_amount": 0, **due(15)},
        )

    def test_of_a_part_that_was_done(self) -> None:
        held = captured(refunds=refunds(one=(100, "pending")))
        given = decide(held, OPEN, told(ONE, 100, PROCESSED), NOW)
        assert given == Decision(
            Verdict.RECORDED,
            {"refunds": refunds(one=(100, "processed")), "refund_requests": {}, "refunded_amount": 100, **NO_TIMER},
        )

    def test_of_the_last_part(self) -> None:
        held = captured(refunds=refunds(one=(100, "processed")))
        given = decide(held, OPEN, told(TWO, AMOUNT - 100, PROCESSED), NOW)
        assert given == Decision(
            Verdict.REFUNDED,
            {
                "refunds": refunds(one=(100, "processed"), two=(AMOUNT - 100, "processed")),
                "refund_requests": {},
                "refunded_amount": AMOUNT,
                "status": PaymentStatus.REFUNDED,
                "reason": Reason.REQUESTED,
                **NO_TIMER,
            },
            ended(Reason.REFUNDED),
        )

    def test_of_one_paisa_less_than_everything(self) -> None:
        given = decide(captured(), OPEN, told(ONE, AMOUNT - 1, PROCESSED), NOW)
        assert (given.verdict, given.payment["refunded_amount"], given.enrollment) == (Verdict.RECORDED, AMOUNT - 1, {})

    def test_of_more_than_was_captured_and_no_more_than_that_is_counted(self) -> None:
        given = decide(captured(), OPEN, told(ONE, AMOUNT + 1, PROCESSED), NOW)
        assert (given.verdict, given.payment["refunded_amount"]) == (Verdict.REFUNDED, AMOUNT)

    def test_of_money_nobody_wanted_and_the_reason_stays(self) -> None:
        held = on_its_way(reason=Reason.DUPLICATE)
        given = decide(held, OTHERS, told(ONE, AMOUNT, PROCESSED), NOW)
        assert (given.payment["reason"], given.enrollment) == (Reason.DUPLICATE, {})

    def test_of_a_failure_and_it_is_looked_at_later_and_later(self) -> None:
        first = decide(on_its_way(), None, told(ONE, AMOUNT, FAILED), NOW)
        assert first.verdict is Verdict.RECORDED
        assert first.payment["refunds"] == refunds(one=(AMOUNT, "failed"))
        assert first.payment["gsi2sk"] == due(30)["gsi2sk"]
        held = on_its_way(refunds=refunds(one=(AMOUNT, "failed")))
        second = decide(held, None, told(TWO, AMOUNT, FAILED), NOW)
        assert second.payment["gsi2sk"] == due(60)["gsi2sk"]

    def test_of_a_part_that_failed_and_nothing_is_on_its_way_any_more(self) -> None:
        held = captured(refunds=refunds(one=(100, "pending")))
        given = decide(held, OPEN, told(ONE, 100, FAILED), NOW)
        assert given.payment == {
            "refunds": refunds(one=(100, "failed")),
            "refund_requests": {},
            "refunded_amount": 0,
            **NO_TIMER,
        }

    @pytest.mark.parametrize(
        ("known", "again"),
        [
            ("pending", PENDING),
            ("processed", PENDING),
            ("processed", PROCESSED),
            ("processed", FAILED),
            ("failed", PENDING),
            ("failed", FAILED),
        ],
    )
    def test_again_or_too_late(self, known: str, again: RefundStatus) -> None:
        assert decide(captured(refunds=refunds(one=(100, known))), OPEN, told(ONE, 100, again), NOW) == KNOWN

    def test_of_a_failed_one_that_was_done_after_all(self) -> None:
        held = captured(refunds=refunds(one=(100, "failed")))
        given = decide(held, OPEN, told(ONE, 100, PROCESSED), NOW)
        assert given.payment["refunds"] == refunds(one=(100, "processed"))

    def test_of_money_that_is_back_already_is_written_down(self) -> None:
        """A refund beside a lost dispute: it went back twice, and both are in the books."""
        taken = {"disp_1": {"amount": AMOUNT, "by": "dispute"}}
        lost = payment(PaymentStatus.REFUNDED, reason=Reason.CHARGEBACK, refunds={}, other_returns=taken)
        given = decide(lost, OPEN, told(ONE, AMOUNT, PROCESSED), NOW)
        both = {"refunds": refunds(one=(AMOUNT, "processed")), "refund_requests": {}, "refunded_amount": AMOUNT}
        assert given == Decision(Verdict.RECORDED, {**both, "gsi2pk": None, "gsi2sk": None})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    def test_of_money_that_is_not_ours(self, status: PaymentStatus) -> None:
        assert decide(payment(status), OPEN, told(ONE, AMOUNT, PROCESSED), NOW) == KNOWN


class TestTheAnswerToARequest:
    REQUESTS = {"k": {"amount": 100, "refund_id": ""}, "l": {"amount": 50, "refund_id": ""}}

    def test_is_kept_with_it_and_the_next_is_due_at_once(self) -> None:
        held = captured(refund_requests=self.REQUESTS)
        given = decide(held, OPEN, told(ONE, 100, PENDING, "k"), NOW)
        assert given == Decision(
            Verdict.RECORDED,
            {
                "refunds": refunds(one=(100, "pending")),
                "refund_requests": {"k": {"amount": 100, "refund_id": ONE}, "l": {"amount": 50, "refund_id": ""}},
                "refunded_amount": 0,
                **due(0),
            },
        )

    def test_is_kept_though_a_webhook_told_of_the_refund_before(self) -> None:
        held = captured(
            refund_requests={"k": {"amount": 100, "refund_id": ""}}, refunds=refunds(one=(100, "processed"))
        )
        given = decide(held, OPEN, told(ONE, 100, PENDING, "k"), NOW)
        assert given == Decision(
            Verdict.RECORDED,
            {
                "refunds": refunds(one=(100, "processed")),
                "refund_requests": {"k": {"amount": 100, "refund_id": ONE}},
                "refunded_amount": 100,
                **NO_TIMER,
            },
        )

    @pytest.mark.parametrize("request_key", ["k", "another"])
    def test_is_taken_once(self, request_key: str) -> None:
        held = captured(
            refund_requests={"k": {"amount": 100, "refund_id": ONE}}, refunds=refunds(one=(100, "processed"))
        )
        assert decide(held, OPEN, told(ONE, 100, PROCESSED, request_key), NOW) == KNOWN


class TestAnAdminAsks:
    def test_for_a_part_and_it_is_due_at_once(self) -> None:
        given = decide(captured(), OPEN, RefundRequested("k", 100), NOW)
        requests = {"k": {"amount": 100, "refund_id": ""}}
        assert given == Decision(Verdict.RECORDED, {"refund_requests": requests, **due(0)})

    @pytest.mark.parametrize("amount", [None, AMOUNT])
    def test_for_everything_and_the_access_ends_now(self, amount: int | None) -> None:
        whole = {"status": PaymentStatus.REFUND_PENDING, "reason": Reason.REQUESTED, **due(0)}
        if amount:
            whole["refund_requests"] = {"k": {"amount": AMOUNT, "refund_id": "with the rest"}}
        given = decide(captured(), OPEN, RefundRequested("k", amount), NOW)
        assert given == Decision(Verdict.TO_REFUND, whole, ended(Reason.REFUNDED))
        assert decide(captured(), OTHERS, RefundRequested("k", amount), NOW).enrollment == {}

    def test_for_all_that_is_left(self) -> None:
        held = captured(refunds=refunds(one=(100, "processed"), two=(200, "pending")))
        assert left_to_refund(held) == AMOUNT - 300
        for amount in (None, AMOUNT - 300):
            assert decide(held, OPEN, RefundRequested("k", amount), NOW).verdict is Verdict.TO_REFUND
        part = decide(held, OPEN, RefundRequested("k", AMOUNT - 400), NOW)
        assert part.verdict is Verdict.RECORDED
        for amount in (AMOUNT - 399, AMOUNT - 301):
            too_little_left = decide(held, OPEN, RefundRequested("k", amount), NOW)
            assert too_little_left == Decision(Verdict.REFUSED)
        assert decide(held, OPEN, RefundRequested("k", AMOUNT - 299), NOW) == Decision(Verdict.REFUSED)

    def test_for_the_last_paisa(self) -> None:
        held = captured(refunds=refunds(one=(AMOUNT - 1, "processed")))
        for amount in (None, 1):
            assert decide(held, OPEN, RefundRequested("k", amount), NOW).verdict is Verdict.TO_REFUND

    def test_the_same_again(self) -> None:
        held = captured(refund_requests={"k": {"amount": 100, "refund_id": ""}})
        assert decide(held, OPEN, RefundRequested("k", 100), NOW) == KNOWN
        assert decide(held, OPEN, RefundRequested("l", 100), NOW).payment["refund_requests"] == {
            "k": {"amount": 100, "refund_id": ""},
            "l": {"amount": 100, "refund_id": ""},
        }

    @pytest.mark.parametrize("status", [PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_for_everything_that_is_gone_or_going_already(self, status: PaymentStatus) -> None:
        assert decide(payment(status), OPEN, RefundRequested("all", None), NOW) == KNOWN
        assert decide(payment(status), OPEN, RefundRequested("k", 100), NOW) == Decision(Verdict.REFUSED)

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    def test_for_money_we_never_had(self, status: PaymentStatus) -> None:
        for amount in (None, 100):
            assert decide(payment(status), OPEN, RefundRequested("k", amount), NOW) == Decision(Verdict.REFUSED)

    def test_while_everything_is_on_its_way_in_parts(self) -> None:
        held = captured(refunds=refunds(one=(AMOUNT, "pending")))
        for amount in (None, 100):
            assert decide(held, OPEN, RefundRequested("k", amount), NOW) == Decision(Verdict.REFUSED)


def test_what_is_left_counts_what_was_asked_for_and_not_yet_answered() -> None:
    requests = {"k": {"amount": 100, "refund_id": ""}, "l": {"amount": 50, "refund_id": ONE}}
    held = captured(refund_requests=requests, refunds=refunds(one=(50, "pending"), two=(7, "failed")))
    assert open_requests(requests) == {"k": 100}
    assert left_to_refund(held) == AMOUNT - 150


def test_refunds_that_fail_for_ever_are_looked_at_once_a_day() -> None:
    many = {f"rfnd_{number:014d}": {"amount": AMOUNT, "status": "failed"} for number in range(20)}
    given = decide(on_its_way(refunds=many), None, told(ONE, AMOUNT, FAILED), NOW)
    assert given.payment["gsi2sk"] == (NOW + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_a_part_that_the_gateway_refuses_is_dropped_and_told() -> None:
    held = captured(refund_requests={"k": {"amount": 100, "refund_id": ""}, "l": {"amount": 50, "refund_id": ""}})
    given = decide(held, OPEN, RefundRefused(PAID, "k", "no balance"), NOW)
    rest = {"refund_requests": {"l": {"amount": 50, "refund_id": ""}}, "refund_refused": "no balance"}
    assert given == Decision(Verdict.RECORDED, {**rest, **due(0)})
