// The order of sections and lessons, as ids. Every function returns a new order, which is sent to the server as a whole.

/** [{id, lessons: [id, …]}, …] of a course. */
export function outlineOrder(course) {
  return course.sections.map((section) => ({ id: section.id, lessons: section.lessons.map((lesson) => lesson.id) }));
}

/** Moves a section one position up (-1) or down (1). */
export function shiftSection(order, id, by) {
  const from = order.findIndex((section) => section.id === id);
  const next = [...order];
  const [moved] = next.splice(from, 1);
  next.splice(from + by, 0, moved);
  return next;
}

/** Moves a lesson one position up or down; at the edge of its section it moves to the neighbouring section. */
export function shiftLesson(order, id, by) {
  const which = order.findIndex((section) => section.lessons.includes(id));
  const at = order[which].lessons.indexOf(id) + by;
  if (at >= 0 && at < order[which].lessons.length) return placeLesson(order, id, order[which].id, at);
  const neighbour = order[which + by];
  return placeLesson(order, id, neighbour.id, by < 0 ? neighbour.lessons.length : 0);
}

/** Whether shiftLesson can move the lesson. */
export function canShift(order, id, by) {
  const all = order.flatMap((section, which) => section.lessons.map((lesson) => ({ lesson, which })));
  const at = all.findIndex((one) => one.lesson === id);
  const { which } = all[at];
  const inside = order[which].lessons[order[which].lessons.indexOf(id) + by];
  return inside !== undefined || order[which + by] !== undefined;
}

/** Moves a lesson to `index` in `section`, counted without the lesson itself. */
export function placeLesson(order, id, section, index) {
  const without = order.map((one) => ({ ...one, lessons: one.lessons.filter((lesson) => lesson !== id) }));
  without.find((one) => one.id === section).lessons.splice(index, 0, id);
  return without;
}
