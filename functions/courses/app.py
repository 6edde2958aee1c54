"""The app with which the route modules of the courses function register their routes."""

from typing import Final

from shared.http.app import App

app: Final = App("courses")
