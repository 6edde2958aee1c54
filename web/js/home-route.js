// The first page after signing in, by role.

const HOMES = { student: "/learning", instructor: "/teaching", admin: "/admin" };

export function homeRoute(user) {
  return HOMES[user.role];
}
