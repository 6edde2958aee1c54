"""Accounts and sessions."""

from tests.api import Api, Reply
from tests.everyday.world import PASSWORD, Call, World, everyday, form
from tests.local.cloudinary_kit import png

ASHA = {"name": "Asha Rao", "email": "asha@example.com", "password": PASSWORD, "role": "student"}


def registered() -> Reply:
    made = Api().post("/api/auth/register", ASHA)
    assert made.status == 201, made.text
    return made


def signed_in() -> Api:
    return Api(registered().json["access_token"])


@everyday("POST /api/auth/register", "TransactWriteItems")
def register(world: World) -> Call:
    return lambda: world.anyone.post("/api/auth/register", ASHA)


@everyday("POST /api/auth/login", "BatchGetItem", "GetItem", "TransactWriteItems")
def login(world: World) -> Call:
    registered()
    return lambda: world.anyone.post("/api/auth/login", {"email": ASHA["email"], "password": PASSWORD})


@everyday("POST /api/auth/refresh_token", "GetItem", "UpdateItem")
def refresh(world: World) -> Call:
    token = registered().json["refresh_token"]
    return lambda: world.anyone.post("/api/auth/refresh_token", {"refresh_token": token})


@everyday("GET /api/auth/refresh_token", "GetItem", "UpdateItem")
def refresh_with_bearer(world: World) -> Call:
    token = registered().json["refresh_token"]
    return lambda: world.anyone.get("/api/auth/refresh_token", headers={"Authorization": f"Bearer {token}"})


@everyday("POST /api/auth/logout", "UpdateItem")
def logout(world: World) -> Call:
    token = registered().json["refresh_token"]
    return lambda: world.anyone.post("/api/auth/logout", {"refresh_token": token})


@everyday("GET /api/auth/logout", "UpdateItem")
def logout_with_bearer(world: World) -> Call:
    token = registered().json["refresh_token"]
    return lambda: world.anyone.get("/api/auth/logout", headers={"Authorization": f"Bearer {token}"})


@everyday("GET /api/auth/me", "GetItem")
def read_profile(world: World) -> Call:
    return lambda: world.student.get("/api/auth/me")


@everyday("PATCH /api/auth/me", "UpdateItem")
def edit_profile(world: World) -> Call:
    return lambda: world.student.patch("/api/auth/me", {"bio": "Learns things."})


@everyday("POST /api/auth/me/password", "GetItem", "GetItem", "TransactWriteItems")
def change_password(world: World) -> Call:
    me, body = signed_in(), {"current_password": PASSWORD, "new_password": "another long phrase"}
    return lambda: me.post("/api/auth/me/password", body)


def put_picture(world: World) -> Reply:
    body, headers = form(png())
    return world.student.call("PUT", "/api/auth/me/avatar", raw=body, headers=headers, base64_body=True)


@everyday("PUT /api/auth/me/avatar", "GetItem", "UpdateItem")
def put_avatar(world: World) -> Call:
    world.media()
    return lambda: put_picture(world)


@everyday("DELETE /api/auth/me/avatar", "GetItem", "UpdateItem")
def delete_avatar(world: World) -> Call:
    world.media()
    put_picture(world)
    return lambda: world.student.delete("/api/auth/me/avatar")


@everyday("GET /.well-known/jwks.json")
def public_keys(world: World) -> Call:
    return lambda: world.anyone.get("/.well-known/jwks.json")


@everyday("GET /api/users", "Query")
def list_users(world: World) -> Call:
    return lambda: world.admin.get("/api/users")


@everyday("GET /api/users/{user_id}", "GetItem")
def read_user(world: World) -> Call:
    return lambda: world.admin.get(f"/api/users/{world.student.user_id}")


@everyday("PATCH /api/users/{user_id}", "GetItem", "TransactWriteItems")
def suspend(world: World) -> Call:
    path, body = f"/api/users/{world.student.user_id}", {"status": "suspended", "reason": "spam"}
    return lambda: world.admin.patch(path, body)
