#!/usr/bin/env python3
"""portal_kill.py BUILD: kills the portal at every durable system call and looks for what it thanked for.

strace ends the program with SIGKILL on entering the n-th call of each kind that the way of a report
to the disk makes (open, write, date, fsync, rename, close), for n = 1, 2, 3 … in any of its threads,
until two runs of reports in a row no longer reach the n-th. After each death everything that was acknowledged must be in the drop
exactly once by its id, and nothing that is there may be broken.
Example: tests/long/portal_kill.py build/dev
"""
import subprocess, sys, threading, time
from portal_lab import Portal

CALLS = ("statfs", "openat", "write", "utimensat", "fsync", "close", "rename")
REPORTS = 12


def main(build, nth_max=200):
    portal = Portal(build)
    acknowledged, deaths, number, lost, broken = set(), 0, 0, 0, 0
    for call in CALLS:
        reached, nth, idle = 0, 0, 0
        while nth < nth_max and idle < 2:
            nth += 1
            portal.start()
            # It counts for each thread by itself, from here on.
            tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(portal.run.pid),
                                       "-e", f"inject={call}:signal=KILL:when={nth}"],
                                      stderr=subprocess.DEVNULL)
            time.sleep(0.4)
            try:
                state = portal.state()
            except Exception:
                state = None
            if state:
                threads, before = [], len(acknowledged)
                def send(address):
                    try:
                        if portal.report({"text": address}, state):
                            acknowledged.add(address)
                    except OSError:
                        pass
                for _ in range(REPORTS):
                    number += 1
                    threads.append(threading.Thread(target=send, args=(f"http://gallery.example/{number}",)))
                for thread in threads: thread.start()
                for thread in threads: thread.join()
            died = portal.run.poll() is not None
            if not died:
                idle += 1
            else:
                deaths, reached, idle = deaths + 1, nth, 0
            portal.kill()
            tracer.wait()
            there = {}
            for one, submission in portal.dropped():
                if submission is None:
                    broken += 1
                else:
                    there.setdefault(submission["addresses"][0], set()).add(one)
            lost += sum(1 for address in acknowledged if len(there.get(address, ())) != 1)
        print(f"{call:10} killed at calls 1 to {reached}; acknowledged so far {len(acknowledged)}, "
              f"lost {lost}, broken {broken}", flush=True)
    print(f"{deaths} deaths, {len(acknowledged)} acknowledged, {lost} lost or doubled, {broken} broken")
    return 0 if lost == 0 and broken == 0 and acknowledged else 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] == "--help":
        print(__doc__)
        sys.exit(0 if "--help" in sys.argv else 2)
    sys.exit(main(sys.argv[1]))
