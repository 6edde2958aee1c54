import { enrollments } from "../enrollments.js";
import { couponOfLink, rememberCoupon } from "../course/coupon-link.js";
import { courseCard } from "../course/course-card.js";
import { CATEGORIES, LEVELS, categoryName } from "../course/options.js";
import { replaceUrl } from "../router.js";
import { withQuery } from "../api/client.js";
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { paginatedList } from "../ui/paginated-list.js";
import { emptyState } from "../ui/components.js";
import { loadInto } from "../ui/async-region.js";
import { cardSkeleton } from "../ui/skeletons.js";

export const title = "Courses";

const FILTERS = {
  category: [["", "All categories"], ...CATEGORIES.map((code) => [code, categoryName(code)])],
  level: [["", "Any level"], ...LEVELS],
  price: [["", "Free and paid"], ["free", "Free"], ["paid", "Paid"]],
  sort: [["", "Newest first"], ["popular", "Most popular"]],
};
const FILTER_LABELS = { category: "Category", level: "Level", price: "Price", sort: "Sort" };
const DEBOUNCE_MS = 250;

export default function page({ query, signal }) {
  rememberCoupon(query);
  const filter = Object.fromEntries(["q", ...Object.keys(FILTERS)].map((name) => [name, query.get(name) ?? ""]));
  const results = h("section", { "aria-label": "Courses", "aria-live": "polite" });

  const search = async () => {
    if (signal.aborted) return; // the user left the page before the search started
    replaceUrl(withQuery("/", filter));
    const region = h("div");
    results.replaceChildren(region);
    await loadInto(region, cardSkeleton(), async () => {
      const own = await enrollments();
      const path = withQuery("/api/courses", filter);
      const cards = h("div.cards");
      return paginatedList(path, { element: cards, body: cards, renderItem: (course) => courseCard(course, own.get(course.id) ?? null) }, () => noResults(filter));
    });
  };

  search();
  return [hero(filter, search), couponOfLink() && couponNote(couponOfLink()), filters(filter, search), results].filter(Boolean);
}

/** A visitor who came by a coupon's link sees here that it is kept; whether it is valid, the course's page says. */
function couponNote(code) {
  return h("p.note", icon("tag"), h("span", "The coupon ", h("strong", code), " will be applied when you buy a course that it is for. The cards show the prices without it."));
}

function hero(filter, search) {
  let waiting;
  const searchSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, DEBOUNCE_MS);
  };
  const input = h("input", { type: "search", name: "q", value: filter.q, placeholder: "Search courses", "aria-label": "Search courses", maxlength: 100 });
  input.addEventListener("input", () => {
    filter.q = input.value.trim();
    searchSoon();
  });
  return h("section.hero",
    h("h1", "Learn something worth your evening"),
    h("p", "Courses by practitioners. Pay once and keep access; your progress is saved across devices."),
    h("form", { role: "search", on: { submit: (event) => { event.preventDefault(); clearTimeout(waiting); search(); } } },
      h("label.search", icon("search"), input)));
}

function filters(filter, search) {
  return h("div.filters", { role: "group", "aria-label": "Filters" }, Object.entries(FILTERS).map(([name, options]) => {
    const select = h("select", { name, "aria-label": FILTER_LABELS[name] }, options.map(([code, label]) => h("option", { value: code, selected: filter[name] === code }, label)));
    select.addEventListener("change", () => {
      filter[name] = select.value;
      search();
    });
    return name === "sort" ? [h("span.spring"), select] : select;
  }));
}

function noResults(filter) {
  const filtered = Object.values(filter).some(Boolean);
  const all = h("a.button", { href: "#/" }, "Show all courses");
  return filtered
    ? emptyState("search", "No courses found", "Try another search term or fewer filters.", all)
    : emptyState("book", "No courses yet", "Published courses appear here.", h("a.button", { href: "#/sign-up?role=instructor" }, "Become an instructor"));
}
