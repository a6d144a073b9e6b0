#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fits the quantile function of the normal distribution that is cut off at two standard deviations.

For v in (-1, 1), uniformly distributed, z(v) = Phi^-1(1/2 + v * (Phi(2) - 1/2)) is so distributed. It is odd, so it is fitted as
v * P(v^2) / Q(v^2) with Q(0) = 1. Prints the coefficients that src/table/truncated_normal.cpp holds, and the largest error of their
evaluation in doubles, in the very order of the C++ code. Needs numpy and mpmath.
"""
import mpmath
import numpy as np

DEGREE = 6  # of both P and Q, in v^2
mpmath.mp.dps = 50


def exact(v):
    return mpmath.sqrt(2) * mpmath.erfinv(v * mpmath.erf(mpmath.sqrt(2)))


def fit(points):
    """Weighted linear least squares, repeated: the weights go to where the error is (Lawson), the equations are divided by the last Q."""
    x = [v * v for v in points]
    y = [exact(v) / v for v in points]
    weight, last = [mpmath.mpf(1)] * len(points), [mpmath.mpf(1)] * len(points)
    best = None
    for _ in range(60):
        rows, right = mpmath.matrix(len(points), 2 * DEGREE + 1), mpmath.matrix(len(points), 1)
        for i, (a, b) in enumerate(zip(x, y)):
            s = mpmath.sqrt(weight[i]) * points[i] / last[i]
            for k in range(DEGREE + 1):
                rows[i, k] = s * a**k
            for k in range(1, DEGREE + 1):
                rows[i, DEGREE + k] = -s * b * a**k
            right[i] = s * b
        c = mpmath.qr_solve(rows, right)[0]
        p, q = list(c[:DEGREE + 1]), [mpmath.mpf(1)] + list(c[DEGREE + 1:])
        value = lambda k, a: sum(t * a**i for i, t in enumerate(k))
        error = [abs(points[i] * (value(p, a) / value(q, a) - y[i])) for i, a in enumerate(x)]
        if best is None or max(error) < best[0]:
            best = (max(error), p, q)
        last = [value(q, a) for a in x]
        weight = [w * e for w, e in zip(weight, error)]
        total = sum(weight)
        weight = [w / total for w in weight]
    return best


def in_doubles(p, q, v):
    """As C++ computes it: Horner's rule, one rounding after each operation."""
    x = v * v
    top, bottom = np.full_like(v, p[-1]), np.full_like(v, q[-1])
    for a in p[-2::-1]:
        top = top * x + a
    for a in q[-2::-1]:
        bottom = bottom * x + a
    return v * (top / bottom)


def main():
    n = 60
    nodes = [mpmath.cos(mpmath.pi * (2 * i + 1) / (4 * n)) for i in range(n)]  # Chebyshev's, of the positive half
    error, p, q = fit(nodes)
    p, q = [float(a) for a in p], [float(a) for a in q]
    for name, k in (("kTop", p), ("kBottom", q)):
        print(f"{name}: " + ", ".join(f"{a:.17g}" for a in k))
    v = np.concatenate([np.linspace(2.0**-53, 1, 4001), 1 - 2.0 ** -np.arange(1, 54)])
    got = in_doubles(p, q, v)
    worst = max(abs(mpmath.mpf(float(g)) - exact(mpmath.mpf(float(a)))) for g, a in zip(got, v))
    print(f"largest error at the nodes {mpmath.nstr(error, 3)}, in doubles {mpmath.nstr(worst, 3)}; at v = 1: {got[4000]!r}, largest {got.max()!r}")
    for a in (0.25, 0.5, 0.75, 0.96875):
        print(f"z({a}) = {mpmath.nstr(exact(mpmath.mpf(a)), 20)}")


if __name__ == "__main__":
    main()
