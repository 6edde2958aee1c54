"""The fake Cloudinary as an ASGI application; like the real one it allows browsers of every origin."""

import asyncio
import dataclasses
import json
import re
import time
from collections.abc import Callable
from urllib.parse import parse_qsl

from local.asgi.messages import Request, Response, json_response
from local.asgi.server import Receive, Scope, Send, read_request, send_response
from local.cloudinary.chunks import Chunks
from local.cloudinary.delivery import asset_response, serve_asset
from local.cloudinary.errors import CloudinaryApiError
from local.cloudinary.notifications import Notifications
from local.cloudinary.settings import FakeCloudinarySettings
from local.cloudinary.store import DELIVERY_TYPES, AssetStore
from local.cloudinary.upload_form import read_form
from local.cloudinary.uploads import asset_document, authenticate, random_public_id, store_upload

API_PATH = re.compile(r"/v1_1/([^/]+)/(image|video|raw|auto)/(upload|destroy|download)")
DELIVERY_PATH = re.compile(r"/([^/]+)/(image|video|raw)/(upload|authenticated|private)/(.+)")


class FakeCloudinaryApp:
    def __init__(self, settings: FakeCloudinarySettings, now: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.store = AssetStore(settings.directory)
        self.notifications = Notifications(settings, now)
        self._chunks = Chunks()
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive)
        response = await asyncio.to_thread(self.handle, request)
        cors_headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
            "Access-Control-Allow-Headers": request.headers.get("access-control-request-headers", "*"),
            "Access-Control-Expose-Headers": "Content-Length, Content-Range, ETag",
        }
        await send_response(send, dataclasses.replace(response, headers={**response.headers, **cors_headers}))

    def handle(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(200, b"", {"Access-Control-Max-Age": "600"})
        try:
            return self._route(request)
        except CloudinaryApiError as error:
            response = json_response(error.status, error.body())
            return dataclasses.replace(response, headers={**response.headers, "X-Cld-Error": str(error)[:200]})

    def _route(self, request: Request) -> Response:
        if request.path.startswith("/_local/"):
            return self._control(request)
        call, address = API_PATH.fullmatch(request.path), DELIVERY_PATH.fullmatch(request.path)
        match = call or address
        if match and match[1] != self.settings.cloud_name:
            raise CloudinaryApiError(f"Invalid cloud_name {match[1]}", 401)
        if call:
            return self._call(call[3], call[2], request)
        if address and request.method in ("GET", "HEAD"):
            return serve_asset(self.settings, self.store, address[2], address[3], address[4], request)
        raise CloudinaryApiError("Not found", 404)

    def _call(self, action: str, resource_type: str, request: Request) -> Response:
        if action == "download" and request.method in ("GET", "HEAD"):
            return self._download(resource_type, request)
        if action == "upload" and request.method == "POST":
            return self._upload(resource_type, request)
        if action == "destroy" and request.method == "POST":
            return self._destroy(resource_type, request)
        raise CloudinaryApiError("Not found", 404)

    def _upload(self, resource_type: str, request: Request) -> Response:
        form = read_form(request)
        authenticate(self.settings, form.params, self._now())
        if form.file is None:
            raise CloudinaryApiError("Missing required parameter - file")
        whole = self._chunks.add(request, form.file)
        if whole is None:
            # The SDK sends the next chunk with the public id of this response.
            public_id = form.params.get("public_id") or random_public_id()
            return json_response(
                200, {"done": False, "public_id": public_id, "bytes": len(form.file), "kind": "upload"}
            )
        asset = store_upload(self.settings, self.store, resource_type, form, whole, int(self._now()))
        base_url = self.settings.public_url or f"http://{request.headers['host']}"
        document = asset_document(self.settings, asset, base_url)
        if form.params.get("notification_url"):
            self.notifications.send(form.params["notification_url"], "upload", document)
        return json_response(200, document)

    def _destroy(self, resource_type: str, request: Request) -> Response:
        params = read_form(request).params
        authenticate(self.settings, params, self._now())
        asset = self.store.get(resource_type, params.get("type") or "upload", params.get("public_id", ""))
        if asset is None:
            return json_response(200, {"result": "not found"})
        self.store.remove(asset)
        return json_response(200, {"result": "ok"})

    def _download(self, resource_type: str, request: Request) -> Response:
        """Serve a signed download URL; `expires_at` (unix seconds) replaces the usual lifetime of the signature."""
        params = dict(parse_qsl(request.query_string))
        expires_at = params.get("expires_at", "")
        if expires_at.isdecimal():
            if int(expires_at) < self._now():
                raise CloudinaryApiError("The download address has expired", 401)
            authenticate(self.settings, params, float(params.get("timestamp", "0")))
        else:
            authenticate(self.settings, params, self._now())
        types = [params["type"]] if "type" in params else DELIVERY_TYPES
        found = [self.store.get(resource_type, kind, params.get("public_id", "")) for kind in types]
        asset = next((asset for asset in found if asset is not None), None)
        if asset is None:
            raise CloudinaryApiError("Resource not found", 404)
        return asset_response(asset, self.store.read(asset), request)

    def _control(self, request: Request) -> Response:
        if request.path == "/_local/settings" and request.method == "PATCH":
            self.notifications.enabled = json.loads(request.body)["notifications"] == "on"
            return json_response(200, {"notifications": "on" if self.notifications.enabled else "off"})
        redelivery = re.fullmatch(r"/_local/notifications/(\d+)/redeliver", request.path)
        if redelivery and request.method == "POST" and int(redelivery[1]) < len(self.notifications.sent):
            self.notifications.redeliver(self.notifications.sent[int(redelivery[1])])
            return json_response(200, {})
        if request.path == "/_local/notifications" and request.method == "GET":
            return json_response(200, {"items": [dataclasses.asdict(sent) for sent in self.notifications.sent]})
        raise CloudinaryApiError("Not found", 404)
