"""The server: one process for the pages, and its workers."""

from __future__ import annotations

import ipaddress
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn

from sinews.campaign.store import Store
from sinews.errors import Mistake, ScenarioError, shown
from sinews.web.app import application
from sinews.web.session import Settings, lowered
from sinews.web.workers import Workers

_GRACE = 2  # seconds that an answer under way has when the server stops


def serve(
    place: str | Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    login: bool = False,
    workers: int = 1,
    allow: Sequence[str] = (),
    open_browser: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the store at a place until interrupted. Raises ScenarioError if it cannot be."""
    _check(host, port, login, workers, allow)
    store = Store(place)
    listening = _listening(host, port)
    number = listening.getsockname()[1]
    settings = Settings(login, lowered([host, *allow]), _is_all(host))
    crew = Workers(store, place, workers)
    app = application(store, settings, crew)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        ws="none",
    )
    server = uvicorn.Server(config)
    app.state.stopping = lambda: server.should_exit
    address = f"http://{_written(host)}:{number}"
    say(f"sinews is at {address}, campaigns are kept in {store.name}; Ctrl-C stops it")
    if login and not store.people.accounts():
        say(f"make the first account at {address}/invitation/{store.people.invite()}")
    if open_browser:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    with suppress(KeyboardInterrupt), listening:
        server.run(sockets=[listening])
    store.close()


def _check(host: str, port: int, login: bool, workers: int, allow: Sequence[str]) -> None:
    mistakes: list[Mistake] = []
    if not login and allow:
        problem = "is a name for other machines, and anyone there could play"
        mistakes.append(Mistake("--allow-host", problem, "", "add --login", allow[0]))
    if not login and not _is_own(host):
        problem = "can be reached from other machines, and anyone there could play"
        mistakes.append(Mistake("--host", problem, "", "add --login, or leave --host out", host))
    if not 0 <= port <= 65_535:
        expected = "it must be from 1 to 65535, or 0 for any that is free"
        mistakes.append(Mistake("--port", "is out of bounds", expected, value=shown(port)))
    if not 1 <= workers <= 64:
        expected = "it must be from 1 to 64"
        mistakes.append(Mistake("--workers", "is out of bounds", expected, value=shown(workers)))
    if mistakes:
        raise ScenarioError("serve", mistakes)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises ScenarioError if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(128)
    except OSError as error:
        found.close()
        where, remedy = "--port", "name another with --port, or write --port 0 for any that is free"
        problem = f"cannot be had: {error.strerror}"
        if isinstance(error, socket.gaierror):
            where, remedy = "--host", "write an address of this machine"
        value = f"{host}:{port}"
        raise ScenarioError("serve", [Mistake(where, problem, "", remedy, value)]) from None
    return found


def _is_own(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_all(host: str) -> bool:
    return host in ("0.0.0.0", "::")


def _written(host: str) -> str:
    """A host as it stands in an address that a browser on this machine can open."""
    if _is_all(host):
        return "localhost"
    return f"[{host}]" if ":" in host else host
