"""B20: the dashboard's first page in headless Chromium: bytes, requests, the largest paint, what moved; a list of 10,000 rows.

Each round is a cold visit of the overview by somebody who is signed in, on loopback: as it is, and with a processor that is
four times slower. The peer is nginx (in PATH, or WH_BENCH_NGINX) with the same dashboard and the same answers of the API as
files. Bytes are those on the wire (ours as brotli, of nginx as gzip).
"""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from bench_lib import REPOSITORY, BenchError, Installation, KeepAlive, Series, alternate, arguments, eventually, finish, free_offset

NAME = "ui.first"
ROWS = 10_000
SLOWER = 4


def browser(what, **options):
    result = subprocess.run(
        ["node", str(Path(__file__).with_suffix(".mjs")), what, json.dumps(options)], capture_output=True, text=True, check=False, timeout=300)
    if result.returncode != 0:
        raise BenchError(f"{what} failed:\n{result.stdout}\n{result.stderr}")
    return json.loads(result.stdout)


def locations(answers, folder):
    """nginx's rules for the recorded answers: each a file, by path; a path that was asked with several queries has one."""
    rules = []
    for number, (path, text) in enumerate(answers.items()):
        (folder / f"answer-{number}").write_text(text, encoding="utf-8")
        rules.append(f'location = {path.partition("?")[0]} {{ default_type application/json; alias {folder}/answer-{number}; }}')
    return "\n".join(dict.fromkeys(rules))


@contextmanager
def nginx(answers):
    program = os.environ.get("WH_BENCH_NGINX") or shutil.which("nginx")
    if not program:
        raise BenchError("no nginx: install it, or unpack the package and name the program in WH_BENCH_NGINX")
    folder = Path(tempfile.mkdtemp(prefix="wh-bench-nginx-", dir="/var/tmp"))
    folder.chmod(0o755)
    port = 7075 + free_offset()
    unique = {path.partition("?")[0]: text for path, text in answers.items()}
    (folder / "nginx.conf").write_text(f"""
user root; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  types {{ text/html html; text/css css; application/javascript js; image/svg+xml svg; }}
  access_log off; sendfile on; gzip_static on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {REPOSITORY}/spa/dist;
    {locations(unique, folder)}
    location /api/ {{ return 404; }}
    location / {{ try_files $uri /index.html; }}
  }}
}}
""", encoding="utf-8")
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(folder / "error.log")])
    try:
        eventually("nginx", KeepAlive(port, f"localhost:{port}").get, 20)
        yield f"http://localhost:{port}/"
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def main():
    options = arguments(__doc__, rounds=7)
    with Installation() as installation:
        installation.sign_in()
        name, _, value = installation.cookie.partition("=")
        common = {"cookie": {"name": name, "value": value}}
        ours_url = f"http://localhost:{installation.dashboard_port}/"
        ours, peer = Series("largest paint", "s"), Series("nginx, the same files and answers", "s")
        visits = {"ours": [], "peer": []}

        def visit(side, url):
            visits[side].append(browser("load", url=url, throttle=1, **common))
            return visits[side][-1]["lcp_ms"] / 1000

        with nginx(browser("record", url=ours_url, throttle=1, **common)) as peer_url:
            alternate(options.rounds, (ours, lambda: visit("ours", ours_url)), (peer, lambda: visit("peer", peer_url)))
            slow = {side: [browser("load", url=url, throttle=SLOWER, **common) for _ in range(options.rounds)]
                    for side, url in (("ours", ours_url), ("peer", peer_url))}
        lists = [browser("list", url=ours_url, throttle=1, rows=ROWS, **common) for _ in range(3)]

    def median(side, field):
        return {key: statistics.median(each[field] for each in series[side]) for key, series in (("as_it_is", visits), ("four_times_slower", slow))}

    fields = ("lcp_ms", "fcp_ms", "layout_shift", "requests", "bytes", "script_bytes")
    finish(options, NAME, ours, peer, must=None,
           first_page={field: median("ours", field) for field in fields},
           first_page_of_peer={field: median("peer", field) for field in fields},
           list_of_rows=lists, fps=statistics.median(run["fps"] for each in lists for run in each["runs"]),
           must_be={"lcp_ms": 500, "script_bytes_gzip": 130_000, "fps": 55, "layout_shift": 0}, goal={"script_bytes_gzip": 90_000})


if __name__ == "__main__":
    main()
