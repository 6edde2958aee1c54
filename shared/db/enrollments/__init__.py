"""Enrollments with their history, learners' progress, and certificates."""
