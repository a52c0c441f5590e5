"""An HTTP server on 127.0.0.1 for tests, with faults that a path asks for.

server.py DIR PORT_FILE [CERTIFICATE_AND_KEY]

Serves the files of DIR and writes its port to PORT_FILE when it listens. It ends by itself: when
its parent does, or after LIMIT_S. A path is /WISH/WISH/.../FILE; a wish is a word or word=value:

    plain          no ranges (else ranges, If-Range, a strong ETag and Last-Modified)
    weak           a weak ETag and no Last-Modified, so that nothing identifies the bytes
    dated          no ETag, Last-Modified of yesterday
    chunked        no length, chunks (ranges do not apply)
    endless        HTTP/1.0, neither length nor chunks
    fail=503*2     the first two requests of this path get that status (without *: all)
    cut=1000*3     the first three bodies break off after 1000 bytes (without *: all)
    rst            ... by a reset instead of an orderly end
    slow=20        milliseconds before every 64 KiB of a body
    hang=2         the first two bodies never come
    longer=5       Content-Length says 5 bytes more than there are
    change=2       after two requests the object is another one
    grow=2         after two requests it is longer, and the ETag stays as it was
    hop=3          three redirects before the file;  hop=x: without end
    to=URL         one redirect to URL, with / written as !
    coding=gzip    Content-Encoding
    lock           only for user "me" with password "s3cret"
    half           206 with the first 100000 bytes, whatever is asked, and a weak ETag
    wrong          206 with another range than was asked for
    open=2         the first two responses wait for each other: both must be under way at once
    tag=x          nothing; makes another path of it

The same path twice counts its requests together. GET /=requests/PATH gives how many there were of a
path, /=peak the greatest number that were under way at once since it was last asked.
"""
import base64
import email.utils
import http.server
import os
import socket
import ssl
import struct
import sys
import threading
import time

LIMIT_S = 300
PIECE = 65536


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, address):
        pass  # broken connections are what it is for


class Counts:
    def __init__(self):
        self.lock = threading.Lock()
        self.requests, self.now, self.peak = {}, 0, 0
        self.changed = threading.Condition(self.lock)

    def count(self, path):
        with self.lock:
            self.requests[path] = self.requests.get(path, 0) + 1
            self.changed.notify_all()
            return self.requests[path]

    def wait_for(self, path, n):
        with self.lock:
            self.changed.wait_for(lambda: self.requests[path] >= n, 5)

    def enter(self, step):
        with self.lock:
            self.now += step
            self.peak = max(self.peak, self.now)

    def take_peak(self):
        with self.lock:
            peak, self.peak = self.peak, 0
            return peak


COUNTS = Counts()


def times(value, nth):
    """The number in "1000*3", or None when the nth request is not among the first three."""
    number, _, limit = value.partition("*")
    return int(number) if not limit or nth <= int(limit) else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def plain_answer(self, status, fields=(), text=b""):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def wishes(self):
        words = self.path.split("?")[0].strip("/").split("/")
        return words[-1], dict(word.partition("=")[::2] for word in words[:-1])

    def do_GET(self):
        if self.path.startswith("/="):
            name, _, path = self.path[2:].partition("/")
            number = COUNTS.take_peak() if name == "peak" else COUNTS.requests.get("/" + path, 0)
            return self.plain_answer(200, (), b"%d\n" % number)
        nth = COUNTS.count(self.path)
        name, wish = self.wishes()
        COUNTS.enter(1)
        try:
            self.answer(name, wish, nth)
        finally:
            COUNTS.enter(-1)

    def answer(self, name, wish, nth):
        if "fail" in wish and (status := times(wish["fail"], nth)):
            return self.plain_answer(status)
        if "hop" in wish and wish["hop"] != "0":
            left = wish["hop"] if wish["hop"] == "x" else str(int(wish["hop"]) - 1)
            return self.plain_answer(302, [("Location", self.path.replace("hop=" + wish["hop"], "hop=" + left))])
        if "to" in wish:
            return self.plain_answer(301, [("Location", wish["to"].replace("!", "/"))])
        if "lock" in wish and self.headers.get("Authorization") != \
                "Basic " + base64.b64encode(b"me:s3cret").decode():
            return self.plain_answer(401, [("WWW-Authenticate", 'Basic realm="x"')])
        if "open" in wish and nth <= int(wish["open"]):
            COUNTS.wait_for(self.path, int(wish["open"]))
        try:
            with open(os.path.join(self.server.directory, name), "rb") as file:
                data = file.read()
        except OSError:
            return self.plain_answer(404)
        self.send_object(data, wish, nth)

    def send_object(self, data, wish, nth):
        changed = "change" in wish and nth > int(wish["change"])
        if "grow" in wish and nth > int(wish["grow"]):
            data += b"1\n"
        fields = [("ETag", 'W/"a"' if {"weak", "half"} & wish.keys() else '"b"' if changed else '"a"')]
        modified = email.utils.formatdate(time.time() - 86400 * (1 if changed else 2), usegmt=True)
        if "dated" in wish:
            modified = email.utils.formatdate(int(time.time()) // 86400 * 86400 - 86400, usegmt=True)
            fields = []
        if not {"weak", "half"} & wish.keys():
            fields.append(("Last-Modified", modified))
        ranges = not {"plain", "chunked", "endless", "half"} & wish.keys()
        status, begin, end = 200, 0, len(data)
        asked = self.headers.get("Range") if ranges else None
        condition = self.headers.get("If-Range")
        if asked and (not condition or condition in [value for _, value in fields]):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            begin, end = int(first), min(int(last) + 1 if last else end, end)
            if begin >= len(data):
                return self.plain_answer(416, [("Content-Range", f"bytes */{len(data)}")])
            status = 206
            shown = begin + ("wrong" in wish)
            fields.append(("Content-Range", f"bytes {shown}-{end - 1}/{len(data)}"))
        if "half" in wish:
            status, begin, end = 206, 0, 100000
            fields.append(("Content-Range", f"bytes 0-{end - 1}/{len(data)}"))
        if ranges:
            fields.append(("Accept-Ranges", "bytes"))
        if "coding" in wish:
            fields.append(("Content-Encoding", wish["coding"]))
        self.send_body(status, fields, data[begin:end], wish, nth)

    def send_body(self, status, fields, body, wish, nth):
        if "endless" in wish:
            self.protocol_version = "HTTP/1.0"
            self.close_connection = True
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        if "chunked" in wish:
            self.send_header("Transfer-Encoding", "chunked")
        elif "endless" not in wish:
            self.send_header("Content-Length", str(len(body) + int(wish.get("longer", "0"))))
        self.end_headers()
        if "hang" in wish and nth <= int(wish["hang"]):
            time.sleep(LIMIT_S)
        cut = times(wish["cut"], nth) if "cut" in wish else None
        for at in range(0, min(len(body), len(body) if cut is None else cut), PIECE):
            time.sleep(int(wish.get("slow", "0")) / 1000)
            piece = body[at:at + PIECE] if cut is None else body[at:min(at + PIECE, cut)]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if "chunked" in wish else piece)
        if cut is not None and cut < len(body) or "longer" in wish:
            self.break_off("rst" in wish)
        elif "chunked" in wish:
            self.wfile.write(b"0\r\n\r\n")

    def break_off(self, reset):
        self.wfile.flush()
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


def end_with_parent():
    parent, began = os.getppid(), time.monotonic()
    while os.getppid() == parent and time.monotonic() - began < LIMIT_S:
        time.sleep(0.1)
    os._exit(0)


def main(directory, port_file, certificate=None):
    server = Server(("127.0.0.1", 0), Handler)
    server.directory = directory
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=end_with_parent, daemon=True).start()
    with open(port_file + ".new", "w") as file:
        print(server.server_address[1], file=file)
    os.rename(port_file + ".new", port_file)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
