"""A world of its own for ssrf.py: a network namespace in which every address is somebody.

All addresses lead to the loopback here, so that a connection to anywhere is answered and seen. Two
documentation networks play the public internet (PUBLIC); all else is an inside that nobody may
reach. A packet sniffer is the judge: any new connection or datagram to an address outside PUBLIC is
a leak, whoever sent it and whether or not it was answered."""

import collections
import ipaddress
import os
import re
import socket
import ssl
import struct
import subprocess
import threading
import urllib.parse

PUBLIC = [ipaddress.ip_network("198.51.100.0/24"), ipaddress.ip_network("2001:db8:1::/48")]
RESOLVER = "192.0.2.53"
HOME4, HOME6 = "198.51.100.10", "2001:db8:1::10"
WEB_PORTS = (80, 8000, 8080, 8888)
TLS_PORTS = (443, 8443)
MARK = b"legitimate answer"
PNG = b"\x89PNG\r\n\x1a\n" + MARK


def enter():
    """Call inside a fresh network namespace."""
    for command in ("ip link set lo up", "ip route add local 0.0.0.0/0 dev lo", "ip -6 route add local ::/0 dev lo"):
        subprocess.run(command.split(), check=True)


def public(address):
    return any(address in network for network in PUBLIC)


class Sniffer(threading.Thread):
    """Sees all packets of the loopback."""

    def __init__(self, allowed):
        super().__init__(daemon=True)
        self.allowed = allowed  # (address text, port)
        self.leaks = collections.Counter()
        self.connections = 0
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
        self.socket.bind(("lo", 0))

    def run(self):
        while True:
            packet, where = self.socket.recvfrom(2000)
            if where[2] == socket.PACKET_OUTGOING:
                self.look(packet[14:], where[1])

    def look(self, packet, kind):
        if kind == 0x0800:
            address, protocol, rest = ipaddress.ip_address(packet[16:20]), packet[9], packet[(packet[0] & 15) * 4:]
        elif kind == 0x86DD:
            address, protocol, rest = ipaddress.ip_address(packet[24:40]), packet[6], packet[40:]
        else:
            return
        if len(rest) < 14 or protocol not in (6, 17):
            return
        source, port = struct.unpack(">HH", rest[:4])
        if protocol == 6 and rest[13] & 0x12 != 2:
            return  # Only the first packet of a connection.
        if (str(address), port) in self.allowed or (protocol == 17 and source == 53):
            return
        self.connections += 1
        if not public(address):
            self.leaks[f"{'tcp' if protocol == 6 else 'udp'} {address} {port}"] += 1


class Dns(threading.Thread):
    """Names say what they answer: a-HEX[-HEX…].test all of them, flipN-HEX-HEX.test the first address
    for N questions and then the second, cname-HEX.test by two aliases, home.test is HOME."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked = collections.Counter()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((RESOLVER, 53))

    def answers(self, name):
        label = name.split(".")[0]
        if not name.endswith(".test"):
            return None
        kind, _, rest = label.partition("-")
        if kind == "home":
            return [HOME4, HOME6]
        if kind == "xn":
            return [HOME4]
        if kind == "cname":
            return ["alias-" + rest + ".test"]
        if kind == "alias":
            return ["a-" + rest + ".test"]
        flip = re.fullmatch(r"flip(\d+)", kind)
        if kind != "a" and not flip:
            return None
        addresses = [str(ipaddress.ip_address(bytes.fromhex(word))) for word in rest.split("-")]
        if flip:
            self.asked[name] += 1
            addresses = addresses[:1] if self.asked[name] <= int(flip[1]) else addresses[1:]
        return addresses

    def run(self):
        while True:
            query, where = self.socket.recvfrom(1500)
            try:
                self.socket.sendto(self.reply(query), where)
            except (ValueError, IndexError, OSError):
                pass

    def reply(self, query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin1"))
            at += 1 + query[at]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        question, name = query[12:at + 5], ".".join(labels).lower()
        records, count, exists = b"", 0, False
        for _ in range(6):
            found = self.answers(name)
            if found is None:
                break
            exists, alias = True, None
            for value in found:
                if value.endswith(".test"):
                    alias, rdata, code = value, wire(value), 5
                else:
                    address = ipaddress.ip_address(value)
                    rdata, code = address.packed, 1 if address.version == 4 else 28
                    if code != kind:
                        continue
                records += wire(name) + struct.pack(">HHIH", code, 1, 0, len(rdata)) + rdata
                count += 1
            if alias is None:
                break
            name = alias
        flags = 0x8580 if exists else 0x8583
        return query[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + question + records


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


class Web:
    """Answers on every address. Pages, redirects and headers are registered by path."""

    def __init__(self, folder):
        self.pages = {}
        self.hits = collections.Counter()
        certificate = self.certificate(folder)
        for port in WEB_PORTS + TLS_PORTS:
            for family in (socket.AF_INET, socket.AF_INET6):
                listener = socket.socket(family, socket.SOCK_STREAM)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.bind(("" if family == socket.AF_INET else "::", port))
                listener.listen(512)
                threading.Thread(target=self.accept, args=(listener, certificate if port in TLS_PORTS else None),
                                 daemon=True).start()

    @staticmethod
    def certificate(folder):
        path = os.path.join(folder, "range.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=somebody.test", "-keyout", path, "-out", path + ".crt"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path + ".crt", path)
        return context

    def accept(self, listener, context):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.serve, args=(connection, context), daemon=True).start()

    def serve(self, connection, context):
        try:
            connection.settimeout(20)
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head and len(head) < 65536:
                more = connection.recv(8192)
                if not more:
                    return
                head += more
            path = head.split(b" ")[1].decode("latin1")
            here = ipaddress.ip_address(connection.getsockname()[0].split("%")[0])
            self.hits[(public(here), path)] += 1
            connection.sendall(self.answer(path))
        except (OSError, IndexError, ssl.SSLError):
            pass
        finally:
            connection.close()

    def answer(self, path):
        status, headers, body = "200 OK", [], PNG
        page = self.pages.get(urllib.parse.urlsplit(path).path)
        if page is not None:
            status, headers, body = page
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"] + headers
        if not any(line.lower().startswith("content-type") for line in headers):
            lines.append("Content-Type: image/png")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body

    def page(self, path, html, *headers):
        self.pages[path] = ("200 OK", ["Content-Type: text/html; charset=utf-8", *headers],
                            html.encode("utf-8", "surrogatepass"))

    def file(self, path, kind, text, *headers):
        self.pages[path] = ("200 OK", [f"Content-Type: {kind}", *headers], text.encode())

    def redirect(self, path, to, status="302 Found"):
        self.pages[path] = (status, [f"Location: {to}"], b"")
