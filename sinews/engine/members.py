"""Members side by side: formulas written for one member, run for a block of them at once.

`jax.vmap` puts the member axis first and moves it about; on a CPU that costs half the speed,
because the inner loops run over a handful of theatres or items. `members_last` maps the same
formulas with the member axis last throughout, so that every inner loop runs over members and
fills the vector units. It reads the one-member program (its jaxpr) and re-issues each operation
with one more trailing axis; an operation it has no rule for goes through `jax.vmap`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.extend.core import Literal

from sinews.engine.chance import threefry

# A value and whether it has the member axis (last).
Value = tuple[Any, bool]

_ELEMENTWISE = frozenset(
    (
        "add sub mul div rem max min pow integer_pow square sqrt rsqrt exp exp2 expm1 log log1p "
        "tanh logistic erf erfc erf_inv neg abs sign floor ceil round is_finite eq ne lt le gt ge "
        "and or not xor select_n convert_element_type bitcast_convert_type clamp copy nextafter "
        "shift_left shift_right_logical shift_right_arithmetic stop_gradient"
    ).split()
)
# Work of an operation beside an addition's, for what takes more; what XLA never fuses into its
# uses; and the work from which a value used twice is worth keeping.
_COSTS = dict.fromkeys("exp exp2 expm1 log log1p pow tanh logistic erf erfc erf_inv".split(), 12)
_COSTS |= {"div": 4, "sqrt": 4, "rsqrt": 4}
_KEPT = frozenset(("dot_general", "jit", "random_bits"))
_KEEP = 4
_REDUCTIONS = frozenset("reduce_sum reduce_max reduce_min reduce_and reduce_or".split())


class _Keys(NamedTuple):
    """Keys of random streams, one a member, as the two words of each [member]."""

    first: Array
    second: Array

    def typed(self) -> Array:
        """The same as JAX holds keys [member]."""
        return jax.random.wrap_key_data(jnp.stack(self, axis=-1))


def members_last(formula: Callable[..., Any], mapped: Any, results: Any) -> Callable[..., Any]:
    """`formula` of one member, for arrays whose last axis is the member.

    `mapped` has the tree of the arguments' tuple, `results` that of the result, with True where
    a leaf has the member axis. A result that no member enters is repeated where the axis is
    wanted; one that members do enter cannot be had without it (ValueError).
    """
    flags, wanted = jax.tree.leaves(mapped), jax.tree.leaves(results)

    def run(*arguments: Any) -> Any:
        leaves, tree = jax.tree.flatten(arguments)
        alone = [
            jax.ShapeDtypeStruct(jnp.shape(x)[:-1] if m else jnp.shape(x), jnp.asarray(x).dtype)
            for x, m in zip(leaves, flags, strict=True)
        ]
        size = next(x.shape[-1] for x, m in zip(leaves, flags, strict=True) if m)
        program, shape = jax.make_jaxpr(
            lambda *xs: formula(*jax.tree.unflatten(tree, xs)), return_shape=True
        )(*alone)
        values = _evaluate(program, list(zip(leaves, flags, strict=True)), size)
        out: list[Any] = []
        for (x, has), wants in zip(values, wanted, strict=True):
            x = x.typed() if isinstance(x, _Keys) else x
            if has and not wants:
                raise ValueError("members enter a result that was to be shared by all")
            out.append(_broadcast(x, has, (*jnp.shape(x), size)) if wants and not has else x)
        return jax.tree.unflatten(jax.tree.structure(shape), out)

    return run


def _evaluate(program: Any, arguments: Sequence[Value], size: int) -> list[Value]:
    """The results of a closed jaxpr, each operation issued with members last.

    XLA's fusion works a value out again for each of its uses. A value that is used more than
    once, or spread over more cells, and takes some work is kept instead: `work` counts the
    operations since something was kept.
    """
    jaxpr = program.jaxpr
    known: dict[Any, Value] = {
        v: (c, False) for v, c in zip(jaxpr.constvars, program.consts, strict=True)
    }
    known |= dict(zip(jaxpr.invars, arguments, strict=True))
    uses = Counter(v for e in jaxpr.eqns for v in e.invars if not isinstance(v, Literal))
    grows = Counter(
        e.invars[0]
        for e in jaxpr.eqns
        if e.primitive.name == "broadcast_in_dim"
        and not isinstance(e.invars[0], Literal)
        and e.outvars[0].aval.size > e.invars[0].aval.size
    )
    work: dict[Any, int] = {}
    kin = _kin(jaxpr)

    def value(of: Any) -> Value:
        return (of.val, False) if isinstance(of, Literal) else known[of]

    for equation in jaxpr.eqns:
        inputs = [value(v) for v in equation.invars]
        # None comes of some: of a message to the outside, or of the rows of an empty table.
        first = equation.outvars[0] if equation.outvars else None
        if first in kin and isinstance(inputs[0][0], _Keys):
            if first not in known:
                known |= _folded(inputs[0][0], kin[first], size)
            continue
        name = equation.primitive.name
        # A reduction strides over its input: what takes work is worked out before, along members.
        alone = name in _REDUCTIONS and inputs[0][1] and work.get(equation.invars[0], 0) >= _KEEP
        if alone:
            inputs = [(lax.optimization_barrier(inputs[0][0]), True)]
        results = _issue(equation, inputs, size)
        before = sum(work.get(v, 0) for v in equation.invars if not isinstance(v, Literal))
        for variable, result in zip(equation.outvars, results, strict=True):
            x, mapped = result
            cost = before + (_COSTS.get(name, 1) if name in _ELEMENTWISE else 0)
            often = uses[variable] > 1 or grows[variable]
            if mapped and cost >= _KEEP and often and name in _ELEMENTWISE:
                x, cost = lax.optimization_barrier(x), 0
            if alone:
                x, cost = lax.optimization_barrier(x), 0
            work[variable] = 0 if name in _KEPT else cost
            known[variable] = x, mapped
    return [value(v) for v in jaxpr.outvars]


def _issue(equation: Any, inputs: list[Value], size: int) -> list[Value]:
    """One operation with members last; results that no member enters stay without the axis."""
    primitive, params = equation.primitive, dict(equation.params)
    name = primitive.name
    inner = params.get("jaxpr", params.get("call_jaxpr"))
    if inner is not None and hasattr(inner, "consts"):
        return _evaluate(inner, inputs, size)
    if not any(m for _, m in inputs):
        out = primitive.bind(*(x for x, _ in inputs), **params)
        return [(x, False) for x in (out if primitive.multiple_results else [out])]
    if name in _CHANCE and (out := _chance(equation, inputs, size)) is not None:
        return [(out, True)]
    inputs = [(x.typed() if isinstance(x, _Keys) else x, m) for x, m in inputs]
    first = inputs[0][0]
    if name in _ELEMENTWISE:
        full = (*equation.outvars[0].aval.shape, size)
        out = primitive.bind(*(_broadcast(x, m, full) for x, m in inputs), **params)
    elif name in _REDUCTIONS or name == "unstack":
        out = primitive.bind(first, **params)
    elif name == "broadcast_in_dim":
        shape, at = (*params["shape"], size), params["broadcast_dimensions"]
        out = lax.broadcast_in_dim(first, shape, (*at, len(shape) - 1))
    elif name == "reshape":
        out = lax.reshape(first, (*params["new_sizes"], size))
    elif name == "squeeze":
        out = lax.squeeze(first, params["dimensions"])
    elif name == "transpose":
        order = params["permutation"]
        out = lax.transpose(first, (*order, len(order)))
    elif name == "slice":
        strides = params["strides"]
        out = lax.slice(
            first,
            (*params["start_indices"], 0),
            (*params["limit_indices"], size),
            None if strides is None else (*strides, 1),
        )
    elif name == "concatenate":
        parts = [_broadcast(x, m, (*jnp.shape(x)[: jnp.ndim(x) - m], size)) for x, m in inputs]
        out = lax.concatenate(parts, params["dimension"])
    elif name == "stack":
        parts = [_broadcast(x, m, (*jnp.shape(x)[: jnp.ndim(x) - m], size)) for x, m in inputs]
        out = jnp.stack(parts, params["axis"])
    elif name == "dynamic_slice" and not any(m for _, m in inputs[1:]):
        starts = [x for x, _ in inputs[1:]]
        zero = jnp.zeros((), starts[0].dtype)
        out = lax.dynamic_slice(first, [*starts, zero], (*params["slice_sizes"], size))
    elif name == "gather" and not inputs[1][1]:
        d = params["dimension_numbers"]
        offset = (*d.offset_dims, equation.outvars[0].aval.ndim)
        params["dimension_numbers"] = d._replace(offset_dims=offset)
        params["slice_sizes"] = (*params["slice_sizes"], size)
        out = primitive.bind(first, inputs[1][0], **params)
    elif name == "scatter-add" and inputs[0][1] and not inputs[1][1]:
        d = params["dimension_numbers"]
        added = _broadcast(*inputs[2], (*equation.invars[2].aval.shape, size))
        window = (*d.update_window_dims, added.ndim - 1)
        params["dimension_numbers"] = d._replace(update_window_dims=window)
        out = primitive.bind(first, inputs[1][0], added, **params)
    elif name == "dot_general":
        out = _product(inputs, params["dimension_numbers"], size)
    else:
        axes = tuple(-1 if m else None for _, m in inputs)
        out = jax.vmap(lambda *xs: primitive.bind(*xs, **params), in_axes=axes, out_axes=-1)(
            *(x for x, _ in inputs)
        )
    return [(x, True) for x in (out if primitive.multiple_results else [out])]


# Keys of JAX's default generator; and operations on them that need no vmap.
_THREEFRY = "key<fry>"
_FOLD = "random_fold_in"
_CHANCE = frozenset(("random_wrap", "random_unwrap", _FOLD, "random_bits"))


def _kin(jaxpr: Any) -> dict[Any, list[Any]]:
    """By result, the folds of one key with numbers known beforehand: one cipher serves them all."""
    of: defaultdict[Any, list[Any]] = defaultdict(list)
    for equation in jaxpr.eqns:
        if equation.primitive.name == _FOLD and isinstance(equation.invars[1], Literal):
            of[equation.invars[0]].append(equation)
    return {e.outvars[0]: every for every in of.values() for e in every}


def _folded(key: _Keys, equations: list[Any], size: int) -> dict[Any, Value]:
    """The keys that folds of one key give, by result."""
    numbers = jnp.array([e.invars[1].val for e in equations], jnp.uint32)[:, None]
    first, second = _keys_of(key, numbers, (len(equations), size))
    return {e.outvars[0]: (_Keys(first[i], second[i]), True) for i, e in enumerate(equations)}


def _keys_of(key: _Keys, numbers: Any, full: tuple[int, ...]) -> _Keys:
    """A key folded with numbers, in the shape `full`; kept, or every use would go through the
    rounds again."""
    words = threefry(key, jnp.uint32(0), numbers)
    return _Keys(*lax.optimization_barrier([jnp.broadcast_to(w, full) for w in words]))


def _chance(equation: Any, inputs: list[Value], size: int) -> Any:
    """What an operation on random keys gives with members last; None where it has no rule here."""
    name, params = equation.primitive.name, equation.params
    key, mapped = inputs[0]
    if name == "random_wrap":
        plain = key.ndim == 2 and str(equation.outvars[0].aval.dtype) == _THREEFRY
        return _Keys(key[0], key[1]) if plain else None
    if not isinstance(key, _Keys):
        if str(key.dtype) != _THREEFRY or key.ndim != mapped:
            return None
        key = _Keys(*jnp.moveaxis(jax.random.key_data(key), -1, 0))
    if name == "random_unwrap":
        return jnp.stack(key)
    full = (*equation.outvars[0].aval.shape, size)
    if name == _FOLD:
        return _keys_of(key, jnp.asarray(inputs[1][0], jnp.uint32), full)
    if params["bit_width"] != 32:
        return None
    shape = params["shape"]
    counter = lax.iota(jnp.uint32, prod(shape)).reshape(*shape, 1)
    words = threefry(key, jnp.uint32(0), counter)
    # Kept, as keys are.
    return lax.optimization_barrier(jnp.broadcast_to(words[0] ^ words[1], full))


def _broadcast(x: Any, mapped: bool, full: tuple[int, ...]) -> Array:
    """`x` in the shape `full`, whose last axis is the member."""
    shape = jnp.shape(x)
    if shape == full:
        return x
    axes = len(shape) - mapped
    at = tuple(range(axes)) if axes else ()
    return lax.broadcast_in_dim(x, full, (*at, len(full) - 1) if mapped else at)


def _product(inputs: list[Value], numbers: Any, size: int) -> Array:
    """A product of two arrays, one or both with members last.

    A table times members' values is one large matrix product; two members' arrays are
    multiplied and added up, since the sums are short.
    """
    (left, left_mapped), (right, right_mapped) = inputs
    (left_sum, right_sum), (left_batch, right_batch) = numbers
    left_free = [a for a in range(left.ndim - left_mapped) if a not in (*left_sum, *left_batch)]
    right_free = [
        a for a in range(right.ndim - right_mapped) if a not in (*right_sum, *right_batch)
    ]
    if not (left_mapped and right_mapped) and not left_batch:
        if right_mapped:
            return lax.dot_general(left, right, numbers)
        turned = lax.dot_general(right, left, ((right_sum, left_sum), ((), ())))
        n, m = len(right_free), len(left_free)
        return lax.transpose(turned, (*range(n, n + m), *range(n), n + m))

    def lined_up(x: Any, mapped: bool, order: list[int], before: int, after: int) -> Array:
        """Axes as batch, left's free, right's free, summed, member; missing ones of length 1."""
        x = lax.transpose(x, (*order, x.ndim - 1)) if mapped else lax.transpose(x, order)[..., None]
        shape = x.shape
        head, tail = shape[:before], shape[before:]
        return x.reshape(*head, *(1,) * after, *tail)

    batch, summed = len(left_batch), len(left_sum)
    a = lined_up(
        left,
        left_mapped,
        [*left_batch, *left_free, *left_sum],
        batch + len(left_free),
        len(right_free),
    )
    b = lined_up(
        right, right_mapped, [*right_batch, *right_free, *right_sum], batch, len(left_free)
    )
    start = batch + len(left_free) + len(right_free)
    return jnp.sum(a * b, axis=tuple(range(start, start + summed)))
