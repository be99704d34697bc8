#!/usr/bin/env python3
"""portal_flood.py BUILD [SECONDS]: figures of the portal program under load; BUILD is an optimised build.

Four runs of portal_load against a fresh portal: as many durable reports as it takes; people alone; people
beside a flood of 20 times as many connections; people beside 1,000 slow clients and the flood. Prints what
portal_load prints, the processor time that the portal spent on each report (which a shared machine cannot
hide), its memory and the machine's load. Fails if one person was not thanked.
Example: tests/long/portal_flood.py build 20
"""
import os, subprocess, sys
from portal_lab import Portal


def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(build, seconds="10"):
    worst = 0
    for title, options in (("as many as it takes", ["--connections", "128"]),
                           ("people alone", ["--connections", "0", "--people", "20", "--slow", "1"]),
                           ("people and a flood", ["--connections", "0", "--people", "20", "--flood", "400"]),
                           ("people, flood, 1,000 slow", ["--connections", "0", "--people", "20", "--flood", "400", "--slow", "1000"])):
        portal = Portal(build).start()
        before = cpu(portal.run.pid)
        run = subprocess.run([f"{build}/bin/portal_load", "--port", str(portal.port), "--seconds", seconds, *options], capture_output=True, text=True)
        spent = cpu(portal.run.pid) - before
        memory = next(line.split()[1] for line in open(f"/proc/{portal.run.pid}/status") if line.startswith("VmHWM"))
        portal.kill()
        kept = len(portal.dropped())
        print(f"== {title} (load average {os.getloadavg()[0]:.0f})\n{run.stdout}{run.stderr}portal: {kept} reports in the drop, "
              f"{spent * 1e6 / max(kept, 1):.0f} us of CPU for each, {int(memory) // 1024} MiB at most", flush=True)
        worst = max(worst, run.returncode)
    return worst


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] == "--help":
        print(__doc__)
        sys.exit(0 if "--help" in sys.argv else 2)
    sys.exit(main(os.path.abspath(sys.argv[1]), *sys.argv[2:]))
