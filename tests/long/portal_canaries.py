#!/usr/bin/env python3
"""portal_canaries.py BUILD [REPORTS]: whoever reports leaves no trace of where, with what and when.

Reports are sent from addresses of their own (127.77.x.y), with canaries in user agent, header, cookie,
query, referrer and the proxy's address header. Then the portal is killed with SIGSEGV, so that it would
leave a core file, and every byte that it has written (drop, status, keys, log, cores) is searched for each
canary as text, as bytes, in hexadecimal and base64, and every file's time for a minute of the reports.
Example: tests/long/portal_canaries.py build/dev
"""
import base64, os, resource, signal, socket, sys, time
from portal_lab import Portal


def spellings(text):
    raw = text.encode()
    for form in {raw, raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw).rstrip(b"="),
                 base64.b64encode(b"x" + raw)[4:-4], base64.b64encode(b"xx" + raw)[4:-4]}:
        if len(form) >= 6:
            yield form


def main(build, reports=200):
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    portal = Portal(build, source_header="x-real-ip")
    os.chdir(portal.folder)
    portal.start()
    canaries, thanked, began = set(), 0, time.time()
    for i in range(reports):
        mark = os.urandom(8).hex()
        source, proxied = f"127.77.{i % 250}.{i % 200 + 11}", f"203.0.113.{i % 250}"
        headers = [("User-Agent", f"agent-{mark}"), ("X-Canary", f"header-{mark}"), ("Cookie", f"c=cookie-{mark}"),
                   ("Referer", f"http://referrer-{mark}.example/"), ("X-Real-IP", proxied),
                   ("X-Forwarded-For", proxied), ("Accept-Language", f"en, x-{mark}")]
        portal.ask("GET", f"/en/?query-{mark}", headers=headers, source=source)
        thanked += portal.report({"text": f"http://address-{mark}.example/", "remarks": f"words {mark}",
                                  "answer": "mail", "email": f"mail-{mark}@canary.example"},
                                 headers=headers, source=source)
        canaries |= {mark, source, proxied}
    waiting = len(portal.dropped())
    portal.kill(signal.SIGSEGV)
    found, searched, dated = [], 0, []
    forms = [(text, form) for text in canaries for form in spellings(text)]
    forms += [(text, socket.inet_aton(text)) for text in canaries if text.startswith("127.77.")]
    for path in portal.files():
        content = open(path, "rb").read()
        searched += len(content)
        if os.path.basename(path) != "hotline.toml" and "/keys/" not in path and not path.endswith("/log"):
            if os.stat(path).st_mtime % 3600 != 0:
                dated.append(path)
        for text, form in forms:
            # Four bytes of a sealed file may be any address by chance: only in what is not sealed.
            if len(form) == 4 and "/drop/" in path:
                continue
            if form in content:
                found.append((text, os.path.basename(path)))
    cores = [path for path in portal.files() if "core" in os.path.basename(path)]
    print(f"{thanked} of {reports} reports thanked, {waiting} in the drop; {len(canaries)} canaries in "
          f"{len(forms)} spellings searched in {searched} bytes of {len(list(portal.files()))} files: "
          f"{len(found)} found; {len(cores)} core files after SIGSEGV; {len(dated)} files dated within the hour")
    for text, name in found[:10]:
        print("found", text, "in", name)
    return 0 if thanked == reports and waiting == reports and not (found or cores or dated) else 1


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] == "--help":
        print(__doc__)
        sys.exit(0 if "--help" in sys.argv else 2)
    sys.exit(main(os.path.abspath(sys.argv[1]), *map(int, sys.argv[2:])))
