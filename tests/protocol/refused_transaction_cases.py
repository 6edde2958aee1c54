"""Requests that write one transaction, and what competes with each of them."""

from collections.abc import Callable
from dataclasses import dataclass

from local.razorpay.signatures import checkout_signature
from shared.db.entities import AuditEntry, Certificate, Course, Enrollment, Outline
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.retry import CONTENDED, DEFAULT
from tests.fixtures import rows
from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import Storefront
from tests.protocol.stored_state import enrollment_history, payment_history


@dataclass
class Scene:
    """A shop with a learner and an admin. `order_id` is the learner's order, if the case has one."""

    shop: Storefront
    student: Api
    admin: Api
    order_id: str = ""

    @property
    def course_id(self) -> str:
        return self.shop.course.course_id

    def post(self, caller: Api, path: str, **body: object) -> Reply:
        return caller.post(path, body)

    def make_free(self) -> None:
        rows.update_by_key(Course, keys.course(self.course_id), amount=0)

    def enrollment_key(self) -> Key:
        return keys.enrollment(self.student.user_id, self.course_id)

    def bump(self, kind: type[Item], key: Key) -> None:
        """Another request changed the item, in a way that does not matter to this one."""
        found = store.get(kind, key)
        assert found
        rows.update_by_key(kind, key, version=found.attribute_values["version"] + 1)

    def grant(self) -> Reply:
        body = {"user_id": self.student.user_id, "course_id": self.course_id, "reason": "a gift"}
        return self.admin.post("/api/enrollments/grant", body)

    def complete_lessons(self) -> Reply:
        outline = store.get(Outline, keys.outline(self.course_id))
        assert outline
        path = f"/api/enrollments/{self.course_id}/lessons"
        replies = [self.student.put(f"{path}/{each}", {"completed": True}) for each in outline.lesson_ids()]
        return replies[-1]

    def audit_actions(self) -> list[str]:
        return [item.action for item in store.query_all("AUDIT#2026-11") if isinstance(item, AuditEntry)]

    def enrollment_kinds(self) -> list[str]:
        return [kind for kind, *_ in enrollment_history(self.student, self.course_id)]

    def payment_kinds(self) -> list[str]:
        return [kind for kind, *_ in payment_history(self.order_id)]


@dataclass(frozen=True)
class Case:
    """`prepare` brings the shop into a state; `send` is the request; `compete` changes an item that it has read.
    `busy` is the answer when all `attempts` are refused; `result` is read after a success."""

    prepare: Callable[[Scene], object]
    send: Callable[[Scene], Reply]
    compete: Callable[[Scene], object]
    busy: tuple[int, str]
    status: int
    result: Callable[[Scene], object]
    expected: object
    attempts: int = DEFAULT.attempts


def bump_enrollment(scene: Scene) -> None:
    scene.bump(Enrollment, scene.enrollment_key())


def withdrawn_from_free_course(scene: Scene) -> None:
    scene.make_free()
    scene.shop.enroll(scene.student)
    scene.shop.withdraw(scene.student)


def free_enrollment(scene: Scene) -> None:
    scene.make_free()
    scene.shop.enroll(scene.student)


def all_but_completed(scene: Scene) -> None:
    """Every lesson but the last is complete."""
    free_enrollment(scene)
    outline = store.get(Outline, keys.outline(scene.course_id))
    assert outline
    for lesson_id in outline.lesson_ids()[:-1]:
        scene.student.put(f"/api/enrollments/{scene.course_id}/lessons/{lesson_id}", {"completed": True})


def completed(scene: Scene) -> None:
    free_enrollment(scene)
    scene.complete_lessons()


def certificate_of(scene: Scene) -> Certificate:
    certificate_id = scene.shop.enrollment(scene.student).certificate_id
    found = store.get(Certificate, keys.certificate(certificate_id))
    assert found
    return found


def revoke_certificate(scene: Scene) -> Reply:
    path = f"/api/certificates/{certificate_of(scene).certificate_id}/revocation"
    return scene.admin.patch(path, {"revoked": True, "reason": "a mistake"})


def open_order(scene: Scene) -> None:
    scene.order_id = scene.shop.create_order(scene.student)["order_id"]


def abandoned_order(scene: Scene) -> None:
    open_order(scene)
    scene.shop.withdraw(scene.student)


def expired_order(scene: Scene) -> None:
    abandoned_order(scene)
    scene.shop.clock.advance(minutes=31)


def order_paid_at_gateway(scene: Scene) -> None:
    open_order(scene)
    scene.shop.pay(scene.order_id)


def paid_order(scene: Scene) -> None:
    order_paid_at_gateway(scene)
    scene.shop.deliver()
    scene.shop.sweep()


def send_captured_webhook(scene: Scene) -> Reply:
    [reply] = scene.shop.deliver("payment.captured", redeliver=True)
    return reply


def verify(scene: Scene) -> Reply:
    [payment_id] = scene.shop.gateway.ledger.payments
    secret = scene.shop.gateway.ledger.settings.key_secret
    signature = checkout_signature(secret, scene.order_id, payment_id)
    fields = {"razorpay_order_id": scene.order_id, "razorpay_payment_id": payment_id, "razorpay_signature": signature}
    return scene.shop.verify(scene.student, fields)


CASES = {
    "enroll again in a free course": Case(
        prepare=withdrawn_from_free_course,
        send=lambda scene: scene.shop.enroll(scene.student),
        compete=bump_enrollment,
        busy=(409, "enrollment_busy"),
        status=201,
        result=Scene.enrollment_kinds,
        expected=["enrolled", "withdrawn", "enrolled"],
    ),
    "withdraw": Case(
        prepare=free_enrollment,
        send=lambda scene: scene.student.delete(f"/api/enrollments/{scene.course_id}"),
        compete=bump_enrollment,
        busy=(409, "enrollment_busy"),
        status=200,
        result=Scene.enrollment_kinds,
        expected=["enrolled", "withdrawn"],
    ),
    "grant": Case(
        prepare=withdrawn_from_free_course,
        send=Scene.grant,
        compete=bump_enrollment,
        busy=(409, "enrollment_busy"),
        status=201,
        result=lambda scene: (scene.enrollment_kinds()[2:], scene.audit_actions()),
        expected=(["admin_granted"], ["enrollment.grant"]),
    ),
    "revoke": Case(
        prepare=Scene.grant,
        send=lambda scene: scene.post(
            scene.admin,
            "/api/enrollments/revoke",
            user_id=scene.student.user_id,
            course_id=scene.course_id,
            reason="a mistake",
        ),
        compete=bump_enrollment,
        busy=(409, "enrollment_busy"),
        status=200,
        result=lambda scene: (scene.enrollment_kinds()[1:], scene.audit_actions()),
        expected=(["admin_revoked"], ["enrollment.grant", "enrollment.revoke"]),
    ),
    "complete the last lesson": Case(
        prepare=all_but_completed,
        send=Scene.complete_lessons,
        compete=lambda scene: scene.bump(Outline, keys.outline(scene.course_id)),
        busy=(409, "conflict"),
        status=200,
        result=lambda scene: (scene.enrollment_kinds(), certificate_of(scene).user_id == scene.student.user_id),
        expected=(["enrolled", "completed"], True),
    ),
    "revoke a certificate": Case(
        prepare=completed,
        send=revoke_certificate,
        compete=lambda scene: scene.bump(Certificate, keys.certificate(certificate_of(scene).certificate_id)),
        busy=(409, "certificate_busy"),
        status=200,
        result=lambda scene: (certificate_of(scene).revoked_reason, scene.audit_actions()),
        expected=("a mistake", ["certificate_revoked"]),
    ),
    "create an order": Case(
        prepare=expired_order,
        send=lambda scene: scene.shop.request_order(scene.student),
        compete=bump_enrollment,
        busy=(409, "order_busy"),
        status=201,
        result=lambda scene: (scene.enrollment_kinds(), scene.payment_kinds()),
        expected=(["order_created", "withdrawn", "order_created"], ["superseded"]),
    ),
    "resume an order": Case(
        prepare=abandoned_order,
        send=lambda scene: scene.shop.request_order(scene.student),
        compete=bump_enrollment,
        busy=(409, "order_busy"),
        status=200,
        result=Scene.enrollment_kinds,
        expected=["order_created", "withdrawn", "order_resumed"],
    ),
    "resume an order by enrolling": Case(
        prepare=abandoned_order,
        send=lambda scene: scene.shop.enroll(scene.student),
        compete=bump_enrollment,
        busy=(409, "enrollment_busy"),
        status=201,
        result=Scene.enrollment_kinds,
        expected=["order_created", "withdrawn", "order_resumed"],
    ),
    "verify": Case(
        prepare=order_paid_at_gateway,
        send=verify,
        compete=bump_enrollment,
        busy=(503, "payment_busy"),
        status=200,
        result=lambda scene: (scene.payment_kinds(), scene.enrollment_kinds()),
        expected=(["SignedCheckout"], ["order_created", "SignedCheckout"]),
        attempts=CONTENDED.attempts,
    ),
    "webhook": Case(
        prepare=order_paid_at_gateway,
        send=send_captured_webhook,
        compete=bump_enrollment,
        busy=(503, "payment_busy"),
        status=200,
        result=lambda scene: (scene.payment_kinds(), scene.enrollment_kinds()),
        expected=(["Captured"], ["order_created", "Captured"]),
        attempts=CONTENDED.attempts,
    ),
    "refund a part": Case(
        prepare=paid_order,
        send=lambda scene: scene.admin.post(
            f"/api/payments/{scene.order_id}/refund",
            {"amount": 10_000, "reason": "asked"},
            headers={"Idempotency-Key": "k"},
        ),
        compete=bump_enrollment,
        busy=(503, "payment_busy"),
        status=200,
        result=lambda scene: scene.payment_kinds()[-2:],
        expected=["RefundRequested", "Refunded"],
        attempts=CONTENDED.attempts,
    ),
}
