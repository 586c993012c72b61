"""B15: what a keep-alive request of 1 KB through the edge costs in HAProxy's CPU time, beside a bare HAProxy.

The edge makes a connection to the replica for each request, so that none is sent into a connection that a replica is
just closing; a bare HAProxy that does the same is measured beside it, and tells what our own rules cost.
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
        like = series["bare, a connection a request"]
        middle = lambda values: sorted(values)[len(values) // 2]  # noqa: E731
        finish(options, NAME, series["edge"], like, must=1.05, default_haproxy=series["bare"].report(),
               ratio_to_default=middle(series["edge"].values) / middle(series["bare"].values),
               p99_us={name: middle(values) for name, values in p99.items()})


if __name__ == "__main__":
    main()
