"""The app with which the route modules of the payments function register their routes."""

from typing import Final

from shared.http.app import NO_STORE, App

app: Final = App("payments", headers=NO_STORE)
