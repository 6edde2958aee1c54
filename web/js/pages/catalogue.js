import { enrollments } from "../enrollments.js";
import { courseCard } from "../course/course-card.js";
import { CATEGORIES, LEVELS, categoryName } from "../course/options.js";
import { rewrite } from "../router.js";
import { withQuery } from "../api/client.js";
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { growing } from "../ui/paginated-list.js";
import { empty } from "../ui/components.js";
import { fillPlace } from "../ui/async-region.js";
import { cardBones } from "../ui/skeletons.js";

export const title = "Courses";

const FILTERS = {
  category: [["", "All categories"], ...CATEGORIES.map((code) => [code, categoryName(code)])],
  level: [["", "Any level"], ...LEVELS],
  price: [["", "Free and paid"], ["free", "Free"], ["paid", "Paid"]],
  sort: [["", "Newest first"], ["popular", "Most popular"]],
};
const NAMES = { category: "Category", level: "Level", price: "Price", sort: "Order" };
const PAUSE = 250;

export default function page({ query, signal }) {
  const wanted = Object.fromEntries(["q", ...Object.keys(FILTERS)].map((name) => [name, query.get(name) ?? ""]));
  const results = h("section", { "aria-label": "Courses", "aria-live": "polite" });

  const search = async () => {
    if (signal.aborted) return; // typed, and gone to a course before the pause was over
    rewrite(withQuery("/", wanted));
    const place = h("div");
    results.replaceChildren(place);
    await fillPlace(place, cardBones(), async () => {
      const own = await enrollments();
      const path = withQuery("/api/courses", wanted);
      const cards = h("div.cards");
      return growing(path, { element: cards, body: cards, line: (course) => courseCard(course, own.get(course.id) ?? null) }, () => nothing(wanted));
    });
  };

  search();
  return [hero(wanted, search), filters(wanted, search), results];
}

function hero(wanted, search) {
  let waiting;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, PAUSE);
  };
  const input = h("input", { type: "search", name: "q", value: wanted.q, placeholder: "Search courses", "aria-label": "Search courses", maxlength: 100 });
  input.addEventListener("input", () => {
    wanted.q = input.value.trim();
    soon();
  });
  return h("section.hero",
    h("h1", "Learn something worth your evening"),
    h("p", "Courses by people who do the work. Pay once, keep it; your progress is remembered on every device."),
    h("form", { role: "search", on: { submit: (event) => { event.preventDefault(); clearTimeout(waiting); search(); } } },
      h("label.search", icon("search"), input)));
}

function filters(wanted, search) {
  return h("div.filters", { role: "group", "aria-label": "Filters" }, Object.entries(FILTERS).map(([name, options]) => {
    const select = h("select", { name, "aria-label": NAMES[name] }, options.map(([code, label]) => h("option", { value: code, selected: wanted[name] === code }, label)));
    select.addEventListener("change", () => {
      wanted[name] = select.value;
      search();
    });
    return name === "sort" ? [h("span.spring"), select] : select;
  }));
}

function nothing(wanted) {
  const filtered = Object.values(wanted).some(Boolean);
  const all = h("a.button", { href: "#/" }, "Show all courses");
  return filtered
    ? empty("search", "No course fits", "Try another word, or fewer filters.", all)
    : empty("book", "No courses yet", "As soon as somebody publishes one, it is here.", h("a.button", { href: "#/sign-up?role=instructor" }, "Teach the first one"));
}
