"""The app that the route modules of this function register with."""

from typing import Final

from shared.http.app import App

app: Final = App("courses")
