"""B4: an envelope of 1 KB from its bytes to the message type that it is for, messages a second and core.

The peers run alternately in the same process: the raw HMAC (the limit), and HMAC with nlohmann's parser. The rate is per
second of CPU time of the one thread.
"""

# targets: wh-bench-envelope-verify

import json
import statistics
import subprocess
from pathlib import Path

from bench_lib import Series, arguments, finish

NAME = "envelope.verify"


def main():
    options = arguments(__doc__, rounds=9)
    program = Path(options.binaries) / "wh-bench-envelope-verify"
    output = subprocess.run([str(program), str(options.rounds)], capture_output=True, text=True, check=True).stdout
    rounds = [json.loads(line) for line in output.splitlines()]
    series = {}
    for name in ("ours", "hmac_nlohmann", "raw_hmac", "ours_attachment", "ours_typed"):
        series[name] = Series(name, "envelopes/s/core")
        series[name].values = [entry[name] for entry in rounds]
    median = {name: statistics.median(entry.values) for name, entry in series.items()}
    finish(
        options,
        NAME,
        series["ours"],
        series["hmac_nlohmann"],
        must=0.8,
        bytes=rounds[0]["bytes"],
        bytes_attachment=rounds[0]["bytes_attachment"],
        medians=median,
        of_raw_hmac=median["ours"] / median["raw_hmac"],
        must_per_core=100_000,
        goal_per_core=600_000,
        held=median["ours"] >= 100_000 and median["ours"] >= 0.8 * median["hmac_nlohmann"],
    )


if __name__ == "__main__":
    main()
