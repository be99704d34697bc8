#!/usr/bin/env python3
"""portal_timing.py BUILD [SAMPLES]: does the time or the length of an answer tell whether a code is one of ours?

Asks for the status of four kinds of code in turn over one connection (a valid one, one that nobody has, one
of another portal's status folder, and one that is no code), SAMPLES of each, shuffled. Prints Welch's t for
each pair (fails at 4.5) and the sizes of all answers.
Example: tests/long/portal_timing.py build/dev 2000
"""
import itertools, math, os, random, socket, statistics, sys, time, urllib.parse
from portal_lab import Portal

KINDS = ("valid", "unknown", "other portal's", "malformed")


def receipts(portal):
    import re
    codes = {}
    for kind in KINDS[:3]:
        state = portal.state()
        body = urllib.parse.urlencode({"state": state, "answer": "code", "text": "http://gallery.example/" + kind}).encode()
        page = portal.ask("POST", "/en/quick", body, [("Content-Type", "application/x-www-form-urlencoded")])
        codes[kind] = re.search(rb'<bdi class="code" dir="ltr">([^<]*)<', page).group(1).decode()
    codes["malformed"] = codes["unknown"][:-1] + ("0" if codes["unknown"][-1] != "0" else "1")
    return codes


def main(build, samples=2000):
    portal = Portal(build).start()
    codes = receipts(portal)
    # What the worker would write: the parcels of the first and, for another portal, of the third.
    for kind, folder in (("valid", "status"), ("other portal's", "elsewhere")):
        import subprocess
        subprocess.run([f"{build}/bin/drop_list", "parcel", f"{portal.folder}/{folder}", codes[kind]], check=True)
    asked = [kind for kind in KINDS for _ in range(samples)]
    random.shuffle(asked)
    times, sizes = {kind: [] for kind in KINDS}, {kind: set() for kind in KINDS}
    requests = {}
    for kind, code in codes.items():
        body = urllib.parse.urlencode({"code": code}).encode()
        requests[kind] = (b"POST /en/check HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                          b"Content-Length: %d\r\n\r\n" % len(body)) + body
    connection = socket.create_connection(("127.0.0.1", portal.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for kind in asked:
        begin = time.perf_counter()
        connection.sendall(requests[kind])
        got = connection.recv(65536)
        head = got.index(b"\r\n\r\n") + 4
        length = int(got.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(got) < head + length:
            got += connection.recv(65536)
        times[kind].append((time.perf_counter() - begin) * 1e3)
        sizes[kind].add(len(got))
    portal.kill()
    worst = 0
    for one, other in itertools.combinations(KINDS, 2):
        a, b = times[one], times[other]
        t = (statistics.fmean(a) - statistics.fmean(b)) / math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
        worst = max(worst, abs(t))
        print(f"{one:15} {statistics.fmean(a):8.3f} ms   {other:15} {statistics.fmean(b):8.3f} ms   t {t:6.2f}")
    print(f"{samples} samples of each; largest |t| {worst:.2f}; sizes of answers: {sorted(set().union(*sizes.values()))}")
    return 0 if worst < 4.5 and len(set().union(*sizes.values())) == 1 else 1


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] == "--help":
        print(__doc__)
        sys.exit(0 if "--help" in sys.argv else 2)
    sys.exit(main(os.path.abspath(sys.argv[1]), *map(int, sys.argv[2:])))
