"""Every route of this door."""

from __future__ import annotations

from fedserver.edge.routing import Route
from fedserver.oauth import about, apps, authorize, login, reset, second, tokens

ROUTES: tuple[Route, ...] = (
    Route(
        "POST", "/api/v1/apps", apps.register, auth="none", rate="app_registration", since="0.0.0", doc="a new client"
    ),
    Route("GET", "/api/v1/apps/verify_credentials", apps.verify, auth="app", since="2.0.0", doc="which client I am"),
    Route("GET", "/oauth/authorize", authorize.show, kind="page", since="0.1.0", doc="asks for consent"),
    Route("POST", "/oauth/authorize", authorize.decide, kind="page", since="0.1.0", doc="takes the answer"),
    Route("GET", "/oauth/authorize/native", authorize.native, kind="page", since="0.1.0", doc="shows the code"),
    Route("POST", "/oauth/token", tokens.issue, auth="none", since="0.1.0", doc="a token for a code"),
    Route("POST", "/oauth/revoke", tokens.revoke, auth="none", since="0.1.0", doc="ends a token"),
    Route("GET", "/oauth/userinfo", about.userinfo, scope="profile", since="4.4.0", doc="who the user is"),
    Route("POST", "/oauth/userinfo", about.userinfo, scope="profile", since="4.4.0", doc="who the user is"),
    Route("GET", "/.well-known/oauth-authorization-server", about.metadata, auth="none", since="4.3.0", doc="RFC 8414"),
    Route("GET", "/login", login.show, auth="optional", kind="page", pending=True, doc="the sign-in page"),
    Route("POST", "/login", login.sign_in, auth="optional", kind="page", pending=True, doc="signs in"),
    Route("POST", "/login/passkey", second.by_passkey, auth="optional", kind="page", doc="signs in with a passkey"),
    Route("GET", "/login/second", second.show, auth="optional", kind="page", doc="asks for the second factor"),
    Route("POST", "/login/second", second.answer, auth="optional", kind="page", doc="takes it"),
    Route("POST", "/logout", login.sign_out, auth="optional", kind="page", pending=True, doc="signs out"),
    Route("GET", "/reset", reset.show_asking, auth="optional", kind="page", doc="a forgotten password"),
    Route("POST", "/reset", reset.ask, auth="optional", kind="page", doc="sends a reset link"),
    Route("GET", "/reset/{token}", reset.show, auth="optional", kind="page", doc="a one-time reset link"),
    Route("POST", "/reset/{token}", reset.reset, auth="optional", kind="page", doc="sets the new password"),
)
