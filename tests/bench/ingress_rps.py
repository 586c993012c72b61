"""B15: what a keep-alive request of 1 KB through the edge costs in HAProxy's CPU time, beside a bare HAProxy.

Both keep connections to the replica open for the next request. Beside them a bare HAProxy that makes one for each request:
what the edge did before ADR 12, and does still for requests with a body.
"""

# targets: wh-bench-origin wh-bench-visitors wh-bench-edge

from bench_lib import Series, arguments, finish
from way_in import WayIn

NAME = "ingress.rps"


def main():
    options = arguments(__doc__, rounds=7)
    with WayIn(options.binaries) as way_in:
        sides = {"edge": (way_in.port, way_in.haproxy), **way_in.bare}
        series = {name: Series(name, "us CPU of HAProxy a request") for name in sides}
        p99 = {name: [] for name in sides}
        for port, _ in sides.values():
            way_in.visit(port, 1)
        for number in range(options.rounds):
            for name in sorted(sides, reverse=number % 2 == 1):
                report = way_in.cost(*sides[name])
                series[name].values.append(report["cpu_us"])
                p99[name].append(report["p99_us"])
        middle = lambda values: sorted(values)[len(values) // 2]  # noqa: E731
        finish(options, NAME, series["edge"], series["bare"], must=1.05,
               without_reuse=series["bare, a connection a request"].report(),
               p99_us={name: middle(values) for name, values in p99.items()})


if __name__ == "__main__":
    main()
