"""Headers on every response, and the guard around the page: no request ever reaches a log (BALLOTS B14-B19)."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOGGER = logging.getLogger("quorum.page")
_OFF = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media",
    "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "referrer-policy": "no-referrer",
    "permissions-policy": ", ".join(f"{name}=()" for name in _OFF),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
_RAW = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_TEMPLATES = ("/", "/a", "/done", "/protection", "/healthz", "/style.css")


def route_template(path: str) -> str:
    """The route as it may be logged: never a code, never an unknown path."""
    if path.startswith("/a/"):
        return "/a/{code}"
    return path if path in _TEMPLATES else "another path"


class Guarded:
    """Adds the headers to every response; of a fault, only its kind and the route reach the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_RAW]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception as error:
            LOGGER.error("%s failed: %s", route_template(scope["path"]), type(error).__name__)
