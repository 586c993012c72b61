"""B17: routes change as fast as the edge takes them, each change on disk before it is served, while visitors come.

The peer is the same HAProxy left alone. Failed requests, the time from a change to its confirmation, and HAProxy's memory
are the result; beside them how long it takes until the change of one app is confirmed when it is the only one.
"""

# targets: wh-bench-origin wh-bench-visitors wh-bench-edge

import json

from bench_lib import BenchError, Series, arguments, finish
from way_in import WayIn, resident_bytes

NAME = "ingress.swap"
APPS = 50
SWAPS = 40
RATE = 500


def main():
    options = arguments(__doc__, rounds=5)
    with WayIn(options.binaries, apps=APPS, origins=2) as way_in:
        changing, quiet = Series("while routes change", "us p99"), Series("left alone", "us p99")
        rounds, failed, requests = [], 0, 0
        way_in.ask("swap 20")  # memory pools are filled once
        before = resident_bytes(way_in.haproxy)
        for _ in range(options.rounds):
            quiet.values.append(way_in.visit(way_in.port, 4, rate=RATE)["p99_us"])
            visits = way_in.begin_visits(way_in.port, 8, rate=RATE, websockets=2, streams=2)
            rounds.append(way_in.ask(f"swap {SWAPS}"))
            report = json.loads(visits.communicate(timeout=120)[0])
            failed += sum(report[kind]["failed"] for kind in ("requests", "websockets", "streams"))
            requests += report["requests"]["done"]
            changing.values.append(report["p99_us"])
        grown = resident_bytes(way_in.haproxy) - before
    with WayIn(options.binaries, apps=1, origins=2) as single:
        single.ask("swap 5")
        one = single.ask("swap 40")
    middle = sorted(entry["p50_us"] for entry in rounds)[len(rounds) // 2]
    finish(options, NAME, changing, quiet, must=None, requests=requests, failed=failed, failed_must=0,
           changes_a_second=sorted(entry["changes"] / entry["seconds"] for entry in rounds)[len(rounds) // 2],
           confirmed_p50_us=middle, confirmed_a_change_us=middle / APPS, rounds_of_swaps=rounds, rss_growth_bytes=grown,
           one_app_p50_us=one["p50_us"], one_app_p99_us=one["p99_us"])
    if failed:
        raise BenchError(f"{failed} of {requests} requests failed")


if __name__ == "__main__":
    main()
