// A student's own enrollments, read once and kept up to date by what this page does.
import { everything } from "./api/client.js";
import { me } from "./session.js";

let known = null;

/** A Map from course id to enrollment; empty for who is no student. */
export function enrollments() {
  if (me()?.role !== "student") return Promise.resolve(new Map());
  known ??= read();
  return known;
}

export function forgetEnrollments() {
  known = null;
}

/** What an answer just told about one enrollment. */
export async function rememberEnrollment(enrollment) {
  (await enrollments()).set(enrollment.course_id, enrollment);
}

export const givesAccess = (enrollment) => enrollment?.status === "active" || enrollment?.status === "completed";

async function read() {
  try {
    const all = await everything("/api/enrollments/my");
    return new Map(all.map((enrollment) => [enrollment.course_id, enrollment]));
  } catch (problem) {
    known = null;
    throw problem;
  }
}
