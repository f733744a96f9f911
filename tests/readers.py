"""A browser without script, for tests of pages, and campaigns for it to read."""

import re
from html import unescape
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from walks import COUNCIL, Model

from sinews.campaign.played import Campaign
from sinews.campaign.store import Store
from sinews.web.app import application


class Reader:
    """A browser without script: it opens pages and sends their forms."""

    def __init__(self, store: Store, branch: int = 1) -> None:
        app = application(store)
        self.client = TestClient(app, "http://localhost", follow_redirects=False)
        self.place = f"/c/1/{branch}/"

    def open(self, page: str, status: int = 200, **query: Any) -> str:
        """A page's text."""
        answer = self.client.get(self.place + page, params=query)
        assert answer.status_code == status, answer.text
        return answer.text

    def main(self, page: str, **query: Any) -> str:
        """What a page says, without its frame and its tags."""
        text = self.open(page, part=1, **query)
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())

    def send(self, page: str, status: int = 303, **fields: Any) -> str:
        """Where a form leads or, if it is refused, what the page says."""
        if "token" not in fields:
            found = re.search(r'data-token="(\w+)"', self.client.get("/settings").text)
            assert found is not None
            fields["token"] = found[1]
        answer = self.client.post(self.place + page, data=fields)
        assert answer.status_code == status, answer.text
        return answer.headers["location"] if status == 303 else unescape(answer.text)


def begun(store: Store, scenario: Path = COUNCIL, **how: Any) -> Campaign:
    return Campaign.start(scenario, store=store, members=40, simulate=Model(), **how)


def seat(store: Store, power: str | None = None, branch: int = 1) -> Campaign:
    return Campaign.open(store, 1, branch, members=40, simulate=Model(), power=power)


def jobs(store: Store, kind: str) -> list[Any]:
    return [job for job in store.jobs.of(1) if job.kind == kind]
