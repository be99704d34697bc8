#!/usr/bin/env python3
"""kill.py [--kills 200] [--seed N] [--keep]: kill -9 at random moments of the walk.

Starts `hotline demo`, lets reporters report and analysts decide without pause, and
meanwhile kills a random program of it with SIGKILL again and again. Then it waits until
all is quiet and looks: nothing acknowledged is lost, nothing is filed twice, no letter
left twice, the chain of facts is whole, nothing is stuck.

SMTP has one window that nobody can close: killed between the server's own keeping of a letter
and our reading of its answer, a letter goes out again. It must carry the identical Message-ID, so
that the host sees one letter. Everything after the answer is ours and must not open that window
(net/taken_marks.h): more than one such letter in a run is a failure."""

import argparse
import collections
import email
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import hotline_client as client

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("hotline-portal", "hotline-console", "hotline-feeds", "hotline-worker", "hotline-fetch", "hotline-media", "hotline-film")
PAGES = ("http://silent.example/still/morning", "http://disputes.example/essay", "http://copies.example/mirror/sunrise",
         "http://known.example/album/sunrise", "http://softgone.example/post/41")
TROUBLE = (urllib.error.URLError, ConnectionError, TimeoutError, OSError, ValueError)


class Demo:
    def __init__(self, binary, folder, port):
        self.folder, self.port = pathlib.Path(folder), port
        self.base = {name: f"http://127.0.0.1:{port + offset}" for offset, name in enumerate(("portal", "console", "feeds"))}
        settings = ("takedown.undo_window=1s", "takedown.deadline=24h", "takedown.contact_hourly_max=100000", "takedown.list_contact_confirmed=true",
                    "liveness.every=10m", "liveness.first_every=20s", "liveness.confirm_after=10s",
                    "capture.browser=", "console.session_max=12h")
        command = [binary, "demo", "--dir", folder, "--port-base", str(port)]
        for setting in settings:
            command += ["--set", setting]
        self.output = open(self.folder / "demo.out", "w+")
        self.process = subprocess.Popen(command, stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True)
        client.wait_until("the demo has started", lambda: "Ctrl-C" in (self.folder / "demo.out").read_text(), 120)
        for base in self.base.values():
            client.wait_until("it answers", lambda: client.Browser(base).open("/").status < 500)

    def pids(self, name):
        """Processes of this demo with that program's name."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                exe = os.path.basename(os.readlink(entry / "exe"))
                line = (entry / "cmdline").read_bytes().decode(errors="replace")
                ours = str(self.folder) in line or self.is_ours(int(entry.name))
            except OSError:
                continue
            if exe == name and ours:
                found.append(int(entry.name))
        return found

    def is_ours(self, pid):
        """Whether the demo is among its ancestors."""
        for _ in range(12):
            if pid == self.process.pid:
                return True
            try:
                text = pathlib.Path(f"/proc/{pid}/stat").read_text()
            except OSError:
                return False
            pid = int(text.rsplit(")", 1)[1].split()[1])
            if pid <= 1:
                return False
        return False

    def database(self):
        return sqlite3.connect(f"file:{self.folder}/hotline.db?mode=ro", uri=True, timeout=20)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.output.close()


class Reporters(threading.Thread):
    def __init__(self, demo, seed):
        super().__init__(daemon=True)
        self.demo, self.random = demo, random.Random(seed)
        self.acknowledged, self.attempts, self.going = [], 0, True

    def run(self):
        number = 0
        while self.going:
            number += 1
            # Every third report is about something that was reported before.
            which = self.random.randrange(number) if number % 3 == 0 else number
            address = f"{PAGES[which % len(PAGES)]}?n={which}"
            self.attempts += 1
            try:
                receipt = client.report(self.demo.base["portal"], address)
                if receipt:
                    self.acknowledged.append(receipt)
            except TROUBLE:
                pass
            time.sleep(0.15)


class Analyst(threading.Thread):
    def __init__(self, demo, name):
        super().__init__(daemon=True)
        self.demo, self.name, self.going, self.decided = demo, name, True, 0

    def run(self):
        browser = None
        while self.going:
            try:
                if browser is None:
                    browser = self.sign_in()
                if not self.decide_one(browser):
                    time.sleep(0.3)
            except ValueError:  # Signed out.
                browser = None
            except TROUBLE:
                time.sleep(0.2)

    def sign_in(self):
        browser = client.Browser(self.demo.base["console"])
        page = browser.open("/sign-in")
        form = {"form_token": page.field("form_token") or "", "name": self.name, "password": "demo landscapes only", "code": ""}
        if browser.open("/sign-in", form).status != 200:
            raise ValueError("not signed in")
        return browser

    def decide_one(self, browser):
        home = browser.open("/")
        token = home.field("form_token")
        if not token:
            raise ValueError("signed out")
        page = browser.open("/start", {"form_token": token})
        case = re.search(r"/cases/(cas_[0-9a-z]{26})", page.url)
        if not case:
            return False
        path = "/cases/" + case.group(1)
        items = sorted(set(re.findall(r"itm_[0-9a-z]{26}", page.text)))
        for item in items[:4]:
            browser.open(f"{path}/items/{item}/grade",
                         {"form_token": token, "category": "B", "age": "7-10", "sex": "girl"})
        form = {"form_token": token, "mode": "act_on_page"}
        if not items:
            form["said"] = "not_actionable"
        done = browser.open(path + "/finish", form)
        if done.status >= 400:
            browser.open(path + "/put-back", {"form_token": token})
            return False
        self.decided += 1
        return True


def kill_often(demo, kills, seed):
    chance = random.Random(seed)
    done = collections.Counter()
    while sum(done.values()) < kills:
        time.sleep(chance.uniform(0.02, 0.5))
        # The worker does most of the work and dies most often; its jails where they are alive.
        name = chance.choice(PROGRAMS + ("hotline-worker",) * 4)
        pids = demo.pids(name)
        if not pids:
            continue
        try:
            os.kill(chance.choice(pids), signal.SIGKILL)
            done[name] += 1
        except ProcessLookupError:
            continue
    return done


def quiet(demo):
    """Nothing in the drop, no fact unfollowed, no capture, trace or letter under way, nobody to be told."""
    waiting = [f for f in (demo.folder / "drop").iterdir() if f.is_file() and not f.name.startswith((".", "tmp"))]
    with demo.database() as database:
        one = lambda sql: database.execute(sql).fetchone()[0]
        unfollowed = one("select count(*) from fact where position is null") or one(
            "select (select coalesce(max(position),0) from fact) - coalesce((select position from fact_cursor where reader='workflow'),0)")
        busy = one("select count(*) from job where given_up=0 and kind in ('capture_case','trace_case')")
        # A notice with trouble ("the page has changed") waits for a person: that is its end here.
        leaving = one("select count(*) from notice where state='ready' and trouble=''")
        leaving += one("select count(*) from notice_letter where state='sending'")
        untold = one("select count(*) from reporter where version > published")
    return not waiting and not unfollowed and not busy and not leaving and not untold


def letters_in_the_mailboxes(demo):
    """Message-ID → how often it arrived, of letters about notices."""
    arrived = collections.Counter()
    for path in (demo.folder / "range" / "mail").rglob("*"):
        if path.is_file() and path.parent.name in ("new", "cur"):
            mail = email.message_from_bytes(path.read_bytes())
            if "NTC-" in str(mail.get("Subject", "")):
                arrived[mail.get("Message-ID", "").strip("<> \n")] += 1
    return arrived


def look(demo, reporters):
    """What went wrong, as sentences."""
    wrong = []
    with demo.database() as database:
        rows = lambda sql: database.execute(sql).fetchall()
        filed = rows("select count(*) from report")[0][0]
        stuck = rows("select kind, subject, sentence from job where given_up=1")
        letters = dict(rows("select case when mail<>'' then mail else message_id end, state from notice_letter where message_id<>''"))
    lost = [r for r in reporters.acknowledged if "/check" not in r and not known(demo, r)]
    if lost:
        wrong.append(f"{len(lost)} of {len(reporters.acknowledged)} acknowledged reports are lost")
    if not len(reporters.acknowledged) <= filed <= reporters.attempts:
        wrong.append(f"{filed} reports are filed of {len(reporters.acknowledged)} acknowledged and {reporters.attempts} tried")
    if stuck:
        wrong.append(f"given up: {stuck[:3]}")
    arrived = letters_in_the_mailboxes(demo)
    unknown = [m for m in arrived if m not in letters]
    if unknown:
        wrong.append(f"{len(unknown)} letters arrived that nobody remembers")
    unsent = [m for m, state in letters.items() if state == "sent" and m not in arrived]
    if unsent:
        wrong.append(f"{len(unsent)} letters are called sent and never arrived")
    between = [m for m, state in letters.items() if state == "sending"]
    if between:
        wrong.append(f"{len(between)} letters are stuck in sending")
    twice = {m: n for m, n in arrived.items() if n > 1}
    print(f"{len(arrived)} letters arrived; {len(twice)} of them again under the identical Message-ID (the SMTP window)")
    if any(n > 2 for n in twice.values()) or len(twice) > 1:
        wrong.append(f"letters arrived twice: {len(twice)}")
    return wrong


def known(demo, receipt):
    for _ in range(3):
        try:
            text = client.check(demo.base["portal"], receipt)
            return "<ol" in text or "2026" in text or re.search(r"\d{4}-\d{2}-\d{2}", text) is not None
        except TROUBLE:
            time.sleep(1)
    return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--port", type=int, default=9500)
    parser.add_argument("--binary", default=str(ROOT / "build" / "bin" / "hotline"))
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="hotline-kill-")
    demo = Demo(options.binary, folder, options.port)
    try:
        reporters = Reporters(demo, options.seed)
        analysts = [Analyst(demo, name) for name in ("anna", "ben", "sam")]
        for thread in (reporters, *analysts):
            thread.start()
        done = kill_often(demo, options.kills, options.seed)
        print("killed:", ", ".join(f"{name} {count}" for name, count in sorted(done.items())), flush=True)
        reporters.going = False
        reporters.join(60)
        time.sleep(5)
        for analyst in analysts:
            analyst.going = False
        for analyst in analysts:
            analyst.join(60)
        decided = sum(analyst.decided for analyst in analysts)
        client.wait_until("all is quiet", lambda: quiet(demo), 600, 1)
        print(f"{len(reporters.acknowledged)} reports acknowledged of {reporters.attempts} tried, {decided} cases decided", flush=True)
        wrong = look(demo, reporters)
        audit = subprocess.run([options.binary, "audit", "verify", "--dir", folder], capture_output=True, text=True)
        print(audit.stdout.strip(), audit.stderr.strip())
        if audit.returncode != 0:
            wrong.append("the chain of facts is broken")
        if len(reporters.acknowledged) < 20 or decided < 5:
            wrong.append("too little happened to prove anything")
        for sentence in wrong:
            print("WRONG:", sentence)
        return 1 if wrong else 0
    finally:
        demo.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print("kept:", folder)


if __name__ == "__main__":
    sys.exit(main())
