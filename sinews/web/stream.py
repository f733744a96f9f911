"""News that a server tells a page by itself: server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
from anyio import to_thread
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from sinews.errors import ScenarioError

_LOOK = 0.3  # seconds between two looks
_HEARTBEAT = 15.0  # seconds of silence after which a word is sent, so that nobody hangs up
_LONGEST = 3600.0

Look = Callable[[], tuple[dict[str, Any], bool]]
"""What there is to tell now, and whether nothing more will come."""


def stream(look: Look) -> Response:
    """What `look` gives, told whenever it has changed, until the server stops. No thread is held
    while nothing does."""
    return _Stream(look)


class _Stream(Response):
    def __init__(self, look: Look) -> None:
        super().__init__(media_type="text/event-stream")
        self._look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        told = _told(self._look, scope["app"].state.stopping)
        whole = StreamingResponse(told, media_type=self.media_type, headers=headers)
        await whole(scope, receive, send)


async def _told(look: Look, stopping: Callable[[], bool]) -> AsyncIterator[str]:
    told, silence, life = "", 0.0, 0.0
    while life < _LONGEST and not stopping():
        try:
            says, over = await to_thread.run_sync(look)
        except ScenarioError:
            return  # the page asks again, and is told what is wrong
        words = json.dumps(says)
        if words != told:
            told, silence = words, 0.0
            yield f"data: {words}\n\n"
        if over:
            return
        await anyio.sleep(_LOOK)
        silence, life = silence + _LOOK, life + _LOOK
        if silence >= _HEARTBEAT:
            silence = 0.0
            yield ": still here\n\n"
