"""A git server that means no good; prints "listening on 127.0.0.1:PORT" and ends when its standard input closes.

/redirect/… answers 302 to TARGET (the first argument), /flood/… sends gzip of zeros without end,
/trickle/… says nothing at all, /ask/… wants a password.
"""

import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TARGET = sys.argv[1]
NEVER = threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        kind = self.path.split("/")[1]
        if kind == "redirect":
            self.send_response(302)
            self.send_header("Location", TARGET + self.path)
            self.end_headers()
        elif kind == "flood":
            self.flood()
        elif kind == "ask":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="give me your token"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            NEVER.wait()

    def flood(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-git-upload-pack-advertisement")
        self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        try:
            self.wfile.write(packer.compress(b"001e# service=git-upload-pack\n0000"))
            while True:
                self.wfile.write(packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH))
        except OSError:
            pass

    def log_message(self, format, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.buffer.read()
