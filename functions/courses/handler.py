"""Routes of courses, their content and their media."""

from typing import Final

from shared.http.app import App

app: Final = App("courses")
lambda_handler: Final = app
