// The statuses of an enrollment, with the same colour in every chart.

export const ENROLLMENT_STATES = [
  { code: "active", name: "Active", colour: 1 },
  { code: "completed", name: "Completed", colour: 3 },
  { code: "pending", name: "Pending", colour: 2 },
  { code: "cancelled", name: "Cancelled", colour: 6 },
];
