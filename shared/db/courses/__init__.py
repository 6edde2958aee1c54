"""Courses, their pages, curriculum and reviews."""
