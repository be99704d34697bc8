"""The hostile servers of zoo.py. Each animal is a function that gets a connection and the request's
head and does its worst; the name says what. Bodies are zeros and shapes of noise, nothing more."""

import gzip
import os
import socket
import ssl
import subprocess
import threading
import time
import zlib

LIMIT = 40.0  # No animal outlives this, so that the zoo can close.
SLOW = set()
ANIMALS = {}


def animal(function, slow=False):
    name = function.__name__.replace("_", "-")
    ANIMALS[name] = function
    if slow:
        SLOW.add(name)
    return function


def slow(function):
    return animal(function, True)


def head(length=None, kind="text/html", more=""):
    size = f"Content-Length: {length}\r\n" if length is not None else ""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{size}{more}\r\n".encode()


def ok(body, kind="text/html", more=""):
    return head(len(body), kind, more + "Connection: close\r\n") + body


def drip(connection, pieces, pause):
    end = time.monotonic() + LIMIT
    for piece in pieces:
        if time.monotonic() > end:
            return
        connection.sendall(piece)
        time.sleep(pause)


def forever(piece):
    while True:
        yield piece


# --- slow ------------------------------------------------------------------------------------------

@slow
def mute(c, h): time.sleep(LIMIT)
@slow
def drip_status_line(c, h): drip(c, (bytes([b]) for b in b"HTTP/1.1 200 OK" + b"k" * 500), 0.5)
@slow
def drip_headers(c, h): c.sendall(b"HTTP/1.1 200 OK\r\n"); drip(c, forever(b"X-A: b\r\n"), 0.3)
@slow
def drip_header_bytes(c, h): c.sendall(b"HTTP/1.1 200 OK\r\nX-A: "); drip(c, forever(b"b"), 0.2)
@slow
def drip_body(c, h): c.sendall(head(100000)); drip(c, forever(b"d"), 0.2)
@slow
def drip_just_fast_enough(c, h): c.sendall(head(10**9)); drip(c, forever(b"d" * 120), 0.2)
@slow
def drip_chunks(c, h): c.sendall(head(None, more="Transfer-Encoding: chunked\r\n")); drip(c, forever(b"1\r\nd\r\n"), 0.3)
@slow
def stall_after_head(c, h): c.sendall(head(1000)); time.sleep(LIMIT)
@slow
def stall_in_the_middle(c, h): c.sendall(head(1000) + b"x" * 500); time.sleep(LIMIT)
@slow
def stall_after_redirect(c, h):
    if b"/next" in h: time.sleep(LIMIT)
    else: c.sendall(b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")
@slow
def slow_hops(c, h): time.sleep(4); c.sendall(b"HTTP/1.1 302 Found\r\nLocation: /" + str(time.time()).encode() + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
@slow
def never_reads(c, h): c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1); time.sleep(LIMIT)
@slow
def continue_forever(c, h): drip(c, forever(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.4)
@slow
def pictures_that_hang(c, h):
    if b"GET /p" in h: time.sleep(LIMIT)
    else: c.sendall(ok(b"".join(b"<img src=/p%d.png>" % i for i in range(400))))
@slow
def tar_pit(c, h): c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Slow: "); drip(c, forever(b"t"), 1.0)
@slow
def slow_gzip(c, h): c.sendall(head(None, more="Content-Encoding: gzip\r\n")); drip(c, (gzip.compress(b"a" * 9)[i:i + 1] for i in range(25)), 2)


# --- endless and large -----------------------------------------------------------------------------

@animal
def endless_body(c, h): c.sendall(head()); drip(c, forever(b"e" * 65536), 0)
@animal
def endless_chunked(c, h): c.sendall(head(None, more="Transfer-Encoding: chunked\r\n")); drip(c, forever(b"10000\r\n" + b"e" * 65536 + b"\r\n"), 0)
@animal
def endless_picture(c, h): c.sendall(head(None, "image/png") + b"\x89PNG\r\n\x1a\n"); drip(c, forever(b"e" * 65536), 0)
@animal
def endless_headers(c, h): c.sendall(b"HTTP/1.1 200 OK\r\n"); drip(c, forever(b"X-Filler: " + b"x" * 1000 + b"\r\n"), 0)
@animal
def one_endless_header(c, h): c.sendall(b"HTTP/1.1 200 OK\r\nX-Filler: "); drip(c, forever(b"x" * 65536), 0)
@animal
def a_million_small_headers(c, h): c.sendall(b"HTTP/1.1 200 OK\r\n"); drip(c, forever(b"a:b\r\n" * 5000), 0)
@animal
def endless_status_line(c, h): c.sendall(b"HTTP/1.1 200 "); drip(c, forever(b"O" * 65536), 0)
@animal
def endless_early_hints(c, h): drip(c, forever(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), 0)
@animal
def endless_trailers(c, h): c.sendall(head(None, more="Transfer-Encoding: chunked\r\n") + b"1\r\na\r\n0\r\n"); drip(c, forever(b"X-T: " + b"x" * 1000 + b"\r\n"), 0)
@animal
def endless_chunk_extension(c, h): c.sendall(head(None, more="Transfer-Encoding: chunked\r\n") + b"1;"); drip(c, forever(b"e" * 65536), 0)
@animal
def endless_before_status(c, h): drip(c, forever(b"\r\n" * 1000), 0)
@animal
def endless_zero_bytes(c, h): drip(c, forever(b"\0" * 65536), 0)
@animal
def says_huge_sends_little(c, h): c.sendall(head(10**18) + b"x" * 100)
@animal
def huge_cookies(c, h): c.sendall(ok(b"<p>a", more="".join(f"Set-Cookie: c{i}={'x' * 3000}\r\n" for i in range(35))))
@animal
def ten_thousand_cookies(c, h): c.sendall(ok(b"<p>a", more="".join(f"Set-Cookie: c{i}=x\r\n" for i in range(10000))))
@animal
def huge_location(c, h): c.sendall(b"HTTP/1.1 302 Found\r\nLocation: /" + b"a" * 90000 + b"\r\nContent-Length: 0\r\n\r\n")
@animal
def page_of_20_mib(c, h): c.sendall(ok(b"<p>" + b"a " * (10 << 20)))
@animal
def hundred_pictures_of_1_mib(c, h):
    if b"GET /p" in h: c.sendall(ok(b"\x89PNG\r\n\x1a\n" + b"x" * (1 << 20), "image/png"))
    else: c.sendall(ok(b"".join(b"<img src=/p%d.png>" % i for i in range(100))))
@animal
def a_million_pictures(c, h): c.sendall(ok(b"".join(b"<img src=http://127.0.0.1:1/%d>" % i for i in range(100000))))
@animal
def deep_page(c, h): c.sendall(ok(b"<div>" * 400000))
@animal
def page_of_attributes(c, h): c.sendall(ok(b"<p " + b"".join(b"a%d=1 " % i for i in range(100000)) + b">"))
@animal
def unclosed_comment(c, h): c.sendall(ok(b"<!--" * 1000000))


# --- bombs -----------------------------------------------------------------------------------------

def bomb(wbits, times):
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(times)) + packer.flush()


BOMB = bomb(31, 200)


@animal
def gzip_bomb(c, h): c.sendall(ok(BOMB, more="Content-Encoding: gzip\r\n"))
@animal
def gzip_bomb_as_picture(c, h): c.sendall(ok(BOMB, "image/png", "Content-Encoding: gzip\r\n"))
@animal
def gzip_twice(c, h): c.sendall(ok(gzip.compress(BOMB), more="Content-Encoding: gzip, gzip\r\n"))
@animal
def gzip_ten_times(c, h):
    inner = BOMB[:100000]
    for _ in range(9): inner = gzip.compress(inner)
    c.sendall(ok(inner, more="Content-Encoding: " + ", ".join(["gzip"] * 10) + "\r\n"))
@animal
def deflate_bomb(c, h): c.sendall(ok(bomb(15, 200), more="Content-Encoding: deflate\r\n"))
@animal
def brotli_garbage(c, h): c.sendall(ok(os.urandom(100000), more="Content-Encoding: br\r\n"))
@animal
def gzip_members_without_end(c, h): c.sendall(head(None, more="Content-Encoding: gzip\r\n")); drip(c, forever(gzip.compress(b"") * 1000), 0)
@animal
def gzip_cut(c, h): c.sendall(ok(gzip.compress(b"<p>" + os.urandom(10000))[:500], more="Content-Encoding: gzip\r\n"))
@animal
def gzip_says_but_is_not(c, h): c.sendall(ok(b"<p>plain", more="Content-Encoding: gzip\r\n"))
@animal
def unknown_encoding(c, h): c.sendall(ok(b"<p>plain", more="Content-Encoding: zoo\r\n"))
@animal
def bomb_in_redirect(c, h): c.sendall(b"HTTP/1.1 302 Found\r\nLocation: /x" + str(time.time()).encode() + f"\r\nContent-Encoding: gzip\r\nContent-Length: {len(BOMB)}\r\nConnection: close\r\n\r\n".encode() + BOMB)
@animal
def picture_bomb_on_page(c, h):
    if b"GET /p" in h: c.sendall(ok(BOMB, "image/png", "Content-Encoding: gzip\r\n"))
    else: c.sendall(ok(b"".join(b"<img src=/p%d.png>" % i for i in range(60))))


# --- broken framing --------------------------------------------------------------------------------

@animal
def two_lengths(c, h): c.sendall(head(5, more="Content-Length: 500\r\n") + b"<p>ab")
@animal
def negative_length(c, h): c.sendall(head(-5) + b"<p>ab")
@animal
def length_and_chunked(c, h): c.sendall(head(3, more="Transfer-Encoding: chunked\r\n") + b"5\r\n<p>ab\r\n0\r\n\r\n")
@animal
def chunk_size_overflow(c, h): c.sendall(head(None, more="Transfer-Encoding: chunked\r\n") + b"fffffffffffffffff\r\nx")
@animal
def chunk_size_garbage(c, h): c.sendall(head(None, more="Transfer-Encoding: chunked\r\n") + b"zz\r\nx\r\n")
@animal
def ends_in_chunk(c, h): c.sendall(head(None, more="Transfer-Encoding: chunked\r\n") + b"10\r\nx")
@animal
def shorter_than_said(c, h): c.sendall(head(1000) + b"<p>short")
@animal
def longer_than_said(c, h): c.sendall(head(3) + b"<p>long" * 100000)
@animal
def only_line_feeds(c, h): c.sendall(b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>a")
@animal
def folded_headers(c, h): c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type:\r\n text/html\r\n" + b" fold\r\n" * 10000 + b"\r\n<p>a")
@animal
def zero_in_headers(c, h): c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\0; a\r\nX\0: y\r\n\r\n<p>a")
@animal
def status_999(c, h): c.sendall(b"HTTP/1.1 999 Zoo\r\n\r\n<p>a")
@animal
def status_of_ten_digits(c, h): c.sendall(b"HTTP/1.1 2000000000 Zoo\r\n\r\n<p>a")
@animal
def http_nine(c, h): c.sendall(b"HTTP/9.9 200 OK\r\n\r\n<p>a")
@animal
def no_status_line(c, h): c.sendall(b"<p>like in 1991")
@animal
def switches_protocol(c, h): c.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: zoo\r\nConnection: Upgrade\r\n\r\n"); drip(c, forever(b"z" * 1000), 0.01)
@animal
def speaks_http2_at_once(c, h): c.sendall(b"\0\0\x12\4\0\0\0\0\0" + b"\0\3\0\0\0\x64" * 3 + b"\0\0\0\4\1\0\0\0\0" * 100)
@animal
def speaks_ssh(c, h): c.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
@animal
def resets(c, h): c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
@animal
def resets_in_body(c, h): c.sendall(head(1000) + b"<p>half"); time.sleep(0.1); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
@animal
def closes_at_once(c, h): pass
@animal
def asks_for_proxy_password(c, h): c.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n")
@animal
def asks_for_ntlm(c, h): c.sendall(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n")
@animal
def lies_about_type(c, h): c.sendall(ok(b"\x89PNG\r\n\x1a\n<script>", "text/html"))
@animal
def random_bytes(c, h): c.sendall(os.urandom(300000))


# --- redirects -------------------------------------------------------------------------------------

def to(place, status="302 Found"):
    return f"HTTP/1.1 {status}\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@animal
def redirect_to_itself(c, h): c.sendall(to("/"))
@animal
def redirect_without_end(c, h): c.sendall(to(f"/{time.time()}"))
@animal
def redirect_between_two(c, h): c.sendall(to("/b" if b"GET /a" in h else "/a"))
@animal
def redirect_grows(c, h): c.sendall(to("/" + "x" * (len(h) * 2)))
@animal
def redirect_nowhere(c, h): c.sendall(to("::::"))
@animal
def refresh_without_end(c, h): c.sendall(ok(f'<meta http-equiv=refresh content="0;url=/{time.time()}">'.encode()))
@animal
def redirect_with_body(c, h): c.sendall(b"HTTP/1.1 302 Found\r\nLocation: /a\r\n\r\n"); drip(c, forever(b"b" * 65536), 0)


@animal
def healthy(c, h): c.sendall(ok(b"<title>a page</title><p>healthy"))


# --- TLS -------------------------------------------------------------------------------------------

TLS = {}


def tls(function):
    TLS["tls-" + function.__name__.replace("_", "-")] = function
    return function


@tls
def self_signed(c, context): answer_tls(c, context["self"])
@tls
def expired(c, context): answer_tls(c, context["expired"])
@tls
def of_another_name(c, context): answer_tls(c, context["self"])
@tls
def garbage_hello(c, context): c.sendall(os.urandom(4000))
@tls
def plain_http(c, context): c.sendall(ok(b"<p>plain"))
@tls
def alert(c, context): c.recv(100); c.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
@tls
def silent_hello(c, context): time.sleep(LIMIT)
@tls
def drip_hello(c, context): drip(c, (bytes([b]) for b in b"\x16\x03\x03\x40\x00" + b"\2" * 1000), 0.5)
@tls
def endless_hello(c, context): drip(c, forever(b"\x16\x03\x03\x40\x00" + b"\2" * 0x4000), 0)
@tls
def endless_alerts(c, context): drip(c, forever(b"\x15\x03\x03\x00\x02\x01\x5a" * 1000), 0)
@tls
def big_chain(c, context): answer_tls(c, context["chain"])
@tls
def body_without_end(c, context):
    with context["self"].wrap_socket(c, server_side=True) as t:
        t.recv(8192); t.sendall(head()); drip(t, forever(b"e" * 65536), 0)


SLOW |= {"tls-silent-hello", "tls-drip-hello"}


def answer_tls(c, context):
    with context.wrap_socket(c, server_side=True) as t:
        t.recv(8192)
        t.sendall(ok(b"<p>behind TLS"))


def contexts(folder):
    def make(name, days, more=()):
        path = os.path.join(folder, name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other.test", "-keyout", path,
                        "-out", path + ".crt", "-days", str(days), *more], check=True, capture_output=True)
        return path

    plain = make("self", 5)
    expired_key = os.path.join(folder, "expired")
    subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", expired_key, "-out", expired_key + ".csr"],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", expired_key + ".csr", "-signkey", expired_key, "-out", expired_key + ".crt", "-days", "0"],
                   check=True, capture_output=True)
    certificate = open(plain + ".crt").read()
    with open(os.path.join(folder, "chain.crt"), "w") as chain:
        chain.write(certificate * 60)
    found = {}
    for name, cert, key in (("self", plain + ".crt", plain), ("expired", expired_key + ".crt", expired_key),
                            ("chain", os.path.join(folder, "chain.crt"), plain)):
        found[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found[name].load_cert_chain(cert, key)
    return found


class Zoo:
    def __init__(self, folder):
        self.contexts = contexts(folder)
        self.ports = {}
        for name, function in list(ANIMALS.items()) + list(TLS.items()):
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", 0))
            listener.listen(1024)
            self.ports[name] = listener.getsockname()[1]
            threading.Thread(target=self.accept, args=(name, function, listener), daemon=True).start()

    def names(self):
        return list(self.ports)

    def address(self, name):
        return f"{'https' if name in TLS else 'http'}://127.0.0.1:{self.ports[name]}/"

    def accept(self, name, function, listener):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.serve, args=(name, function, connection), daemon=True).start()

    def serve(self, name, function, connection):
        try:
            connection.settimeout(LIMIT)
            if name in TLS:
                function(connection, self.contexts)
                return
            request = b""
            while b"\r\n\r\n" not in request:
                more = connection.recv(8192)
                if not more:
                    return
                request += more
            function(connection, request)
        except (OSError, ssl.SSLError, ValueError):
            pass
        finally:
            connection.close()
