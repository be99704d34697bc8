#!/usr/bin/env python3
"""portal_files.py BUILD: pushes a file at the portal in 500 and more ways and looks for its bytes on the disk.

Transport: multipart, PUT, PATCH, raw bodies, chunked, gzip, ranges, upload protocols, headers, query, path.
Text: every usual coding, in lines, groups and numbers, in every field, bare, in words and in an address.
Afterwards every file of the portal and every submission in the drop, opened with the hotline's key, is
searched for any 24 characters in a row of what was sent. The payload is noise behind the first bytes of a
JPEG; the portal's answers are read to their end, and none may take long.
Example: tests/long/portal_files.py build/dev
"""
import base64, binascii, gzip, json, os, quopri, sys, urllib.parse, zlib
from portal_lab import Portal

WINDOW = 40


def lines(text, width, between="\n"):
    return between.join(text[i:i + width] for i in range(0, len(text), width))


def codings(data):
    """(name, text): the file written down."""
    b64, hexed = base64.b64encode(data).decode(), data.hex()
    plain = {
        "base64": b64, "base64url": base64.urlsafe_b64encode(data).decode().rstrip("="), "hex": hexed, "HEX": hexed.upper(),
        "base32": base64.b32encode(data).decode(), "base85": base64.b85encode(data).decode(), "ascii85": base64.a85encode(data).decode(),
        "percent": "".join(f"%{b:02X}" for b in data), "escapes": "".join(f"\\x{b:02x}" for b in data),
        "u-escapes": "".join(f"\\u00{b:02x}" for b in data), "entities": "".join(f"&#{b};" for b in data),
        "gzip+base64": base64.b64encode(gzip.compress(data)).decode(), "zlib+hex": zlib.compress(data).hex(),
        "bits": "".join(f"{b:08b}" for b in data), "data-uri": "data:image/jpeg;base64," + b64,
    }
    wrapped = {f"{name} in {width}s": lines(text, width) for name, text in
               (("base64", b64), ("hex", hexed), ("base32", plain["base32"]), ("base85", plain["base85"]))
               for width in (32, 40, 60, 64, 76, 100)}
    grouped = {f"{name} by {width}": lines(text, width, " ") for name, text in (("base64", b64), ("hex", hexed))
               for width in (4, 5, 8, 10, 16, 20)}
    numbers = {
        "decimals": ", ".join(map(str, data)), "decimals ;": "; ".join(map(str, data)), "hex pairs": lines(hexed, 2, " "),
        "0x": ", ".join(f"0x{b:02x}" for b in data), "0x blanks": " ".join(f"0x{b:02X}" for b in data),
        "octets of bits": " ".join(f"{b:08b}" for b in data), "hex lines": "\n".join(lines(hexed[i:i + 32], 2, " ") for i in range(0, len(hexed), 32)),
        "hexdump": "\n".join(f"{i:08x}  " + lines(data[i:i + 16].hex(), 2, " ") for i in range(0, len(data), 16)),
        "quoted-printable": quopri.encodestring(data).decode("latin-1"),
        "uuencode": "begin 644 a.jpg\n" + "".join(binascii.b2a_uu(data[i:i + 45]).decode() for i in range(0, len(data), 45)) + "`\nend",
        "pem": "-----BEGIN FILE-----\n" + lines(b64, 64) + "\n-----END FILE-----",
        "latin-1": data.decode("latin-1"),
    }
    return {**plain, **wrapped, **grouped, **numbers}


def noise():
    return b"\xff\xd8\xff\xe0\x00\x10JFIF" + os.urandom(900)


def texts():
    """(name, fields, what must not be kept); every one is a file of its own"""
    def fresh(name):
        return codings(noise())[name]
    page = "http://gallery.example/a"
    for name, example in codings(noise()).items():
        for field in ("text", "elsewhere", "remarks"):
            text = fresh(name)
            yield f"{name} as {field}", {**({} if field == "text" else {"text": page}), field: text}, text
        text = fresh(name)
        yield f"{name} in words", {"text": page, "remarks": "I saw this: " + text + " and left."}, text
        text = fresh(name)
        yield f"{name} with an address", {"text": page + "\n" + text}, text
        if "\n" not in example and " " not in example:
            text = fresh(name)
            yield f"{name} in an address", {"text": "http://gallery.example/?q=" + text}, text
            text = fresh(name)
            yield f"{name} as a path", {"text": "https://gallery.example/" + text}, text


def transports(data, state):
    """(name, the bytes to send)"""
    b64 = base64.b64encode(data)
    part = (b'--b\r\nContent-Disposition: form-data; name="%s"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + data + b"\r\n--b--\r\n")
    def http(method, path, headers, body):
        head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n".encode()
        for name, value in headers:
            head += name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
        return head + b"\r\n" + body
    size = lambda body: ("Content-Length", str(len(body)))
    chunked = b"%x\r\n" % len(data) + data + b"\r\n0\r\n\r\n"
    form = f"state={state}&answer=none&text=".encode()
    for path in ("/", "/en/", "/en/report", "/en/quick", "/en/check", "/en/message", "/en/erase", "/upload", "/files/"):
        for field in (b"text", b"file", b"upload[]"):
            body = part % field if b"%" not in data else part.replace(b"%s", field)
            yield f"multipart {field.decode()} to {path}", http("POST", path, [("Content-Type", "multipart/form-data; boundary=b"), size(body)], body)
        for method in ("PUT", "PATCH", "POST", "DELETE", "MKCOL", "PROPFIND", "LOCK"):
            yield f"{method} {path}", http(method, path, [("Content-Type", "image/jpeg"), size(data)], data)
        for kind in ("application/octet-stream", "text/plain", "application/json", "image/jpeg", "application/offset+octet-stream", "message/rfc822"):
            yield f"{kind} to {path}", http("POST", path, [("Content-Type", kind), size(data)], data)
        for coding in ("gzip", "deflate", "br", "zstd", "x-gzip", "compress"):
            packed = gzip.compress(form + b64)
            yield f"{coding} body to {path}", http("POST", path, [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Encoding", coding), size(packed)], packed)
        yield f"chunked to {path}", http("POST", path, [("Content-Type", "application/x-www-form-urlencoded"), ("Transfer-Encoding", "chunked")], chunked)
        yield f"gzip chunked to {path}", http("POST", path, [("Transfer-Encoding", "gzip, chunked")], chunked)
        yield f"both lengths to {path}", http("POST", path, [("Transfer-Encoding", "chunked"), size(data)], chunked)
        yield f"tus to {path}", http("POST", path, [("Tus-Resumable", "1.0.0"), ("Upload-Length", str(len(data))), ("Upload-Metadata", "filename YS5qcGc="), size(b"")], b"")
        yield f"range to {path}", http("PUT", path, [("Content-Range", f"bytes 0-{len(data) - 1}/{len(data)}"), size(data)], data)
        yield f"query of {path}", http("GET", path + "?f=" + urllib.parse.quote(b64.decode()), [], b"")
        yield f"header of {path}", http("GET", path, [("X-File", b64), ("Cookie", b"f=" + b64), ("User-Agent", b64)], b"")
        yield f"trailing bytes to {path}", http("POST", path, [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "3")], b"a=b" + data)
        yield f"100-continue to {path}", http("PUT", path, [("Expect", "100-continue"), size(data)], data)
        yield f"upgrade at {path}", http("GET", path, [("Upgrade", "websocket"), ("Connection", "Upgrade")], data)
    yield "no HTTP at all", data
    yield "HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + data
    yield "HTTP/0.9", b"GET /" + b64 + b"\r\n"
    yield "raw in a form field", http("POST", "/en/quick", [("Content-Type", "application/x-www-form-urlencoded"), size(form + data)], form + data)
    for extra in ("application/x-www-form-urlencoded; charset=binary", "APPLICATION/X-WWW-FORM-URLENCODED"):
        body = form + urllib.parse.quote(data).encode()
        yield f"{extra} of octets", http("POST", "/en/quick", [("Content-Type", extra), size(body)], body)


def main(build):
    data = noise()
    portal = Portal(build).start()
    state, sent, thanked, ways = portal.state(), set(), 0, 0
    # Behind the first bytes, which all of them share and which say only what kind it was.
    windows = lambda text: {text[i:i + WINDOW] for i in range(96, len(text) - WINDOW, 4)}
    kept_ways = {}
    for name, bytes_ in transports(data, state):
        portal.raw(bytes_, timeout=5)
        ways += 1
    for name, fields, text in texts():
        good = portal.report({**fields, "elsewhere": fields.get("elsewhere", "")}, state)
        thanked += good
        ways += 1
        kept_ways[name] = windows(text)
    raw_windows = {data[i:i + 16] for i in range(0, len(data) - 16, 4)}
    b64 = base64.b64encode(data)
    on_disk = 0
    for path in portal.files():
        content = open(path, "rb").read()
        on_disk += any(window in content for window in raw_windows) or b64[8:48] in content
    stored = "\n".join(json.dumps(one, ensure_ascii=False) for _, one in portal.dropped() if one)
    # Both as it stands in JSON and as it was typed.
    plain = stored.replace("\\n", "\n").replace("\\\\", "\\").replace('\\"', '"')
    leaks = [name for name, parts in kept_ways.items() if any(w in stored or w in plain for w in parts)]
    kept = len(portal.dropped())
    portal.kill()
    print(f"{ways} ways tried, {thanked} texts thanked for, {kept} submissions kept without their payload; "
          f"files with payload bytes: {on_disk}; texts with {WINDOW} payload characters in a row: {len(leaks)}")
    for name in leaks:
        print("kept:", name)
    return 0 if ways >= 500 and not leaks and not on_disk else 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] == "--help":
        print(__doc__)
        sys.exit(0 if "--help" in sys.argv else 2)
    sys.exit(main(sys.argv[1]))
