"""Demo data: believable courses, their teachers and their learners, made through the API."""
