"""B13: from the write in the container to the reader of the log.

Each line carries the time at which it was written. The peer is `podman logs -f` of the same container.
"""

import re
import statistics
import threading
import time

from bench_lib import BenchError, Installation, Series, alternate, arguments, finish
from log_world import OurReader, PodmanReader, Printer

NAME = "log.latency"
LINES = 200
PAUSE_US = 10_000


def measure(printer, reader, everything):
    """The median latency of one round, in seconds."""
    writer = threading.Thread(target=printer.print_lines, args=(LINES, PAUSE_US))
    writer.start()
    found, rest, until = {}, b"", time.monotonic() + 60
    while len(found) < LINES and time.monotonic() < until:
        data = reader.read()
        now = time.time_ns()
        if not data:
            break
        rest = rest[-400:] + data  # a line may come in two pieces
        for stamp in re.findall(rb"(?<!\d)(\d{19}) \.\.", rest):
            found.setdefault(stamp, (now - int(stamp)) / 1e9)
    writer.join()
    reader.close()
    if len(found) < LINES:
        raise BenchError(f"{len(found)} of {LINES} lines came")
    everything += found.values()
    return statistics.median(found.values())


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main():
    options = arguments(__doc__, rounds=6)
    with Installation() as installation:
        installation.sign_in()
        with Printer(installation) as printer:
            ours, peer = Series("server-sent events", "s"), Series("podman logs -f", "s")
            all_ours, all_peer = [], []
            alternate(
                options.rounds,
                (ours, lambda: measure(printer, OurReader(installation), all_ours)),
                (peer, lambda: measure(printer, PodmanReader(installation, printer), all_peer)),
            )
            spread = {
                side: {"lines": len(values), "p50_ms": percentile(values, 0.5) * 1e3, "p99_ms": percentile(values, 0.99) * 1e3}
                for side, values in (("ours", all_ours), ("peer", all_peer))
            }
            finish(options, NAME, ours, peer, must=1.0, must_p50_ms=10, must_p99_ms=50, lines=spread)


if __name__ == "__main__":
    main()
