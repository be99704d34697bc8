#!/usr/bin/env python3
"""known_picture.py BUILD_DIR [--reports 30] [--port-base 9480]: from a report to the host's mail server.

Example:  python3 tests/long/known_picture.py build/dev --reports 30

Starts `hotline demo` without the undo window, reports pages of the range's site of known pictures
one after another, and lets an analyst's client finish each case as soon as it is in the queue (its
pictures are filled in; the person's own seconds are not counted beyond that). Prints the time from
the reporter's click to the moment at which the host's mail server has taken the notice, and its
segments. Exit 1 if the median is over two seconds."""
import argparse
import pathlib
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/kill"))
import hotline_client as client

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build")
parser.add_argument("--reports", type=int, default=30)
parser.add_argument("--port-base", type=int, default=9480)
parser.add_argument("--watch", type=int, default=0, help="then look at all of them every 5 s for so many seconds and print the CPU time of one look")
parser.add_argument("--set", action="append", default=[], help="further settings for the demo: KEY=VALUE")
options = parser.parse_args()
folder = pathlib.Path(tempfile.mkdtemp(prefix="known_picture."))
command = [str(pathlib.Path(options.build) / "bin/hotline"), "demo", "--dir", str(folder), "--port-base", str(options.port_base)]
for setting in ("takedown.undo_window=0s", "takedown.contact_hourly_max=100000", "takedown.list_contact_confirmed=true",
                "capture.browser=", "console.session_max=12h", "takedown.police_gate=false"):
    command += ["--set", setting]
output = open(folder / "demo.out", "w+")
for setting in options.set:
    command += ["--set", setting]
if options.watch:
    command += ["--set", "liveness.first_every=5s", "--set", "liveness.every=5s"]
demo = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
base = {name: f"http://127.0.0.1:{options.port_base + offset}" for offset, name in enumerate(("portal", "console", "feeds"))}
going = True


def analyst():
    browser = client.Browser(base["console"])
    page = browser.open("/sign-in")
    browser.open("/sign-in", {"form_token": page.field("form_token") or "", "name": "anna", "password": "demo landscapes only", "code": ""})
    while going:
        try:
            token = browser.open("/").field("form_token")
            page = browser.open("/start", {"form_token": token})
            case = re.search(r"/cases/(cas_[0-9a-z]{26})", page.url)
            if not case:
                time.sleep(0.05)
                continue
            path = "/cases/" + case.group(1)
            form = {"form_token": token, "mode": "act_on_page"}
            if browser.open(path + "/finish", form).status >= 400:
                for item in sorted(set(re.findall(r"itm_[0-9a-z]{26}", page.text)))[:4]:
                    browser.open(f"{path}/items/{item}/grade", {"form_token": token, "category": "A", "age": "7-10", "sex": "girl"})
                browser.open(path + "/finish", form)
        except (OSError, ValueError):
            time.sleep(0.1)


def cpu_of_worker():
    """Seconds of the worker and of every jail that it has waited for."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if not entry.name.isdigit() or not (entry / "exe").resolve().name == "hotline-worker":
                continue
            if str(folder) not in (entry / "cmdline").read_text():
                continue
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            return sum(int(field) for field in fields[11:15]) / 100
        except OSError:
            continue
    raise SystemExit("no worker found")


def watch():
    looks = lambda: ask("select count(*) from liveness_check")[0][0]
    looks_before, cpu_before = looks(), cpu_of_worker()
    time.sleep(options.watch)
    done, cpu = looks() - looks_before, cpu_of_worker() - cpu_before
    print(f"{done} looks in {options.watch} s: {cpu:.1f} s of CPU, {1000 * cpu / max(done, 1):.0f} ms a look, the worker's other work included")
    for lane, minutes in (("normal lane, hourly", 60), ("first lane, every 15 minutes", 15)):
        print(f"  1,000 notices, {lane}: {1000 / (minutes * 60):.2f} looks a second = {100 * cpu / max(done, 1) * 1000 / (minutes * 60) / 2:.1f} % of two cores")


try:
    client.wait_until("the demo has started", lambda: "Ctrl-C" in (folder / "demo.out").read_text(), 120)
    database = next(folder.rglob("*.db"))
    ask = lambda sql, *values: sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10).execute(sql, values).fetchall()
    threading.Thread(target=analyst, daemon=True).start()
    time.sleep(2)
    totals, segments = [], {"filed": [], "captured": [], "decided": [], "accepted": []}
    for number in range(options.reports):
        address = f"http://known.example/album/sunrise?n={number}"
        began = time.time()
        if not client.report(base["portal"], address):
            print("not taken", address, file=sys.stderr)
            continue
        rows = []
        until = time.monotonic() + 30
        while not rows and time.monotonic() < until:
            time.sleep(0.02)
            rows = ask("select l.sent_at, n.casefile from notice_letter l join notice n on n.id = l.notice join address a"
                       " on a.id = n.address where a.canonical like ? and l.state = 'sent'", f"%n={number}")
        if not rows:
            print("no notice within 30 s", address, file=sys.stderr)
            continue
        totals.append(rows[0][0] / 1e6 - began)
        at = dict(ask("select kind, min(at) from fact where casefile = ? group by kind", rows[0][1]))
        for segment, kind in (("captured", "sighting_captured"), ("decided", "case_assessed"), ("accepted", "notice_sent")):
            if kind in at:
                segments[segment].append(at[kind] / 1e6 - began)
    if not totals:
        sys.exit("nothing was measured: " + (pathlib.Path(output.name)).read_text()[-2000:])
    print(f"{len(totals)} of {options.reports} reports, seconds from the click to 250 of the host's mail server:")
    print(f"  median {statistics.median(totals):.2f}  fastest {min(totals):.2f}  slowest {max(totals):.2f}")
    for segment, values in segments.items():
        if values:
            print(f"  {segment} after {statistics.median(values):.2f} (median)")
    if options.watch:
        watch()
    code = 0 if statistics.median(totals) <= 2 else 1
finally:
    going = False
    demo.send_signal(signal.SIGINT)
    try:
        demo.wait(30)
    except subprocess.TimeoutExpired:
        demo.kill()
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(code)
