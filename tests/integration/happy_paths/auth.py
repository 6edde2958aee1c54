"""Normal calls of the account, session and user routes."""

from tests.fixtures.api import Api, Reply
from tests.integration.happy_paths.registry import PASSWORD, Call, RouteContext, happy_path, multipart_form
from tests.local.cloudinary.uploads import png

ASHA = {"name": "Asha Rao", "email": "asha@example.com", "password": PASSWORD, "role": "student"}


def new_registration() -> Reply:
    reply = Api().post("/api/auth/register", ASHA)
    assert reply.status == 201, reply.text
    return reply


def signed_in_client() -> Api:
    return Api(new_registration().json["access_token"])


@happy_path("POST /api/auth/register", "TransactWriteItems")
def register(context: RouteContext) -> Call:
    return lambda: context.anyone.post("/api/auth/register", ASHA)


@happy_path("POST /api/auth/login", "BatchGetItem", "GetItem", "TransactWriteItems")
def login(context: RouteContext) -> Call:
    new_registration()
    return lambda: context.anyone.post("/api/auth/login", {"email": ASHA["email"], "password": PASSWORD})


@happy_path("POST /api/auth/refresh_token", "GetItem", "UpdateItem")
def refresh(context: RouteContext) -> Call:
    token = new_registration().json["refresh_token"]
    return lambda: context.anyone.post("/api/auth/refresh_token", {"refresh_token": token})


@happy_path("GET /api/auth/refresh_token", "GetItem", "UpdateItem")
def refresh_with_bearer(context: RouteContext) -> Call:
    token = new_registration().json["refresh_token"]
    return lambda: context.anyone.get("/api/auth/refresh_token", headers={"Authorization": f"Bearer {token}"})


@happy_path("POST /api/auth/logout", "UpdateItem")
def logout(context: RouteContext) -> Call:
    token = new_registration().json["refresh_token"]
    return lambda: context.anyone.post("/api/auth/logout", {"refresh_token": token})


@happy_path("GET /api/auth/logout", "UpdateItem")
def logout_with_bearer(context: RouteContext) -> Call:
    token = new_registration().json["refresh_token"]
    return lambda: context.anyone.get("/api/auth/logout", headers={"Authorization": f"Bearer {token}"})


@happy_path("GET /api/auth/me", "GetItem")
def read_profile(context: RouteContext) -> Call:
    return lambda: context.student.get("/api/auth/me")


@happy_path("PATCH /api/auth/me", "UpdateItem")
def edit_profile(context: RouteContext) -> Call:
    return lambda: context.student.patch("/api/auth/me", {"bio": "Learns things."})


@happy_path("POST /api/auth/me/password", "GetItem", "GetItem", "TransactWriteItems")
def change_password(context: RouteContext) -> Call:
    client, body = signed_in_client(), {"current_password": PASSWORD, "new_password": "another long phrase"}
    return lambda: client.post("/api/auth/me/password", body)


def upload_avatar(context: RouteContext) -> Reply:
    body, headers = multipart_form(png())
    return context.student.call("PUT", "/api/auth/me/avatar", raw=body, headers=headers, base64_body=True)


@happy_path("PUT /api/auth/me/avatar", "GetItem", "UpdateItem")
def put_avatar(context: RouteContext) -> Call:
    context.media()
    return lambda: upload_avatar(context)


@happy_path("DELETE /api/auth/me/avatar", "GetItem", "UpdateItem")
def delete_avatar(context: RouteContext) -> Call:
    context.media()
    upload_avatar(context)
    return lambda: context.student.delete("/api/auth/me/avatar")


@happy_path("GET /.well-known/jwks.json")
def get_jwks(context: RouteContext) -> Call:
    return lambda: context.anyone.get("/.well-known/jwks.json")


@happy_path("GET /api/users", "Query")
def list_users(context: RouteContext) -> Call:
    return lambda: context.admin.get("/api/users")


@happy_path("GET /api/users/{user_id}", "GetItem")
def read_user(context: RouteContext) -> Call:
    return lambda: context.admin.get(f"/api/users/{context.student.user_id}")


@happy_path("PATCH /api/users/{user_id}", "GetItem", "TransactWriteItems")
def suspend_user(context: RouteContext) -> Call:
    path, body = f"/api/users/{context.student.user_id}", {"status": "suspended", "reason": "spam"}
    return lambda: context.admin.patch(path, body)
