"""A reader who visits the pages in a test: a client that sends forms as a browser would."""

import re
from typing import Any

from starlette.testclient import TestClient
from walks import TWO

from sinews.campaign.engine import Engine, FromToday, Truth
from sinews.campaign.played import Campaign
from sinews.campaign.store import Store
from sinews.web.app import application
from sinews.web.session import Settings, cookie_name

_TOKEN = re.compile(r'data-token="(\w+)"')


class Visitor:
    """A browser at the pages over a store, with cookies of its own."""

    def __init__(self, store: Store, settings: Settings | None = None, address: str = "1.2.3.4"):
        self.app = application(store, settings)
        self.client = TestClient(
            self.app,
            base_url="http://localhost:8000",
            follow_redirects=False,
            raise_server_exceptions=True,
            client=(address, 50_000),
        )

    def get(self, path: str, **headers: str):
        """A page."""
        return self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def token(self, path: str = "/login") -> str:
        """What forms carry."""
        found = _TOKEN.search(self.get(path).text)
        assert found, path
        return found[1]

    def post(self, path: str, *, on: str = "/help", **form: Any):
        """The answer to a form on the page `on`."""
        says = {"token": self.token(on)} | form
        return self.client.post(path, data=says)


def cookie(store: Store, what: str) -> str:
    """What a store's cookie is called."""
    return cookie_name(store.shelf.secret(), what)


class Remembered(Engine):
    """The engine, which simulates a thing once for all tests, and holds no councils."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: dict[Any, Any] = {}

    def record(self, truth: Truth, weeks: int) -> Any:
        key = truth.scenario.text, truth.member, truth.seed, weeks
        if key not in self.runs:
            self.runs[key] = super().record(truth, weeks)
        return self.runs[key]

    def ahead(self, *words: Any) -> Any:
        return Silent(super().ahead(*words))


class Silent:
    """Members whom no council asks."""

    past = None

    def __init__(self, drawn: FromToday) -> None:
        self.draw, self.values = drawn.draw, drawn.values


remembered = Remembered()


def two_seats(store: Store, *powers: str) -> Campaign:
    """A campaign that two powers play."""
    seats = powers or ("midland", "ostland")
    return Campaign.start(TWO, store=store, members=20, simulate=remembered, powers=seats)
