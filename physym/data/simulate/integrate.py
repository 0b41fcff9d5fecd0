"""Many runs of one system of ordinary differential equations, integrated side by side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from physym._typing import Float
from physym.errors import InvalidData

RELATIVE = 1e-9


def integrate(
    velocity: Callable[[np.ndarray], np.ndarray], start: Float[np.ndarray, "N d"], *, span: int | float, points: int
) -> tuple[Float[np.ndarray, "N T d"], float]:
    """Solve ``ẋ = velocity(x)`` from N initial states at equal times from 0 to ``span``.

    All runs share one adaptive step, so that the velocities of all of them are one array operation.

    Arguments:
        velocity: states ``(N, d)`` to their time derivatives, the same shape.
        start: initial states, shape ``(N, d)``.
        span: last time.
        points: number of times T.

    Returns:
        States, shape ``(N, T, d)``, and the time step.

    Raises:
        InvalidData: fewer than two times, no positive time, a start or velocity that is not finite, or the solver gave up.

    References:
        E. Hairer, S. Nørsett, G. Wanner, Solving Ordinary Differential Equations I, section II.5 (DOP853).

    Example:
        >>> states, step = integrate(lambda x: -x, np.ones((3, 1)), span=1.0, points=5)
        >>> states.shape, bool(abs(states[0, -1, 0] - np.exp(-1)) < 1e-9)
        ((3, 5, 1), True)
    """
    from scipy.integrate import solve_ivp

    if points < 2 or not 0 < span < np.inf:
        raise InvalidData(f"points={points} and span={span}; expected at least two times and a positive last one.")
    runs, d = start.shape
    if not (np.isfinite(start).all() and np.isfinite(velocity(start)).all()):
        # the solver would never reach its tolerance
        raise InvalidData("an initial state or its velocity is NaN or infinite; give finite settings, and bodies at different places.")
    times = np.linspace(0.0, float(span), points)
    # the error of a run must not hide behind the others', so the tolerance is for each state alone
    found = solve_ivp(
        lambda _, flat: velocity(flat.reshape(runs, d)).ravel(),
        (0.0, float(span)),
        start.ravel(),
        method="DOP853",
        t_eval=times,
        rtol=RELATIVE / np.sqrt(runs),
        atol=RELATIVE / np.sqrt(runs),
    )
    if not found.success:
        raise InvalidData(f"the solver stopped at t = {found.t[-1] if len(found.t) else 0:.3g}: {found.message} Bodies may have collided.")
    return found.y.T.reshape(points, runs, d).transpose(1, 0, 2).copy(), float(times[1])
