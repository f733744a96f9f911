"""The tables of a store."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from sinews.campaign.log import LONGEST_KEY

FORMAT = 2  # of these tables: 1 had those of the log alone

LONG = 300  # characters of a key that names what is kept or a job
NAME = 80
DIGEST = 64

TABLES = MetaData()

FORMATS = Table(
    "format",
    TABLES,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sinews", String(40), nullable=False),
)

# The log.

CAMPAIGN = Table(
    "campaign",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("file", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("posterior", Text, nullable=False),
    Column("started", String(40), nullable=False),
)

BRANCH = Table(
    "branch",
    TABLES,
    Column("campaign", Integer, ForeignKey("campaign.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("parent", Integer),
    Column("fork", Integer),  # the last entry that it shares with its parent
)

ENTRY = Table(
    "entry",
    TABLES,
    Column("campaign", Integer, ForeignKey("campaign.id"), primary_key=True),
    Column("branch", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("key", String(LONGEST_KEY)),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("digest", String(DIGEST), nullable=False),
    UniqueConstraint("campaign", "branch", "key"),
)

# What was worked out from the log: it could be worked out again.

KEPT = Table(
    "kept",
    TABLES,
    Column("campaign", Integer, ForeignKey("campaign.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("key", String(LONG), primary_key=True),
    Column("content", LargeBinary, nullable=False),  # by zlib
)

JOB = Table(
    "job",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("campaign", Integer, ForeignKey("campaign.id")),
    Column("branch", Integer),
    Column("power", String(NAME)),
    Column("kind", String(20), nullable=False),
    Column("says", Text, nullable=False),  # JSON
    Column("key", String(LONG), nullable=False, index=True),
    Column("by", Integer, nullable=False),  # the account that asked; 0 without login
    Column("state", String(20), nullable=False),
    Column("rank", Integer, nullable=False),  # lower goes first
    Column("tries", Integer, nullable=False),  # how often a worker took it up
    Column("worker", String(LONG)),
    Column("beat", Float),  # when its server last said that it is at work
    Column("stop", Float),  # when somebody asked to cancel it
    Column("done", Float, nullable=False),
    Column("total", Float, nullable=False),
    Column("words", Text, nullable=False),
    Column("asked", Float, nullable=False),
    Column("began", Float),
    Column("ended", Float),
    Column("result", Text),  # JSON
    Column("error", Text),
    Index("job_waiting", "state", "rank", "id"),
)

# Who plays. A secret is never kept, only its digest.

ACCOUNT = Table(
    "account",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("name", String(NAME), nullable=False),
    Column("folded", String(NAME), nullable=False, unique=True),
    Column("password", Text, nullable=False),  # by scrypt
    Column("first", Boolean, nullable=False),  # whose is what nobody else owns
    Column("since", Float, nullable=False),
)

SESSION = Table(
    "session",
    TABLES,
    Column("digest", String(DIGEST), primary_key=True),
    Column("account", Integer, ForeignKey("account.id"), nullable=False, index=True),
    Column("began", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("browser", String(LONG), nullable=False),
)

OWNER = Table(
    "owner",
    TABLES,
    Column("campaign", Integer, ForeignKey("campaign.id"), primary_key=True),
    Column("account", Integer, ForeignKey("account.id"), nullable=False),
)

SEAT = Table(
    "seat",
    TABLES,
    Column("campaign", Integer, ForeignKey("campaign.id"), primary_key=True),
    Column("power", String(NAME), primary_key=True),
    Column("account", Integer, ForeignKey("account.id"), nullable=False),
)

INVITATION = Table(
    "invitation",
    TABLES,
    Column("digest", String(DIGEST), primary_key=True),
    Column("campaign", Integer, ForeignKey("campaign.id")),  # none: to an account alone
    Column("power", String(NAME)),
    Column("made", Float, nullable=False),
    Column("until", Float, nullable=False),
)

FAILURE = Table(
    "failure",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("name", String(NAME), nullable=False, index=True),
    Column("address", String(NAME), nullable=False, index=True),
    Column("at", Float, nullable=False),
)

PLACE = Table(
    "place",
    TABLES,
    Column("account", Integer, primary_key=True, autoincrement=False),  # 0 without login
    Column("campaign", Integer, ForeignKey("campaign.id"), primary_key=True),
    Column("branch", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("part", String(NAME), nullable=False),  # where in the chapter
    Column("furthest", Integer, nullable=False),
    Column("at", Float, nullable=False),
)

SECRET = Table(
    "secret",
    TABLES,
    Column("name", String(NAME), primary_key=True),
    Column("value", Text, nullable=False),
)

UPLOAD = Table(
    "upload",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("name", String(NAME), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("by", Integer, nullable=False),  # an account; 0 without login
    Column("at", Float, nullable=False),
)
