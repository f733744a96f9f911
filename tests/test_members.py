"""The engine's blocks: members last gives what one member at a time gives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from worlds import Mix, having, random_batch, week_of

from sinews.engine.members import members_last

SIZE = 5
RNG = np.random.default_rng(51)
A, B = (RNG.uniform(0.5, 2.0, (3, 4, SIZE)).astype(np.float32) for _ in range(2))
TABLE = RNG.uniform(0.5, 2.0, (4, 2)).astype(np.float32)
WEEKS = np.arange(12, dtype=np.float32).reshape(4, 3)

# Formulas of one member: a [3 4], b [3 4] of its own, table [4 2] of all.
FORMULAS = {
    "elementwise": lambda a, b, t: jnp.exp(-a) * jnp.where(a > b, a, b) ** 1.5,
    "sums": lambda a, b, t: a.sum(axis=0) + jnp.max(b, axis=0) - jnp.min(a, axis=0),
    "a product with a table": lambda a, b, t: a @ t,
    "a table with a product": lambda a, b, t: t.T @ a.T,
    "a product of members": lambda a, b, t: a @ b.T,
    "a batched product": lambda a, b, t: jnp.einsum("pa,pa->p", a, b),
    "three factors": lambda a, b, t: jnp.einsum("pa,qa,ac->pqc", a, b, t),
    "an outer product": lambda a, b, t: jnp.einsum("pa,qb->pqab", a, b),
    "shapes": lambda a, b, t: jnp.concatenate([a.reshape(4, 3), b.T], axis=1)[1:, ::2],
    "stacks": lambda a, b, t: jnp.stack([a, b, jnp.ones_like(a)], axis=1)[..., None],
    "a row of a table": lambda a, b, t: a @ lax.dynamic_index_in_dim(t.T, 1, 0, False),
    "no rule, so vmap": lambda a, b, t: jnp.sort(a, axis=1) + jnp.argmax(b, axis=0),
    "nested": lambda a, b, t: jax.jit(lambda x: jax.nn.sigmoid(x) @ t)(a),
    "a table alone": lambda a, b, t: t * 2.0,
    "a table spread": lambda a, b, t: t.sum() + a,
    "row by row": lambda a, b, t: sum([*a, *b[:0]]) / 3,
    "a value used twice": lambda a, b, t: (x := jnp.log(a / b) ** 2) * x.sum() + x,
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_members_last_equals_one_by_one(name: str):
    formula = FORMULAS[name]
    together = jax.jit(members_last(formula, (True, True, False), True))(A, B, TABLE)
    one = jax.jit(formula)
    alone = np.stack([one(A[..., m], B[..., m], TABLE) for m in range(SIZE)], axis=-1)
    assert together.shape == alone.shape
    np.testing.assert_allclose(np.asarray(together), alone, rtol=2e-6, atol=1e-6)


def test_a_formula_may_send_messages():
    seen: list[float] = []

    def formula(a):
        jax.debug.callback(lambda x: seen.append(float(x)), a.sum())
        return a

    members_last(formula, (True,), True)(A)
    jax.effects_barrier()
    np.testing.assert_allclose(sorted(seen), sorted(A.sum(axis=(0, 1))), rtol=1e-6)


def test_luck_is_each_members_own():
    keys = jax.vmap(jax.random.key)(jnp.arange(SIZE))

    def formula(key):
        return jax.random.normal(jax.random.fold_in(key, 3), (4,))

    together = members_last(formula, (True,), True)(keys)
    alone = np.stack([formula(jax.random.key(m)) for m in range(SIZE)], axis=-1)
    np.testing.assert_array_equal(np.asarray(together), alone)


def test_members_may_not_enter_what_all_share():
    with pytest.raises(ValueError, match="members enter a result"):
        members_last(lambda a, t: (a.sum(), t), (True, False), (False, False))(A, TABLE)


def test_what_all_share_stays_shared():
    out, shared = members_last(lambda a, t: (a, t + 1.0), (True, False), (True, False))(A, TABLE)
    assert out.shape == A.shape and shared.shape == TABLE.shape


@pytest.mark.parametrize("name", ["movement", "manpower"])
def test_a_step_with_members_last_equals_it_mapped(name: str):
    batch = random_batch(Mix(seed=52))
    states, worlds = having(batch.state, batch.world)
    step = week_of()[name]
    ours = jax.jit(members_last(step, (states, worlds, True), states.replace(week=True)))
    spread = jax.tree.map(lambda m: -1 if m else None, (states, worlds))
    theirs = jax.jit(jax.vmap(step, (*spread, 0), -1))
    a = ours(batch.state, batch.world, batch.keys)
    b = theirs(batch.state, batch.world, batch.keys)
    for field, value in vars(a).items():
        wanted = np.asarray(getattr(b, field))
        allowed = 2e-6 * np.abs(wanted).max(initial=0.0) + 1e-6
        np.testing.assert_allclose(np.asarray(value), wanted, 1e-4, allowed, err_msg=field)
