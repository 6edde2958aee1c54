// The names of learners and courses that a list gives by id: each is read once, and shown when it arrives.
import { get } from "../api/client.js";
import { h } from "../ui/dom.js";

/** {course(id), learner(id)}: elements that show the id until the name is known; an id that cannot be read stays. */
export function nameReader() {
  const read = new Map();
  const show = (element, path, text) => {
    if (!read.has(path)) read.set(path, get(path).catch(() => null));
    read.get(path).then((found) => found && element.replaceChildren(text(found)));
    return element;
  };
  return {
    course: (id) => show(h("a", { href: `#/courses/${id}` }, id), `/api/courses/${id}`, (course) => course.title),
    learner: (id) => show(h("span", { title: id }, id), `/api/users/${id}`, (user) => `${user.name}, ${user.email}`),
  };
}
