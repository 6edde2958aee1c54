"""One learner enrolls, pays, learns and completes; every message about the money comes twice."""

from cli._journey.cast import Bank, Cast
from cli._journey.client import Answer, Person
from cli._journey.shop import FILM_SECONDS, OLD_PRICE, TEXT, Shop
from cli._journey.telling import Broken


def buy(shop: Shop, learner: Person, bank: Bank) -> None:
    teller, course = learner.teller, {"course_id": shop.paid_id}
    with teller.step("enrolled in the free course at once"):
        free = learner.post("/api/enrollments", {"course_id": shop.free_id})
        free.gives(201, {"status": "active", "granted_by": "free", "progress.percent": 0})
    with teller.step("enrolled in the paid course: it waits for the money"):
        learner.post("/api/enrollments", course).gives(201, {"status": "pending", "next.action": "pay"})
    with teller.step("an order to pay"):
        order = learner.post("/api/payments/create-order", course)
        order.gives(201, {"amount": OLD_PRICE, "currency": "INR", "prefill.name": learner.name})
        order_id = order.at("order_id")
    with teller.step("create-order again: the same order"):
        again = learner.post("/api/payments/create-order", course)
        again.gives(200, {"order_id": order_id, "expires_at": order.at("expires_at")})
    with teller.step("no lesson before the money"):
        learner.get(f"/api/courses/{shop.paid_id}/lessons/{shop.lesson_ids[0]}").gives(403, {"code": "not_enrolled"})
    with teller.step("paid at the gateway"):
        checkout = bank.pays(order_id, tells=False)
    with teller.step("verified: active"):
        verified = learner.post("/api/payments/verify", checkout)
        active = {"enrollment.status": "active", "enrollment.granted_by": order_id}
        verified.gives(200, {"payment.order_id": order_id, "payment.status": "authorized", **active})
    with teller.step("verify again: the same 200"):
        same_as(learner.post("/api/payments/verify", checkout).gives(200), verified.content)
    with teller.step("the webhook of this payment: captured, and the enrollment is untouched"):
        before = learner.get(f"/api/enrollments/{shop.paid_id}").gives(200, {"status": "active"})
        told = [event for event in bank.events_of(order_id) if event["type"] == "payment.captured"]
        bank.delivers(told[0]).gives(200, {"outcome": "captured"})
        captured = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE, "payment.refunded_amount": 0}
        after = learner.get(f"/api/payments/{order_id}").gives(200, captured)
        same_as(learner.get(f"/api/enrollments/{shop.paid_id}"), before.content)
    with teller.step("every webhook of this payment once more changes nothing"):
        for event in bank.events_of(order_id):
            bank.delivers(event).gives(200, {"outcome": "known"})
        same_as(learner.get(f"/api/payments/{order_id}"), after.content)
    with teller.step("a second enrollment is refused, and so is a second order"):
        learner.post("/api/enrollments", course).gives(409, {"code": "enrollment_already_active"})
        refused = learner.post("/api/payments/create-order", course)
        refused.gives(409, {"code": "enrollment_already_active"})


def learn(shop: Shop, learner: Person, cast: Cast) -> None:
    teller, (text, film) = cast.teller, shop.lesson_ids
    lessons, ticks = f"/api/courses/{shop.paid_id}/lessons", f"/api/enrollments/{shop.paid_id}/lessons"
    progress = f"/api/enrollments/{shop.paid_id}/progress"
    with teller.step("the text lesson is readable"):
        read = learner.get(f"{lessons}/{text}").gives(200, {"kind": "text", "content": TEXT})
        if "<strong>do</strong>" not in read.at("content_html"):
            raise Broken(f"the text is not shown as HTML: {read.at('content_html')}")
    with teller.step("the video lesson plays from a link that expires"):
        seen = learner.get(f"{lessons}/{film}").gives(200, {"kind": "video", "duration_seconds": FILM_SECONDS})
        played = cast.anyone().call("GET", seen.at("video.url")).gives(200)
        if played.content[4:8] != b"ftyp":
            raise Broken("the link does not lead to a film")
    with teller.step("half of it: 50 %"):
        half = {"progress.percent": 50, "progress.completed_lessons": 1, "progress.total_lessons": 2}
        learner.put(f"{ticks}/{text}", {"completed": True}).gives(200, {"status": "active", **half})
        learner.put(f"{ticks}/{text}", {"completed": True}).gives(200, {"status": "active", **half})
    with teller.step("all of it: 100 %, completed"):
        whole = {"progress.percent": 100, "progress.completed_lessons": 2, "progress.total_lessons": 2}
        learner.put(f"{ticks}/{film}", {"completed": True}).gives(200, {"status": "completed", **whole})
        learner.get(progress).gives(200, {"percent": 100, "status": "completed", "next_lesson_id": None})
    with teller.step("completed once: another tick moves nothing"):
        done = learner.get(f"/api/enrollments/{shop.paid_id}").gives(200, {"status": "completed"})
        learner.put(f"{ticks}/{film}", {"completed": True}).gives(200, {"status": "completed"})
        same_as(learner.get(f"/api/enrollments/{shop.paid_id}"), done.content)
    with teller.step("who completed a course keeps its lessons, and has a certificate that anybody can verify"):
        learner.get(f"{lessons}/{text}").gives(200, {"kind": "text"})
        certified = done.at("certificate_id")
        learner.get("/api/certificates/my").gives(200, {"items.0.id": certified, "items.1": None})
        named = {"status": "valid", "learner_name": learner.name, "course.id": shop.paid_id}
        cast.anyone().get(f"/api/certificates/{certified}").gives(200, named)
        if not cast.anyone().get(f"/api/certificates/{certified}/pdf").gives(200).content.startswith(b"%PDF-"):
            raise Broken("the certificate is no PDF")


def same_as(answer: Answer, before: bytes) -> None:
    """Raises Broken unless the answer is, byte for byte, what it was before."""
    if answer.content != before:
        raise Broken(f"expected the same answer, got {answer.content!r} after {before!r}")
