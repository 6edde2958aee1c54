// An error response of the API (RFC 9457), or a network error.
import { sentence } from "../ui/format.js";

export class Problem extends Error {
  /** `errors` is [{loc, msg, type}] for a 422, `retryAfter` the seconds of the Retry-After header. */
  constructor({ status, code, detail, errors = [], retryAfter = null }) {
    super(detail);
    Object.assign(this, { status, code, detail, errors, retryAfter });
  }

  /** Whether the same request may be sent again: its effect is unknown. */
  get retryable() {
    return this.status === 0 || this.status >= 500;
  }
}

export async function parseProblem(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem({
    status: response.status,
    code: body.code ?? "unknown",
    detail: sentence(body.detail ?? body.message ?? `The server answered ${response.status}.`),
    errors: body.errors ?? [],
    retryAfter: Number(response.headers.get("Retry-After")) || null,
  });
}

/** An error of a form's field that the page finds itself; `path` is as in the `loc` of the server ("sale.until"). */
export function fieldProblem(path, detail) {
  return new Problem({ status: 422, code: "invalid", detail, errors: [{ loc: ["body", ...path.split(".")], msg: detail }] });
}

export function networkProblem() {
  return new Problem({ status: 0, code: "network", detail: "The server cannot be reached. Check the connection and try again." });
}
