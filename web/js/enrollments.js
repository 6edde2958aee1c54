// A student's own enrollments, loaded once and updated after each action of this page.
import { listAll } from "./api/client.js";
import { currentUser } from "./session.js";

let cache = null;

/** A Map from course id to enrollment; empty unless a student is signed in. */
export function enrollments() {
  if (currentUser()?.role !== "student") return Promise.resolve(new Map());
  cache ??= load();
  return cache;
}

export function clearEnrollmentCache() {
  cache = null;
}

/** Stores the enrollment of an API response. */
export async function cacheEnrollment(enrollment) {
  (await enrollments()).set(enrollment.course_id, enrollment);
}

export const hasAccess = (enrollment) => enrollment?.status === "active" || enrollment?.status === "completed";

async function load() {
  try {
    const all = await listAll("/api/enrollments/my");
    return new Map(all.map((enrollment) => [enrollment.course_id, enrollment]));
  } catch (problem) {
    cache = null;
    throw problem;
  }
}
