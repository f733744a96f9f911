"""Who plays in a store: accounts, sessions, seats and invitations.

Of a secret that opens something (a session, an invitation) only the digest is kept.
"""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from sinews.campaign.store.passwords import fits, sealed
from sinews.campaign.store.speaking import Database, StoreError
from sinews.campaign.store.tables import (
    ACCOUNT,
    FAILURE,
    INVITATION,
    OWNER,
    SEAT,
    SESSION,
)
from sinews.errors import Mistake, ScenarioError, shown

SHORTEST, LONGEST = 10, 200  # characters of a password
LONGEST_NAME = 40
_SESSION = 30 * 86_400.0  # seconds
_INVITATION = 7 * 86_400.0
_SEEN = 60.0  # how often a session's last use is written down
# After that many wrong passwords each further one doubles the wait, up to the longest.
_FREE, _LONGEST_WAIT = 3, 900.0
_REMEMBERED = 86_400.0


@dataclass(frozen=True)
class Account:
    """One who plays."""

    id: int
    name: str
    first: bool
    """Whether it was made first: it owns what nobody else does."""


@dataclass(frozen=True)
class Session:
    """A browser that an account has logged in with."""

    digest: str
    account: Account
    began: float
    seen: float
    until: float
    browser: str


@dataclass(frozen=True)
class Invitation:
    """A link that can be used once: to an account and a seat, or (None) to an account alone."""

    digest: str
    campaign: int | None
    power: str | None
    until: float


class Wait(Exception):
    """Too many wrong passwords: try again after that many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(seconds)


class People:
    """Those who play in a store, and what they may open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._one_password_at_a_time = threading.Lock()

    # Accounts and sessions.

    def accounts(self) -> list[Account]:
        """Every account, the first first."""
        with self._database.reading() as c:
            rows = c.execute(select(ACCOUNT).order_by(ACCOUNT.c.id))
            return [Account(row.id, row.name, row.first) for row in rows]

    def join(self, name: str, password: str, token: str) -> Account:
        """A new account for one who was invited by that token, and their seat. Raises ScenarioError
        if the name is taken, or name, password or token will not do."""
        name = " ".join(name.split())
        mistakes = [*_unfit_name(name), *_unfit_password(password)]
        if mistakes:
            raise ScenarioError("invitation", mistakes)
        password = sealed(password)
        try:
            with self._database.writing() as c:
                invitation = _invited(c, token)
                row = {"name": name, "folded": name.casefold(), "password": password}
                first = not c.execute(select(func.count()).select_from(ACCOUNT)).scalar()
                inserted = c.execute(
                    insert(ACCOUNT).values(**row, first=first, since=time.time())
                ).inserted_primary_key
                assert inserted is not None  # databases that SQLAlchemy speaks to give it
                account = Account(int(inserted[0]), name, first)
                _seated(c, invitation, account)
                if first:  # there is but one
                    c.execute(delete(INVITATION).where(INVITATION.c.campaign.is_(None)))
        except IntegrityError:
            mistake = Mistake("name", "is taken", "", "choose another", shown(name))
            raise ScenarioError("invitation", [mistake]) from None
        return account

    def enter(self, name: str, password: str, address: str) -> Account | None:
        """The account of that name, if the password is its own. Raises Wait after too many that
        were wrong, unless nothing wrong has come from that address yet."""
        folded = " ".join(name.split()).casefold()[:LONGEST_NAME]
        # At once, many could be tried before the first is seen to be wrong; each takes 32 MB, too.
        with self._one_password_at_a_time:
            now = time.time()
            with self._database.reading() as c:
                wait = _wait(c, folded, address, now)
                row = c.execute(select(ACCOUNT).where(ACCOUNT.c.folded == folded)).first()
            if wait > 0:
                raise Wait(wait)
            right = fits(password[: LONGEST + 1], row.password if row else None)
            with self._database.writing() as c:
                c.execute(delete(FAILURE).where(FAILURE.c.at < now - _REMEMBERED))
                if row is None or not right:
                    c.execute(insert(FAILURE).values(name=folded, address=address, at=now))
                    return None
                own = (FAILURE.c.name == folded) & (FAILURE.c.address == address)
                c.execute(delete(FAILURE).where(own))
        return Account(row.id, row.name, row.first)

    def change_password(self, account: Account, password: str, keep: str = "") -> None:
        """Another password; every session but the one of digest `keep` ends."""
        if mistakes := _unfit_password(password):
            raise ScenarioError("account", mistakes)
        password = sealed(password)
        with self._database.writing() as c:
            c.execute(update(ACCOUNT).where(ACCOUNT.c.id == account.id).values(password=password))
            others = (SESSION.c.account == account.id) & (SESSION.c.digest != keep)
            c.execute(delete(SESSION).where(others))

    def begin(self, account: Account, browser: str) -> str:
        """A new session; the token that opens it."""
        token, now = secrets.token_urlsafe(32), time.time()
        row = {"digest": _digest(token), "account": account.id, "browser": browser[:200]}
        with self._database.writing() as c:
            c.execute(delete(SESSION).where(SESSION.c.until < now))
            c.execute(insert(SESSION).values(**row, began=now, seen=now, until=now + _SESSION))
        return token

    def session(self, token: str) -> Session | None:
        """The session that a token opens; None if it is unknown, over or was ended."""
        now = time.time()
        whole = select(SESSION, ACCOUNT).join(ACCOUNT, SESSION.c.account == ACCOUNT.c.id)
        with self._database.reading() as c:
            here = (SESSION.c.digest == _digest(token)) & (SESSION.c.until > now)
            row = c.execute(whole.where(here)).first()
        if row is None:
            return None
        if row.seen < now - _SEEN:
            own = SESSION.c.digest == row.digest
            # Where it cannot be written down now, it is at the next page.
            with suppress(StoreError), self._database.writing() as c:
                c.execute(update(SESSION).where(own).values(seen=now, until=now + _SESSION))
        return _session(row)

    def sessions(self, account: Account) -> list[Session]:
        """An account's sessions, the one used last first."""
        whole = select(SESSION, ACCOUNT).join(ACCOUNT, SESSION.c.account == ACCOUNT.c.id)
        own = (SESSION.c.account == account.id) & (SESSION.c.until > time.time())
        with self._database.reading() as c:
            rows = c.execute(whole.where(own).order_by(SESSION.c.seen.desc())).all()
        return list(map(_session, rows))

    def end(self, account: Account, digest: str) -> None:
        """One of an account's sessions is over."""
        with self._database.writing() as c:
            own = (SESSION.c.account == account.id) & (SESSION.c.digest == digest)
            c.execute(delete(SESSION).where(own))

    # Campaigns and seats.

    def owner(self, campaign: int) -> int | None:
        """The account that a campaign belongs to: the first, if nobody was named."""
        with self._database.reading() as c:
            named = select(OWNER.c.account).where(OWNER.c.campaign == campaign)
            first = select(ACCOUNT.c.id).where(ACCOUNT.c.first)
            return c.execute(named).scalar() or c.execute(first).scalar()

    def own(self, campaign: int, account: int) -> None:
        """A new campaign belongs to an account, unless it belongs to one already."""
        try:
            with self._database.writing() as c:
                c.execute(insert(OWNER).values(campaign=campaign, account=account))
        except IntegrityError:
            pass  # a job that is done again says it again

    def seats(self, campaign: int) -> dict[str, Account]:
        """Who holds which of a campaign's seats, by power."""
        whole = select(SEAT, ACCOUNT).join(ACCOUNT, SEAT.c.account == ACCOUNT.c.id)
        with self._database.reading() as c:
            rows = c.execute(whole.where(SEAT.c.campaign == campaign)).all()
        return {row.power: Account(row.id, row.name, row.first) for row in rows}

    def seats_of(self, account: int) -> dict[int, list[str]]:
        """The seats that an account holds, by campaign."""
        found: dict[int, list[str]] = {}
        with self._database.reading() as c:
            for row in c.execute(select(SEAT).where(SEAT.c.account == account)):
                found.setdefault(row.campaign, []).append(row.power)
        return found

    def owners(self) -> dict[int, int]:
        """The accounts that campaigns belong to, by campaign; the first account's, that nobody
        else began, left out."""
        with self._database.reading() as c:
            return {row.campaign: row.account for row in c.execute(select(OWNER))}

    def sit(self, campaign: int, power: str, account: int) -> None:
        """A seat is an account's, if it was free."""
        try:
            with self._database.writing() as c:
                c.execute(insert(SEAT).values(campaign=campaign, power=power, account=account))
        except IntegrityError:
            pass  # taken: who was first has it

    def rise(self, campaign: int, power: str) -> None:
        """A seat is nobody's any more."""
        with self._database.writing() as c:
            c.execute(delete(SEAT).where((SEAT.c.campaign == campaign) & (SEAT.c.power == power)))

    # Invitations.

    def invite(self, campaign: int | None = None, power: str | None = None) -> str:
        """An invitation to a seat, or to an account alone; its token."""
        token, now = secrets.token_urlsafe(32), time.time()
        row = {"digest": _digest(token), "campaign": campaign, "power": power}
        with self._database.writing() as c:
            c.execute(delete(INVITATION).where(INVITATION.c.until < now))
            c.execute(insert(INVITATION).values(**row, made=now, until=now + _INVITATION))
        return token

    def invitation(self, token: str) -> Invitation:
        """The invitation of a token. Raises ScenarioError if it is used, over or unknown."""
        with self._database.reading() as c:
            return _invited(c, token)

    def invitations(self, campaign: int) -> list[Invitation]:
        """A campaign's invitations that can still be used."""
        own = (INVITATION.c.campaign == campaign) & (INVITATION.c.until > time.time())
        with self._database.reading() as c:
            return [_invitation(row) for row in c.execute(select(INVITATION).where(own))]

    def revoke(self, campaign: int, digest: str) -> None:
        """One of a campaign's invitations can no longer be used."""
        with self._database.writing() as c:
            own = (INVITATION.c.campaign == campaign) & (INVITATION.c.digest == digest)
            c.execute(delete(INVITATION).where(own))

    def accept(self, token: str, account: Account) -> Invitation:
        """An account takes the seat that it was invited to. Raises ScenarioError if the invitation
        is used, over or unknown, or if the seat is somebody else's by now."""
        try:
            with self._database.writing() as c:
                invitation = _invited(c, token)
                _seated(c, invitation, account)
                return invitation
        except IntegrityError:
            mistake = Mistake("seat", "is taken", "", "ask for another invitation")
            raise ScenarioError("invitation", [mistake]) from None


def _unfit_name(name: str) -> list[Mistake]:
    if 1 <= len(name) <= LONGEST_NAME and name.isprintable():
        return []
    expected = f"it must have 1 to {LONGEST_NAME} characters"
    return [Mistake("name", "cannot be used", expected, value=shown(name))]


def _unfit_password(password: str) -> list[Mistake]:
    if SHORTEST <= len(password) <= LONGEST:
        return []
    expected = f"it must have {SHORTEST} to {LONGEST} characters"
    return [Mistake("password", "cannot be used", expected, "several words make a good one")]


def _wait(c: Connection, name: str, address: str, now: float) -> float:
    """Seconds until a password may be tried. An address that has done nothing wrong need not wait,
    so that nobody can keep another out by giving wrong passwords for them."""

    def counted(column) -> tuple[int, float]:
        recent = FAILURE.c.at > now - _REMEMBERED
        row = c.execute(select(func.count(), func.max(FAILURE.c.at)).where(column, recent)).one()
        return int(row[0]), float(row[1] or 0.0)

    count, last = counted(FAILURE.c.address == address)
    if not count:
        return 0.0
    of_name, last_of_name = counted(FAILURE.c.name == name)
    return max(_delay(count) + last, _delay(of_name) + last_of_name) - now


def _delay(count: int) -> float:
    return 0.0 if count < _FREE else min(2.0 ** min(count - _FREE, 20), _LONGEST_WAIT)


def _invited(c: Connection, token: str) -> Invitation:
    here = (INVITATION.c.digest == _digest(token)) & (INVITATION.c.until > time.time())
    row = c.execute(select(INVITATION).where(here)).first()
    if row is None:
        problem = "has been used or taken back, is too old, or was copied badly"
        remedy = "ask the owner of the campaign for another"
        raise ScenarioError("invitation", [Mistake("invitation", problem, "", remedy)])
    return _invitation(row)


def _seated(c: Connection, invitation: Invitation, account: Account) -> None:
    c.execute(delete(INVITATION).where(INVITATION.c.digest == invitation.digest))
    if invitation.campaign is not None:
        row = {"campaign": invitation.campaign, "power": invitation.power}
        c.execute(insert(SEAT).values(**row, account=account.id))


def _invitation(row) -> Invitation:
    return Invitation(row.digest, row.campaign, row.power, row.until)


def _session(row) -> Session:
    account = Account(row.id, row.name, row.first)
    return Session(row.digest, account, row.began, row.seen, row.until, row.browser)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
