"""B14: lines of 200 bytes from the container through the agent's spool and the control plane to a reader.

The app prints as fast as it can, with the limit of the log switched off; the reader counts lines, so that none may be
lost. The peer is `podman logs -f` of the same container. The values are MB/s of the lines' own bytes.
"""

import os
import threading
import time

from bench_lib import Installation, Series, alternate, arguments, busy_cpu_seconds, finish
from log_world import OurReader, PodmanReader, Printer

NAME = "log.throughput"


def measure(printer, reader, lines, mark, counts):
    """MB/s of one round; `mark` is what stands for the end of a line in what is read."""
    writer = threading.Thread(target=printer.print_lines, args=(lines, 0))
    began = time.perf_counter()
    writer.start()
    seen, gaps, rest, took = 0, 0, b"", 0.001
    while seen < lines and gaps == 0:
        data = reader.read()
        if not data:
            break
        took = time.perf_counter() - began
        data = rest + data
        seen += data.count(mark)
        gaps += data.count(b"event: gap")
        rest = data[-(len(mark) - 1) :] if len(mark) > 1 and not data.endswith(mark) else b""
    writer.join()
    reader.close()
    counts.append({"lines": lines, "seen": seen, "gaps": gaps})
    return seen * 200 / took / 1e6


def main():
    options = arguments(__doc__, rounds=5, more=lambda parser: parser.add_argument("--lines", type=int, default=300_000))
    os.environ["WISEHOSTING_LOGS_BYTES_PER_SECOND"] = "0"
    os.environ["WISEHOSTING_LOGS_REPLICA_BYTES"] = str(1 << 30)
    with Installation() as installation:
        installation.sign_in()
        with Printer(installation) as printer:
            ours, peer = Series("server-sent events", "MB/s"), Series("podman logs -f", "MB/s")
            counts, peer_counts = [], []
            cpu = busy_cpu_seconds()
            alternate(
                options.rounds,
                (ours, lambda: measure(printer, OurReader(installation), options.lines, b".\\n", counts)),
                (peer, lambda: measure(printer, PodmanReader(installation, printer), options.lines, b".\n", peer_counts)),
            )
            finish(options, NAME, ours, peer, must=None, must_mb_s=60, counts=counts, peer_counts=peer_counts, cpu_s=busy_cpu_seconds() - cpu)


if __name__ == "__main__":
    main()
