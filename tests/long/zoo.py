#!/usr/bin/env python3
"""zoo.py [--bin build/bin] [--tarpits 200] [--quick]: hostile servers, and what hotline-fetch does with them.

Examples:
  tests/long/zoo.py --quick     the behaviours that end by themselves, in half a minute
  tests/long/zoo.py             all, then 200 tar pits at once beside healthy looks

Each animal is a server behaviour on loopback (zoo_animals.py). A look at it must end within 30 seconds,
its processes stay within 64 MiB of resident memory together, and no more than 20 MiB be kept; the
answer must be a capture, never a broken jail. Then as many tar pits as asked for are looked at together
while healthy pages are fetched: their 99th percentile must stay within twice that of the same looks
beside as many mute, well-behaved processes (idle), and within twice that of an idle machine.
Exit code 0 if all holds."""

import argparse
import concurrent.futures
import os
import pathlib
import struct
import json
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zoo_animals as animals

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX, MEMORY_MAX, KEPT_MAX = 30.0, 64 << 20, 20 << 20


def resident(pid):
    """Private and anonymous memory of a process and its children; shared libraries count once and elsewhere."""
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        try:
            for line in pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
            for task in pathlib.Path(f"/proc/{one}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            pass
    return total


class Looker:
    def __init__(self, bin_folder, folder):
        self.program = str(pathlib.Path(bin_folder) / "hotline-fetch")
        self.config = os.path.join(folder, "zoo.toml")
        pathlib.Path(self.config).write_text('[net]\ntest_networks = ["127.0.0.0/8"]\nports = ["1-65535"]\nresolver = "127.0.0.1@9"\n'
                                             '[capture]\ndeadline = "25s"\n')

    def look(self, url, watch=False, media=True):
        header = json.dumps({"url": url, "referrer": "", "browser": False, "media": media}).encode()
        begun, peak = time.monotonic(), 0
        process = subprocess.Popen([self.program, "--config", self.config], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, env={})
        done = threading.Event()

        def measure():
            nonlocal peak
            while not done.is_set():
                peak = max(peak, resident(process.pid))
                done.wait(0.05)

        watcher = threading.Thread(target=measure)
        if watch:
            watcher.start()
        try:
            out, _ = process.communicate(b"HLF1" + struct.pack("<II", len(header), 0) + header, timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
        took = time.monotonic() - begun
        done.set()
        if watch:
            watcher.join()
        if out[:4] != b"HLF1":
            return {"verdict": "broken", "kept": 0, "took": took, "peak": peak, "sentence": ""}
        length, count = struct.unpack("<II", out[4:12])
        answer = json.loads(out[12 + 4 * count:12 + 4 * count + length])
        return {"verdict": answer["verdict"], "status": answer["status"], "sentence": answer["sentence"], "took": took, "peak": peak,
                "notes": "; ".join(hop["note"] for hop in answer["hops"] if hop["note"])[:60],
                "kept": len(out) - 12 - 4 * count - length}


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def show_animals(looker, zoo, quick, only=""):
    bad = 0
    names = [name for name in zoo.names() if (not quick or name not in animals.SLOW) and only in name]
    # One at a time by kind of cost: the slow ones only wait, so many of them wait together.
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda name: (name, looker.look(zoo.address(name), watch=True)), names))
    for name, seen in found:
        wrong = [what for what, is_wrong in (("time", seen["took"] > SECONDS_MAX), ("memory", seen["peak"] > MEMORY_MAX),
                                             ("kept", seen["kept"] > KEPT_MAX), ("broken", seen["verdict"] == "broken")) if is_wrong]
        bad += bool(wrong)
        print(f"  {name:<28} {seen['verdict']:<10} {seen['took']:5.1f} s {seen['peak'] / 2**20:5.1f} MiB {seen['kept'] / 2**20:5.1f} kept "
              f"{seen.get('notes') or seen['sentence'][:70]} {'FAILED: ' + ', '.join(wrong) if wrong else ''}", flush=True)
    print(f"{len(names)} behaviours, {bad} over a limit; slowest {max(s['took'] for _, s in found):.1f} s, "
          f"largest {max(s['peak'] for _, s in found) / 2**20:.1f} MiB")
    return bad


def healthy(looker, zoo, count):
    return [looker.look(zoo.address("healthy"), media=False)["took"] for _ in range(count)]


def show_tarpits(looker, zoo, count, looks):
    healthy(looker, zoo, 10)
    idle = healthy(looker, zoo, looks)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        # Not one that the minimum rate ends: this one stays just above it until the deadline.
        pits = [pool.submit(looker.look, zoo.address("drip-just-fast-enough"), False, False) for _ in range(count)]
        time.sleep(8)  # Until all of them have started and hang.
        hanging = sum(not pit.done() for pit in pits)
        beside = healthy(looker, zoo, looks)
        still = sum(not pit.done() for pit in pits)
        ends = [pit.result()["took"] for pit in pits]
    ratio = percentile(beside, 0.99) / percentile(idle, 0.99)
    print(f"{count} tar pits at once ({hanging} hanging before, {still} after): healthy looks p50 {percentile(idle, 0.5) * 1000:.0f} -> "
          f"{percentile(beside, 0.5) * 1000:.0f} ms, p99 {percentile(idle, 0.99) * 1000:.0f} -> {percentile(beside, 0.99) * 1000:.0f} ms, "
          f"ratio {ratio:.2f}; the pits ended after at most {max(ends):.1f} s")
    return (ratio > 2) + (max(ends) > SECONDS_MAX + 10) + (hanging < count)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=str(ROOT / "build" / "bin"))
    parser.add_argument("--tarpits", type=int, default=200)
    parser.add_argument("--looks", type=int, default=120)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="behaviours whose name holds this word; none: tar pits alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        zoo = animals.Zoo(folder)
        looker = Looker(arguments.bin, folder)
        bad = show_animals(looker, zoo, arguments.quick, arguments.only) if arguments.only != "none" else 0
        if not arguments.quick and arguments.only in ("", "none"):
            bad += show_tarpits(looker, zoo, arguments.tarpits, arguments.looks)
    return 1 if bad else 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
