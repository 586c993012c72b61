"""docs/key-service.md, typed: python3 key_service_test.py WH_CONTROL_PLANE

A stand-in plays the key service: what the page's `vault` commands ask of it, and the transit engine, over TLS. It allows what
the page's policy allows and nothing else. Then the page's settings, and a control plane that starts with them.
"""

import base64
import http.server
import json
import os
import re
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import unittest
import urllib.request
from pathlib import Path

from documents import blocks_of

PROGRAM = Path(sys.argv.pop(1)).resolve()
PAGE = Path(__file__).resolve().parents[2] / "docs/key-service.md"
POSTGRES = Path("/usr/lib/postgresql/15/bin")
PATIENCE = 120  # seconds, for what is waited for
OPERATOR = "root-token"

# The client that the page types, as far as it types it: its words become the calls that the real one makes.
VAULT = f"""#!{sys.executable}
import os, sys, json, urllib.request
words = sys.argv[1:]
fields = dict(word.split("=", 1) for word in words if "=" in word)
if words[:2] == ["secrets", "enable"]:
    method, path, body = "POST", "/v1/sys/mounts/" + words[2], {{"type": words[2]}}
elif words[:2] == ["write", "-f"]:
    method, path, body = "POST", "/v1/" + words[2], fields
elif words[:2] == ["policy", "write"] and words[3] == "-":
    method, path, body = "PUT", "/v1/sys/policies/acl/" + words[2], {{"policy": sys.stdin.read()}}
else:
    sys.exit("the stand-in does not know: vault " + " ".join(words))
request = urllib.request.Request(os.environ["VAULT_ADDR"] + path, json.dumps(body).encode(), {{"X-Vault-Token": "{OPERATOR}"}}, method=method)
import ssl
urllib.request.urlopen(request, context=ssl.create_default_context(cafile=os.environ["VAULT_CACERT"])).read()
"""


class KeyService:
    """The state, and what each call does to it."""

    def __init__(self):
        self.mounts, self.policies, self.keys, self.tokens, self.refused, self.calls = {}, {}, {}, {}, [], []

    def allows(self, token, verb, path):
        if token == OPERATOR:
            return True
        for name in self.tokens.get(token, []):
            for pattern, capabilities in self.policies[name]:
                fits = path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
                if fits and verb in capabilities:
                    return True
        return False

    def answer(self, method, path, token, body):
        verb = "read" if method == "GET" else "update"
        self.calls.append(f"{verb} {path}")
        if not self.allows(token, verb, path):
            self.refused.append(f"{verb} {path}")
            return 403, {"errors": ["permission denied"]}
        if path.startswith("sys/mounts/"):
            self.mounts[path.removeprefix("sys/mounts/")] = body["type"]
            return 204, None
        if path.startswith("sys/policies/acl/"):
            rules = re.findall(r'path "([^"]+)" \{ capabilities = \[([^\]]*)\] \}', body["policy"])
            self.policies[path.removeprefix("sys/policies/acl/")] = [(p, re.findall(r'"(\w+)"', c)) for p, c in rules]
            return 204, None
        return self.transit(path, method, body)

    def transit(self, path, method, body):
        verb, name, *more = path.removeprefix("transit/").split("/")
        if self.mounts.get("transit") != "transit":
            return 404, {"errors": ["no handler for route"]}
        if verb == "keys" and not more and method == "POST":
            self.keys[name] = {"type": body["type"], "latest": 1, "least": 1, "values": {}}
            return 200, {"data": {}}
        key = self.keys[name]
        if verb == "keys" and not more:
            return 200, {"data": {"latest_version": key["latest"], "min_decryption_version": key["least"], "type": key["type"]}}
        if more == ["rotate"]:
            key["latest"] += 1
            return 200, {"data": {"latest_version": key["latest"]}}
        if more == ["config"]:
            key["least"] = body["min_decryption_version"]
            return 204, None
        if verb == "encrypt":
            sealed = f"vault:v{body['key_version'] or key['latest']}:{secrets.token_hex(16)}"
            key["values"][sealed] = (body["plaintext"], body["associated_data"])
            return 200, {"data": {"ciphertext": sealed}}
        plain, place = key["values"].get(body["ciphertext"], (None, None))
        retired = int(body["ciphertext"].split(":")[1][1:]) < key["least"]
        if plain is None or place != body["associated_data"] or retired:
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": plain}}


def serve(service, folder):
    """The service over TLS with a certificate of its own; its port."""
    key, certificate = folder / "key.pem", folder / "vault-ca.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)  # fmt: skip

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self):
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, reply = service.answer(
                self.command, self.path.removeprefix("/v1/"), self.headers["X-Vault-Token"], json.loads(text or b"{}"))  # fmt: skip
            data = b"" if reply is None else json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = handle_one

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, certificate


class KeyServicePage(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="wh-docs-key-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = self.folder / "home"
        (self.home / "config").mkdir(parents=True)
        self.service = KeyService()
        self.server, self.ca = serve(self.service, self.folder)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.blocks = blocks_of(PAGE.read_text(encoding="utf-8"))
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("WISEHOSTING_")}

    def database(self):
        data = self.folder / "data"
        as_user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        data.mkdir()
        if as_user:
            shutil.chown(data, "postgres", "postgres")
        subprocess.run([POSTGRES / "initdb", "-D", data, "-U", "wh", "--auth=trust", "--no-sync", "--encoding=UTF8",
                        "--locale=C.UTF-8"], check=True, capture_output=True, cwd="/", **as_user)  # fmt: skip
        process = subprocess.Popen([POSTGRES / "postgres", "-D", data, "-k", data, "-c", "listen_addresses=", "-c", "fsync=off"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **as_user)  # fmt: skip
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return f"host={data} user=wh dbname=postgres"

    def type_the_commands(self):
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "vault").write_text(VAULT)
        (tools / "vault").chmod(0o755)
        commands = "".join(block.text for block in self.blocks if block.language == "sh")
        self.assertIn("vault policy write", commands)
        address = {"VAULT_ADDR": f"https://localhost:{self.server.server_port}", "VAULT_CACERT": str(self.ca)}
        environment = {**self.environment, **address, "PATH": f"{tools}:{os.environ['PATH']}"}
        ended = subprocess.run(["bash", "-euc", commands], env=environment, capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.service.tokens["of-the-page"] = ["wisehosting"]

    def write_the_settings(self):
        text = next(block.text for block in self.blocks if block.language == "toml")
        settings = tomllib.loads(text)["key_service"]
        token = self.folder / "vault-token"
        token.write_text("of-the-page\n")
        token.chmod(0o600)
        here = {settings["address"]: f"https://localhost:{self.server.server_port}", settings["token_file"]: str(token),
                settings["ca_file"]: str(self.ca)}  # fmt: skip
        for theirs, ours in here.items():
            text = text.replace(theirs, ours)
        (self.home / "config/control-plane.toml").write_text(text, encoding="utf-8")

    def program(self, *words, **options):
        command = [PROGRAM, words[0], "--home", self.home, "--postgres.dsn", self.dsn, "--dashboard_port", "0", "--hub_port", "0",
                   *words[1:]]  # fmt: skip
        return options.pop("by", subprocess.run)(command, env=self.environment, text=True, **options)

    def until(self, what, holds):
        end = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), end, f"waited for {what}; asked: {self.service.calls}")
            time.sleep(0.1)

    def test_what_it_says_is_enough_and_its_policy_forbids_nothing_that_is_needed(self):
        self.dsn = self.database()
        self.type_the_commands()
        self.write_the_settings()
        log = self.folder / "log"
        self.until("PostgreSQL", lambda: self.program("migrate", capture_output=True).returncode == 0)

        with log.open("w") as out:
            plane = self.program("serve", by=subprocess.Popen, stdout=out, stderr=out)
            self.addCleanup(plane.wait)
            self.addCleanup(plane.kill)
            self.until("a data key", lambda: self.service.keys["wisehosting"]["values"] or plane.poll() is not None)
            self.assertIsNone(plane.poll(), log.read_text())
            rotated = self.program("rotate-master-key", capture_output=True)
            self.assertEqual(rotated.returncode, 0, rotated.stderr)
            plane.terminate()

        self.assertEqual(self.service.refused, [])
        self.assertEqual(self.service.keys["wisehosting"]["least"], 2, "older versions are given up")
        self.assertFalse((self.home / "secrets/master.key").exists(), "the master key is in the service alone")
        self.assertTrue(any(call.startswith("update transit/decrypt/") for call in self.service.calls))
        secret = base64.b64decode(next(iter(self.service.keys["wisehosting"]["values"].values()))[0])
        self.assertNotIn(secret, log.read_bytes())

    def test_without_its_policy_nothing_starts(self):
        self.dsn = self.database()
        self.type_the_commands()
        self.write_the_settings()
        self.service.policies["wisehosting"] = []
        self.until("PostgreSQL", lambda: "cannot reach PostgreSQL" not in self.program("migrate", capture_output=True).stderr)

        ended = self.program("serve", capture_output=True, timeout=PATIENCE)

        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("403", ended.stdout + ended.stderr)


if __name__ == "__main__":
    unittest.main()
