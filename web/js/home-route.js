// The page a role starts from.

const HOMES = { student: "/learning", instructor: "/teaching", admin: "/admin" };

export function homeOf(user) {
  return HOMES[user.role];
}
