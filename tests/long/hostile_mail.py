#!/usr/bin/env python3
"""hostile_mail.py BUILD_DIR: hostile strings through a real mail server, and back byte by byte.

Example:  unshare -mn python3 tests/long/hostile_mail.py build/dev

Runs in namespaces of its own (unshare -mn, as root): loopback only, its own /run and /var/spool.
Starts Debian's OpenSMTPD there, which hands every mail with its envelope to a small program; sends
with BUILD_DIR's hostile_mail; then compares what arrived with what was meant: sender, recipient, and
every byte of head and body. Only what the server adds on top (Return-Path, Delivered-To, Received)
may differ, and line ends, which a Unix mail server stores as LF. Exit 1 if anything differs."""
import email
import email.policy
import os
import pathlib
import subprocess
import sys
import tempfile
import time

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    print(__doc__)
    sys.exit(0 if "--help" in sys.argv else 2)
build = pathlib.Path(sys.argv[1])
work = pathlib.Path(tempfile.mkdtemp(prefix="hostile_mail."))
work.chmod(0o755)
arrived = work / "arrived"
arrived.mkdir()
arrived.chmod(0o777)
meant = work / "meant"
meant.mkdir()
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for place in ("/run", "/var/spool"):
    subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
os.makedirs("/var/spool/smtpd", mode=0o711)
keep = work / "keep.py"
keep.write_text(f"""#!/usr/bin/python3
import os, sys, time
name = {str(arrived)!r} + "/%d.%d" % (time.time_ns(), os.getpid())
with open(name + ".tmp", "wb") as file:
    file.write(b"\\0".join(os.fsencode(word) for word in sys.argv[1:]) + b"\\0" + sys.stdin.buffer.read())
os.rename(name + ".tmp", name + ".mail")
""")
keep.chmod(0o755)
conf = work / "smtpd.conf"
conf.write_text(f"""listen on 127.0.0.1 port 2525
smtp max-message-size 10M
action "keep" mda "{keep} %{{sender}} %{{rcpt}}" virtual {{ "@" = nobody }}
match from any for any action "keep"
""")
conf.chmod(0o600)
log = open(work / "smtpd.log", "wb")
server = subprocess.Popen(["smtpd", "-d", "-f", str(conf)], stdout=log, stderr=log)
version = subprocess.run(["smtpd", "-h"], capture_output=True, text=True).stderr.splitlines()[0]
time.sleep(2)
result = subprocess.run([str(build / "bin/hostile_mail"), str(meant), "2525"], capture_output=True, text=True)
print(result.stdout.strip())
print(result.stderr, file=sys.stderr)
expected = sorted(meant.glob("*.meant"))
for _ in range(300):
    if len(list(arrived.glob("*.mail"))) >= len(expected):
        break
    time.sleep(1)
time.sleep(2)
server.terminate()

ADDED = (b"return-path:", b"delivered-to:", b"received:")


def split(message):
    """The message without the headers that the server put on top."""
    lines = message.split(b"\n")
    while lines and lines[0].lower().startswith(ADDED):
        lines.pop(0)
        while lines and lines[0][:1] in (b" ", b"\t"):
            lines.pop(0)
    return b"\n".join(lines)


def key(message):
    head = message.split(b"\n\n")[0]
    return next((line for line in head.split(b"\n") if line.lower().startswith(b"message-id:")), b"")


wrong = 0
by_id = {}
for path in arrived.glob("*.mail"):
    sender, recipient, message = path.read_bytes().split(b"\0", 2)
    message = split(message)
    if key(message) in by_id:
        wrong += 1
        print("a mail arrived twice", key(message))
    by_id[key(message)] = (sender, recipient, message)
heads = 0
for path in expected:
    sender, recipient, subject, message = path.read_bytes().split(b"\0", 3)
    message = message.replace(b"\r\n", b"\n")
    got = by_id.pop(key(message), None)
    if got is None:
        wrong += 1
        print("never arrived:", path.name, key(message))
    elif got[0] != sender or got[1] != recipient:
        wrong += 1
        print("another envelope:", path.name, got[:2])
    elif got[2].rstrip(b"\n") != message.rstrip(b"\n"):
        wrong += 1
        print("other bytes:", path.name)
    else:
        # What a reader makes of the head: one of each, and the subject that was meant.
        read = email.message_from_bytes(got[2], policy=email.policy.default)
        names = sorted(name.lower() for name in read.keys())
        if len(names) != len(set(names)) or "bcc" in names or "x-evil" in names:
            wrong += 1
            print("other headers:", path.name, names)
        if str(read["Subject"]).rstrip() != subject.decode().rstrip():
            wrong += 1
            print("another subject:", path.name, repr(str(read["Subject"])[:80]), subject[:80])
        heads += 1
for name in by_id:
    wrong += 1
    print("nobody meant this:", name)
print(f"{version.split(': ')[-1]}: meant {len(expected)} byte-equal {heads} wrong {wrong}")
sys.exit(1 if wrong or result.returncode else 0)
