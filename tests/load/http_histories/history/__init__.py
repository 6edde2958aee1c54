"""A history: its users, courses and orders, the actions on them, and the answers that its clients got."""
