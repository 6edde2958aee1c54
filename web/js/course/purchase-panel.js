// Buying one course, as a panel that always says where the money is and what happens next.
import { get, remove } from "../api/client.js";
import { givesAccess, rememberEnrollment } from "../enrollments.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { moment, price, sentence } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { toast } from "../ui/toast.js";
import * as checkout from "./checkout.js";

const POLLS = [1000, 1000, 2000, 2000, 3000];
const POLL_AFTER = 5000;

/** `enrollment` is the student's pending one or null; `opened(enrollment)` is called once the course is theirs. */
export function purchase(course, enrollment, { signal, opened }) {
  const panel = h("div.stack", { "aria-live": "polite" });
  let polling = null;

  const buy = async () => {
    stop();
    const made = await checkout.order(course).catch(openedElsewhere);
    if (!made || signal.aborted) return undefined; // bought elsewhere, or left: no payment page over another page
    show(waiting("Waiting for the payment page …"));
    const answer = await checkout.pay(made, course).catch((problem) => {
      show(again("Try again"));
      throw problem;
    });
    if (answer.left) return check(made, answer.failure);
    show(waiting("Confirming your payment …"));
    try {
      return arrive((await checkout.verify(answer.paid)).enrollment);
    } catch (problem) {
      check(made, null);
      throw problem;
    }
  };

  // A conflict may be good news: paid for in another tab meanwhile.
  const openedElsewhere = async (problem) => {
    if (problem.status !== 409) throw problem;
    const now = await get(`/api/enrollments/${course.id}`).catch(() => null);
    if (!givesAccess(now)) throw problem;
    await arrive(now);
    return null;
  };

  const arrive = async (now) => {
    stop();
    await rememberEnrollment(now);
    opened(now);
  };

  // The browser is only one messenger: the gateway tells the server too. So we ask until it knows.
  const check = (made, failure) => {
    show(failure ? declined(failure) : checking(made), again("Continue payment"), withdrawal());
    poll();
  };

  const poll = async () => {
    stop();
    const mine = (polling = { stopped: false });
    for (let round = 0; !mine.stopped && !signal.aborted; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, POLLS[round] ?? POLL_AFTER));
      if (mine.stopped || signal.aborted) return;
      const now = await get(`/api/enrollments/${course.id}`, { signal }).catch(() => null);
      if (mine.stopped || signal.aborted || !now || now.status === "pending") continue;
      if (now.status === "cancelled") return ended(now);
      return arrive(now);
    }
  };

  const stop = () => {
    if (polling) polling.stopped = true;
  };

  const ended = async (now) => {
    stop();
    await rememberEnrollment(now);
    show(cancelled(now), again(`Buy for ${price(course.price)}`));
  };

  const show = (...parts) => panel.replaceChildren(...parts.flat().filter(Boolean));
  const again = (text) => action(text, { kind: "primary block" }, buy);
  const withdrawal = () => action("I changed my mind", { kind: "quiet block" }, async () => {
    const text = "We stop waiting for your payment. If you did pay after all, the money is returned to you.";
    await ask({ title: "Stop this purchase?", text, confirm: "Stop the purchase", kind: "danger" }, async () => {
      await ended(await remove(`/api/enrollments/${course.id}`));
      toast("The purchase was stopped.");
    });
  });

  if (enrollment?.status === "pending") {
    show(unfinished(), again("Continue payment"), withdrawal());
    poll();
  } else {
    show(enrollment?.status === "cancelled" && cancelled(enrollment), again(`Buy for ${price(course.price)}`),
      h("p.hint", "You pay on the gateway's own page. Access opens at once."));
  }
  return panel;
}

const note = (kind, mark, title, text) => h("div.note", { class: kind }, icon(mark), h("div", h("strong", title), h("p", text)));

const waiting = (text) => h("p.note.wait", icon("clock"), h("span", text));

const checking = (made) => note("wait", "clock", "We are checking your payment",
  `If you paid, the course opens here by itself, usually within a minute, even if you close this page. If you did not, nothing is charged and you can go on${made.expires_at ? ` until ${moment(made.expires_at)}` : ""}.`);

const declined = (reason) => note("bad", "alert", "The last attempt did not go through",
  `${sentence(reason)} You can try again: it is the same order, so you cannot pay twice.`);

const unfinished = () => note("wait", "clock", "This purchase is not finished",
  "If you have paid, we are checking it and the course opens here by itself. If not, go on where you left off.");

const REASONS = {
  expired: "The time to pay was over and no money arrived. Should some arrive late, the course opens or you get it back.",
  withdrawn: "You stopped this purchase.",
  refunded: "Your payment was returned to you.",
  revoked: "An administrator ended your access.",
  chargeback: "Your bank took the payment back.",
  not_captured: "The bank did not hand over the money, so it went back to you.",
};

const cancelled = (enrollment) => note("", "alert", "You are not enrolled any more", REASONS[enrollment.reason] ?? "This enrollment has ended.");
