"""B16: what the edge adds to one request on one connection, beside what a bare HAProxy adds."""

# targets: wh-bench-origin wh-bench-visitors wh-bench-edge

from bench_lib import Series, arguments, finish
from way_in import WayIn

NAME = "ingress.added"


def main():
    options = arguments(__doc__, rounds=7)
    with WayIn(options.binaries) as way_in:
        ports = {"direct": way_in.origins[0], "edge": way_in.port, **{name: port for name, (port, _) in way_in.bare.items()}}
        p50 = {name: [] for name in ports}
        for number in range(options.rounds):
            for name in sorted(ports, reverse=number % 2 == 1):
                p50[name].append(way_in.visit(ports[name], 2, connections=1)["p50_us"])
        added = {}
        for name in ports:
            added[name] = Series(name, "us added to p50")
            added[name].values = [max(through - direct, 1) for through, direct in zip(p50[name], p50["direct"])]
        finish(options, NAME, added["edge"], added["bare"], must=1.05,
               without_reuse=added["bare, a connection a request"].report(), direct_p50_us=p50["direct"])


if __name__ == "__main__":
    main()
