// A refusal of the API (RFC 9457), or of the network on the way to it.
import { sentence } from "../ui/format.js";

export class Problem extends Error {
  /** `errors` is [{loc, msg, type}] for a 422, `retryAfter` seconds when the server named them. */
  constructor({ status, code, detail, errors = [], retryAfter = null }) {
    super(detail);
    Object.assign(this, { status, code, detail, errors, retryAfter });
  }

  /** The same request may be sent again: nothing is known to have happened. */
  get passing() {
    return this.status === 0 || this.status >= 500;
  }
}

export async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem({
    status: response.status,
    code: body.code ?? "unknown",
    detail: sentence(body.detail ?? body.message ?? `The server answered ${response.status}.`),
    errors: body.errors ?? [],
    retryAfter: Number(response.headers.get("Retry-After")) || null,
  });
}

export function offline() {
  return new Problem({ status: 0, code: "network", detail: "The server cannot be reached. Check the connection and try again." });
}
