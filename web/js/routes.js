// All pages: route, roles, and the module, loaded on first use.

const SIGNED_IN = ["student", "instructor", "admin"];

export const routes = [
  page("/", "catalogue", null, { wide: true }),
  page("/sign-in", "sign-in"),
  page("/sign-up", "sign-up"),
  page("/courses/:course", "course", null, { wide: true }),
  page("/courses/:course/lessons/:lesson", "lesson", null, { wide: true }),
  page("/learning", "my-learning", ["student"]),
  page("/purchases", "purchases", ["student"]),
  page("/purchases/:order", "receipt", ["student"]),
  page("/certificates", "certificates", ["student"]),
  page("/profile", "profile", SIGNED_IN),
  page("/teaching", "instructor-dashboard", ["instructor"]),
  page("/teaching/new", "course-new", ["instructor"]),
  page("/teaching/:course", "course-editor", ["instructor", "admin"]),
  page("/teaching/:course/learners", "course-learners", ["instructor", "admin"]),
  page("/admin", "admin-dashboard", ["admin"]),
  page("/admin/users", "admin-users", ["admin"]),
  page("/admin/courses", "admin-courses", ["admin"]),
  page("/admin/payments", "admin-payments", ["admin"]),
  page("/admin/payments/:order/receipt", "receipt", ["admin"]),
  page("/admin/coupons", "admin-coupons", ["admin"]),
  page("/admin/coupons/new", "admin-coupon-new", ["admin"]),
  page("/admin/coupons/:code", "admin-coupon", ["admin"]),
  page("/admin/reports", "admin-reports", ["admin"]),
  page("/:rest", "not-found"),
];

function page(path, module, roles = null, options = {}) {
  const parts = path.replace(/:rest$/, "(?<rest>.*)").replace(/:(\w+)/g, "(?<$1>[^/]+)");
  return { pattern: new RegExp(`^${parts}$`), roles, load: () => import(`./pages/${module}.js`), ...options };
}
