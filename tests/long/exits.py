#!/usr/bin/env python3
"""exits.py [--bin build/bin] [--no-browser]: looks through real proxies, in a network of its own.

Examples:
  tests/long/exits.py
  tests/long/exits.py --bin build/dev/bin --no-browser

The world is that of ssrf.py: every address answers, a sniffer is the judge. In it stand tinyproxy (HTTP
CONNECT), microsocks and dante (SOCKS5), each leaving from an address of its own, so that what goes around
an exit is seen by where it comes from; and a SOCKS5 server of ours that takes names and users as Tor does.
Shown: the exit that a look names is the one it takes, for the page, its pictures and the browser; who looks
names up; a circuit for each look; nothing goes around an exit, not even when it is down; and no vector of
ssrf.py gets inside through one. Needs root, tinyproxy and microsocks; dante if it is there.
Exit code 0: all of it; 1: otherwise; 77: this machine cannot run it."""

import argparse
import collections
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import ssrf
import ssrf_pages
import ssrf_range as world
import ssrf_vectors as vectors

HTTP, SOCKS, DANTE, TOR, DOWN = "10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.4", "10.9.0.5"
EXITS = {"web": f"http://{HTTP}:3128", "micro": f"socks5://{SOCKS}:1080", "dante": f"socks5://{DANTE}:1081",
         "tor": f"socks5h://{TOR}:9050", "down": f"socks5://{DOWN}:1082"}
LEAVES = {"web": HTTP, "micro": SOCKS, "dante": DANTE, "tor": TOR}
FAR_HOST = world.HOME4  # Where the far end's own DNS says that every name is.


class Web(world.Web):
    def __init__(self, folder):
        self.from_where = collections.Counter()
        super().__init__(folder)

    def serve(self, connection, context):
        try:
            self.from_where[connection.getpeername()[0].removeprefix("::ffff:")] += 1
        except OSError:
            pass
        super().serve(connection, context)


class TorLike(threading.Thread):
    """SOCKS5 by name, any user: what Tor's SocksPort does with IsolateSOCKSAuth."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked = []  # (user, name or number)
        self.listener = socket.create_server((TOR, 9050), backlog=64)

    def run(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, client):
        take = lambda count: client.recv(count, socket.MSG_WAITALL)
        take(take(2)[1])
        client.sendall(b"\x05\x02")
        user = take(take(2)[1])
        take(take(1)[0])
        client.sendall(b"\x01\x00")
        kind = take(4)[3]
        name = take(take(1)[0]).decode() if kind == 3 else socket.inet_ntoa(take(4)) if kind == 1 else "v6"
        port = struct.unpack(">H", take(2))[0]
        self.asked.append((user, name))
        try:
            far = socket.create_connection((FAR_HOST if kind == 3 else name, port), 5, (TOR, 0))
        except OSError:
            client.sendall(b"\x05\x05\x00\x01" + bytes(6))
            return client.close()
        client.sendall(b"\x05\x00\x00\x01" + bytes(6))
        for one, other in ((client, far), (far, client)):
            threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    @staticmethod
    def pump(one, other):
        try:
            while part := one.recv(65536):
                other.sendall(part)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def proxies(folder):
    for address in (HTTP, SOCKS, DANTE, TOR, DOWN):
        subprocess.run(["ip", "addr", "add", address + "/32", "dev", "lo"], check=True)
    tiny, dante = os.path.join(folder, "tiny.conf"), os.path.join(folder, "dante.conf")
    pathlib.Path(tiny).write_text(f"User nobody\nPort 3128\nListen {HTTP}\nBind {HTTP}\nTimeout 60\nMaxClients 200\nLogLevel Critical\n")
    pathlib.Path(dante).write_text(f"logoutput: /dev/null\ninternal: {DANTE} port = 1081\nexternal: {DANTE}\nsocksmethod: none\n"
                                   "clientmethod: none\nuser.privileged: root\nuser.unprivileged: nobody\n"
                                   "client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\nsocks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\n")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen(["tinyproxy", "-d", "-c", tiny], **quiet),
               subprocess.Popen(["microsocks", "-i", SOCKS, "-p", "1080", "-b", SOCKS], **quiet),
               *([subprocess.Popen(["danted", "-f", dante, "-N", "2"], **quiet)] if shutil.which("danted") else [])]
    for place in ((HTTP, 3128), (SOCKS, 1080), (DANTE, 1081))[:len(started)]:
        for _ in range(100):
            try:
                socket.create_connection(place, 1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit(f"no proxy at {place}")
    return started


class Proof:
    def __init__(self, arguments, folder):
        self.browser = not arguments.no_browser
        self.sniffer = world.Sniffer({(world.RESOLVER, 53), (HTTP, 3128), (SOCKS, 1080), (DANTE, 1081), (TOR, 9050), (DOWN, 1082)})
        self.web, self.dns, self.tor = Web(folder), world.Dns(), TorLike()
        for thread in (self.sniffer, self.dns, self.tor):
            thread.start()
        self.fetcher = ssrf.Fetcher(arguments.bin, folder)
        exits = ", ".join(f'"{name}={where}"' for name, where in {"home": "direct", **EXITS}.items())
        config = pathlib.Path(self.fetcher.config)
        config.write_text(config.read_text().replace("[net]\n", f"[net]\nexits = [{exits}]\n"))
        self.web.page("/album", "<title>album</title><p>legitimate answer" + "".join(f"<img src=/p{n}.png>" for n in range(6)))
        self.questions = 0
        answers = self.dns.answers
        self.dns.answers = lambda name: (setattr(self, "questions", self.questions + 1), answers(name))[1]
        self.failed = []

    def expect(self, what, good, saw=""):
        print(f"  {'ok    ' if good else 'FAILED'} {what}{'' if good else ': ' + str(saw)}", flush=True)
        if not good:
            self.failed.append(what)

    def look(self, url, **how):
        self.web.from_where.clear()
        self.sniffer.leaks.clear()
        self.tor.asked.clear()
        self.questions = 0
        answer = self.fetcher.look(url, **how)
        time.sleep(0.2)
        return answer

    def run_exit(self, name):
        leaves = LEAVES.get(name)
        for browser in (False, True) if self.browser else (False,):
            answer = self.look("http://home.test/album", browser=browser, exit=name)
            sort = f"{name}, {'browser' if browser else 'plain'}"
            kept = answer["verdict"] == "answered" and world.MARK in answer["blobs"][0]
            self.expect(f"{sort}: the page and 6 pictures come", kept and len(answer.get("media", [])) >= 6, answer)
            self.expect(f"{sort}: the record names the exit", answer.get("exit") == name, answer.get("exit"))
            seen = set(self.web.from_where)
            self.expect(f"{sort}: all of it leaves there, nothing around it",
                        seen == {leaves} if leaves else not seen & set(LEAVES.values()), seen)
            by_name = name == "tor"
            self.expect(f"{sort}: names are looked up {'at the far end' if by_name else 'by us'}",
                        (self.questions == 0) == by_name, self.questions)
            self.expect(f"{sort}: nothing inside is touched", not self.sniffer.leaks, dict(self.sniffer.leaks))
        answer = self.look("https://home.test/album", browser=False, media=False, exit=name)
        self.expect(f"{name}, TLS: the page comes", answer["verdict"] == "answered" and world.MARK in answer["blobs"][0], answer)

    def run_tor(self):
        users = []
        for _ in range(2):
            self.look("http://home.test/album", browser=False, exit="tor")
            users.append({user for user, _ in self.tor.asked})
            self.expect("tor: it is told the name, not a number", {name for _, name in self.tor.asked} == {"home.test"}, self.tor.asked)
        self.expect("tor: one circuit a look, another for the next",
                    all(len(one) == 1 and len(next(iter(one))) >= 16 for one in users) and users[0] != users[1], users)
        onion = "http://" + "a" * 56 + ".onion/album"
        answer = self.look(onion, browser=False, media=False)
        self.expect("an onion service takes tor by itself", answer["verdict"] == "answered" and answer.get("exit") == "tor", answer)
        self.expect("and no DNS is asked for it", self.questions == 0, self.questions)
        answer = self.look(onion, browser=False, media=False, exit="micro")
        self.expect("an onion service by another exit is refused, no DNS asked",
                    answer["verdict"] != "answered" and self.questions == 0 and not self.web.from_where, answer)

    def run_down(self):
        for browser in (False, True) if self.browser else (False,):
            answer = self.look("http://home.test/album", browser=browser, exit="down")
            self.expect("an exit that is down: no page, and no other way is taken",
                        answer["verdict"] != "answered" and not self.web.from_where, (answer.get("verdict"), self.web.from_where))
        answer = self.look("http://home.test/album", browser=False, exit="none")
        self.expect("an exit that is not in the policy is refused",
                    answer.get("verdict") != "answered" and not self.web.from_where, answer.get("verdict"))

    def run_inside(self, name):
        by_name = name == "tor"
        home = f"http://{world.HOME4}"
        addresses = [f"http://{host}/" for host in vectors.literals() + vectors.specials6()] + vectors.schemes()
        addresses += [home + path for path in vectors.redirects(self.web)] + vectors.confusions("10.0.0.1")
        if not by_name:  # Where a name leads is the far end's business with Tor: none of us is there.
            addresses += [f"http://{host}/page" for host in vectors.names() + vectors.rebinding() + vectors.mixed()]
        self.sniffer.leaks.clear()
        ssrf.Proof.many(self, addresses, exit=name)
        count = len(addresses)
        if self.browser:
            paths, borne = ssrf_pages.make(self.web, 24)
            for path in paths:
                self.fetcher.look(home + path, browser=True, exit=name)
            count += borne
        time.sleep(0.5)
        self.expect(f"{name}: 0 of {count} vectors get inside through it", not self.sniffer.leaks, dict(self.sniffer.leaks))

    def control(self):
        """A careless client of the same proxies must be seen, or the judge is blind."""
        self.sniffer.leaks.clear()
        for place, *words in (((SOCKS, 1080), b"\x05\x01\x00", b"\x05\x01\x00\x01\x0a\x00\x00\x01\x00\x50"),
                              ((HTTP, 3128), b"CONNECT 10.0.0.2:80 HTTP/1.1\r\nHost: 10.0.0.2:80\r\n\r\n")):
            with socket.create_connection(place, 5) as careless:
                for word in words:
                    careless.sendall(word)
                    time.sleep(0.3)
        self.expect("control: a careless client of these proxies does get inside", len(self.sniffer.leaks) == 2, dict(self.sniffer.leaks))

    def run(self):
        begun = time.monotonic()
        self.control()
        if not shutil.which("danted"):
            del LEAVES["dante"]
        for name in ("home", *LEAVES):
            self.run_exit(name)
        self.run_tor()
        self.run_down()
        for name in LEAVES:
            self.run_inside(name)
        print(f"{len(self.failed)} failed, {self.sniffer.connections} connections seen, {time.monotonic() - begun:.0f} s")
        return 1 if self.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=str(ssrf.ROOT / "build" / "bin"))
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "tinyproxy", "microsocks"))):
            print("exits.py needs root, unshare, tinyproxy and microsocks")
            return 77
        return subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable,
                               __file__, "--inside", *sys.argv[1:]]).returncode
    world.enter()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        started = proxies(folder)
        try:
            return Proof(arguments, folder).run()
        finally:
            for one in started:
                one.terminate()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # Servers of the range are still listening.
