"""What a function is, told from memory: its code, and all that it reaches.

A program follows from the functions that were traced: the week's steps, the policies, the formulas
and constants that they use, whatever file they came from and whoever put another in their place.
`digest` reads all of these as they stand in memory. Of our own code it knows what can be reached:
other functions by name, plain data, and libraries, which versions tell apart. A function from
elsewhere may read anything, so it has no digest: what was traced must say what it is.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import partial
from hashlib import sha256
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GenericAlias,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
    UnionType,
)
from typing import Any

import jax
import numpy as np

_OURS = __name__.partition(".")[0]
_LIBRARIES = frozenset(("jax", "jaxlib", "numpy", *sys.stdlib_module_names))
_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...), np.dtype, range, slice)
_SLOTS = (GetSetDescriptorType, MemberDescriptorType)
# Of a class: what says nothing of what it does.
_ASIDE = frozenset(
    "__module__ __doc__ __annotations__ __dataclass_params__ __firstlineno__ "
    "__static_attributes__".split()
)


_CODES: dict[int, tuple[CodeType, str, tuple[str, ...]]] = {}
"""Code that was read before, which cannot change: its digest and the names that it may look up. It
is held, so that no id returns."""


class _Unknown(Exception):
    """Something was reached of which memory does not say what it is."""


def digest(function: Any) -> str | None:
    """A fingerprint of a function of this package and of all that it reaches, closures included;
    None if it reaches a function, or an object, of which that cannot be said."""
    reading = _Reading()
    try:
        reading.take(function)
    except _Unknown:
        return None
    return reading.sum.hexdigest()


class _Reading:
    def __init__(self) -> None:
        self.sum = sha256()
        self._seen: dict[int, tuple[int, Any]] = {}  # holds what it saw, so that no id returns

    def tell(self, *words: object) -> None:
        """Add words to the sum, each with its length, so that no two lists of them are alike."""
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode()
            self.sum.update(b"%d:" % len(data) + data)

    def take(self, x: Any) -> None:
        """Add what `x` is, and all that it reaches."""
        if type(x) in _PLAIN:
            self.tell(repr(x))
        elif id(x) in self._seen:
            self.tell("seen", self._seen[id(x)][0])
        else:
            self._seen[id(x)] = len(self._seen), x
            self._take_anew(x)

    def _take_anew(self, x: Any) -> None:
        if isinstance(x, CodeType):
            self.tell(_known(x)[1])
        elif isinstance(x, ModuleType):
            self.tell("module", x.__name__)
            if not _our_module(x) and _root(x.__name__) not in _LIBRARIES:
                raise _Unknown
        elif _from_library(x):
            self.tell("library", x.__module__, x.__qualname__)
        elif isinstance(x, FunctionType) and _home(x) in (_OURS, *_LIBRARIES):
            self._function(x)
        elif isinstance(x, type) and _root(x.__module__) == _OURS:
            self._class(x)
        elif isinstance(x, (np.ndarray, np.generic, jax.Array)) and x.dtype != object:
            self.tell("array", x.dtype, x.shape, np.asarray(x).tobytes())
        else:
            self._parts(x)

    def _function(self, x: FunctionType) -> None:
        self.take(x.__code__)
        self._each("defaults", x.__defaults__ or ())
        self.take(x.__kwdefaults__)
        self._each("closure", (cell.cell_contents for cell in x.__closure__ or ()))
        if _home(x) == _OURS:  # a library's own names are told by its version
            self._globals(x)

    def _globals(self, x: FunctionType) -> None:
        names = _known(x.__code__)[2]
        rooms = [x.__globals__]
        for room in rooms:  # which grow: a name may lead to another module of ours
            for name in names:
                if name in room:
                    value = room[name]
                    self.tell("name", name)
                    self.take(value)
                    there = vars(value) if _our_module(value) else room
                    if all(there is not each for each in rooms):
                        rooms.append(there)

    def _class(self, x: type) -> None:
        self.tell("class", x.__module__, x.__qualname__)
        self._each("bases", x.__bases__)
        made = ("__new__", *getattr(x, "_fields", ())) if issubclass(x, tuple) else ()
        for name, value in sorted(vars(x).items()):
            if name not in _ASIDE and name not in made and not isinstance(value, _SLOTS):
                self.tell("of class", name)
                self.take(value)

    def code(self, x: CodeType) -> None:
        """Add what code is, and what code is within it."""
        self.tell("code", x.co_name, x.co_code, x.co_flags, x.co_argcount, x.co_kwonlyargcount)
        self.tell(x.co_names, x.co_varnames, x.co_freevars, x.co_cellvars, x.co_exceptiontable)
        self._each("constants", x.co_consts)

    def _parts(self, x: Any) -> None:
        """Data that has parts, and what wraps a function."""
        kind = type(x)
        if x is MISSING:
            self.tell("missing")
        elif kind in (list, tuple):
            self._each(kind.__name__, x)
        elif kind in (set, frozenset):
            self.tell(kind.__name__, *sorted(_digests(x)))
        elif isinstance(x, Mapping) and _root(kind.__module__) in _LIBRARIES:
            self._each("keys", x.keys())
            self._each("values", x.values())
        elif isinstance(x, (GenericAlias, UnionType)) or kind.__module__ == "typing":
            self.tell("type", repr(x))
        elif isinstance(x, (staticmethod, classmethod)):
            self._each(kind.__name__, (x.__func__,))
        elif isinstance(x, property):
            self._each("property", (x.fget, x.fset, x.fdel))
        elif isinstance(x, BuiltinFunctionType):
            self._each("built in", (x.__qualname__, x.__self__))
        elif isinstance(x, partial):
            self._each("partial", (x.func, x.args, x.keywords))
        elif isinstance(x, Field):
            self._each("field", (x.name, x.default, x.default_factory, x.metadata))
        elif is_dataclass(x) and _root(kind.__module__) == _OURS:
            self.take(kind)
            self._each("fields", (getattr(x, field.name) for field in fields(x)))
        elif isinstance(x, tuple) and _root(kind.__module__) == _OURS:
            self.take(kind)
            self._each("tuple", x)
        else:
            raise _Unknown

    def _each(self, what: str, parts: Any) -> None:
        parts = tuple(parts)
        self.tell(what, len(parts))
        for part in parts:
            self.take(part)


def _root(module: str | None) -> str:
    return (module or "").partition(".")[0]


def _home(x: FunctionType) -> str:
    """Of which package the module is in which a function looks up names, whatever it calls itself;
    empty if it is none that was imported."""
    name = str(x.__globals__.get("__name__"))
    return _root(name) if getattr(sys.modules.get(name), "__dict__", 0) is x.__globals__ else ""


def _our_module(x: Any) -> bool:
    return isinstance(x, ModuleType) and _root(x.__name__) == _OURS


def _from_library(x: Any) -> bool:
    """Whether this is a library's class, or stands in one under the name that it gives itself."""
    module, name = getattr(x, "__module__", None), getattr(x, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or _root(module) not in _LIBRARIES:
        return False
    there: Any = sys.modules.get(module)
    for part in name.split("."):
        there = getattr(there, part, None)
    return there is x or isinstance(x, type)


def _known(code: CodeType) -> tuple[CodeType, str, tuple[str, ...]]:
    """Code, its digest and the names that it may look up."""
    if id(code) not in _CODES:
        reading = _Reading()
        reading.code(code)
        names = tuple(sorted(set(_names(code))))
        _CODES[id(code)] = code, reading.sum.hexdigest(), names
    return _CODES[id(code)]


def _names(code: CodeType) -> Iterator[str]:
    """The names that code may look up, those of functions within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _digests(parts: Any) -> Iterator[str]:
    for part in parts:
        reading = _Reading()
        reading.take(part)
        yield reading.sum.hexdigest()
