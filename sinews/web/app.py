"""The application: its pages, and what stands before them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import wraps
from inspect import iscoroutinefunction

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinews.campaign.store import Store
from sinews.web.error_pages import answered
from sinews.web.middleware import CheckedApp
from sinews.web.pages import (
    access,
    branches,
    council,
    estimates,
    jobs,
    ledger,
    library,
    map,
    number,
    reading,
    runs,
    theatre,
    uploads,
)
from sinews.web.render import file
from sinews.web.session import Settings
from sinews.web.workers import Workers

ROUTES = [
    Route("/static/{name}", file),
    *library.ROUTES,
    *reading.ROUTES,
    *council.ROUTES,
    *branches.ROUTES,
    *estimates.ROUTES,
    *runs.ROUTES,
    *map.ROUTES,
    *theatre.ROUTES,
    *ledger.ROUTES,
    *number.ROUTES,
    *access.ROUTES,
    *jobs.ROUTES,
    *uploads.ROUTES,
]


def application(store: Store, settings: Settings | None = None, crew: Workers | None = None):
    """The application over a store. Without a crew, jobs wait until somebody works them off."""
    chosen, secret = settings or Settings(), store.shelf.secret()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if crew is None:
            yield
            return
        await to_thread.run_sync(crew.start)
        try:
            yield
        finally:
            await to_thread.run_sync(crew.stop)

    app = Starlette(
        routes=[_seated(store, route) for route in ROUTES],
        middleware=[Middleware(CheckedApp, store=store, settings=chosen, secret=secret)],
        exception_handlers={HTTPException: answered},
        lifespan=lifespan,
    )
    app.state.store, app.state.settings, app.state.secret = store, chosen, secret
    wake: Callable[[], None] = crew.wake if crew else lambda: None
    app.state.wake = wake
    app.state.stopping = lambda: False  # until a server says otherwise
    return app


def _seated(store: Store, route: Route) -> Route:
    """A route whose page is read from the store as it is at one moment."""
    page = route.endpoint
    if iscoroutinefunction(page):
        return route

    @wraps(page)
    def seated(request: Request) -> Response:
        if request.method == "POST":
            return page(request)  # what it reads may have to be newer than what it read before
        with store.sitting():
            return page(request)

    return Route(route.path, seated, methods=list(route.methods or ()))
