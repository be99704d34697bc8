#!/usr/bin/env python3
"""ssrf.py [--quick] [--bin build/bin] [--generated 10000] [--seed N]: the three walls of hotline-fetch.

Examples:
  tests/long/ssrf.py --quick      what scripts/test runs
  tests/long/ssrf.py              everything: all vectors, again with each layer switched off

Makes a network namespace in which every address answers (ssrf_range.py), sends hotline-fetch to our
own vectors (ssrf_vectors.py, ssrf_pages.py) and counts packets that went where none may go. Then
legitimate addresses, which must all be kept. Needs root, for nftables and raw sockets.

The layers: code (net/egress.h), gate (gate.h, the process that connects) and namespaces together with
the firewall that `hotline firewall` prints. With a layer off, hotline-fetch-open is the program.
Exit code 0: nothing through and all kept; 1: otherwise; 77: this machine cannot run it."""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import ssrf_pages
import ssrf_range as world
import ssrf_vectors as vectors

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYERS = ("none", "code", "gate", "namespaces")


class Fetcher:
    def __init__(self, bin_folder, folder):
        self.bin, self.off = pathlib.Path(bin_folder), "none"
        self.config = os.path.join(folder, "fetch.toml")
        networks = ", ".join(f'"{network}"' for network in world.PUBLIC)
        pathlib.Path(self.config).write_text(f'[net]\ntest_networks = [{networks}]\nresolver = "{world.RESOLVER}"\n'
                                             '[capture]\ndeadline = "24s"\n')

    def look(self, url, browser=False, media=True, **more):
        header = json.dumps({"url": url, "referrer": "", "browser": browser, "media": media, **more}).encode()
        # Settings that would make a careless client use a proxy.
        env = {"http_proxy": "http://10.0.0.1:3128", "https_proxy": "http://10.0.0.1:3128", "ALL_PROXY": "socks5://10.0.0.1:1080"}
        program = "hotline-fetch" if self.off == "none" else "hotline-fetch-open"
        if self.off != "none":
            env["HOTLINE_LAYERS_OFF"] = self.off
        done = subprocess.run([self.bin / program, "--config", self.config], capture_output=True, env=env, timeout=90,
                              input=b"HLF1" + struct.pack("<II", len(header), 0) + header)
        out = done.stdout
        if out[:4] != b"HLF1":
            return {"broken": True, "verdict": "broken", "stderr": done.stderr[-500:].decode()}
        length, count = struct.unpack("<II", out[4:12])
        at = 12 + 4 * count
        sizes = struct.unpack(f"<{count}I", out[12:at])
        answer = json.loads(out[at:at + length])
        at += length
        answer["blobs"] = []
        for size in sizes:
            answer["blobs"].append(out[at:at + size])
            at += size
        return answer

    def firewall(self, on):
        subprocess.run(["nft", "flush", "ruleset"], check=True)
        if on:
            rules = subprocess.run([self.bin / "hotline", "firewall", "--config", self.config], check=True, capture_output=True).stdout
            subprocess.run(["nft", "-f", "-"], input=rules, check=True)


class Proof:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.sniffer = world.Sniffer({(world.RESOLVER, 53), ("127.0.0.1", 3128)})
        self.web, self.dns = world.Web(folder), world.Dns()
        self.sniffer.start()
        self.dns.start()
        self.fetcher = Fetcher(arguments.bin, folder)
        self.failed = []
        self.counts = collections.OrderedDict()
        self.web.page("/page", "<title>page</title><p>legitimate answer")
        self.named = self.make_named()
        self.borne, borne_count = ssrf_pages.make(self.web, 24)
        self.borne_count = borne_count

    def make_named(self):
        home = f"http://{world.HOME4}"
        named = collections.OrderedDict()
        named["literals"] = [f"http://{host}/" for host in vectors.literals()]
        named["v6 special ranges"] = [f"http://{host}/" for host in vectors.specials6()]
        named["DNS names"] = [f"http://{host}/" for host in vectors.names()]
        named["rebinding"] = [f"http://{host}/page" for host in vectors.rebinding()]
        named["mixed answers"] = [f"http://{host}/page" for host in vectors.mixed()]
        named["redirects"] = [home + path for path in vectors.redirects(self.web)]
        named["schemes and ports"] = vectors.schemes()
        named["proxies and headers"] = [home + path for path in vectors.headers(self.web)] + vectors.confusions("10.0.0.1")
        return named

    def through(self, what, count, do):
        """Runs `do`, then says what leaked meanwhile."""
        self.sniffer.leaks.clear()
        begun = time.monotonic()
        do()
        time.sleep(0.3)
        leaks = dict(self.sniffer.leaks)
        if leaks:
            self.failed.append(f"{what}: {leaks}")
        print(f"  {what:<28} {count:>6} vectors {len(leaks):>3} through {time.monotonic() - begun:7.1f} s", flush=True)
        return leaks

    def many(self, addresses, **how):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda address: self.fetcher.look(address, **how), addresses))

    def run_named(self, sample):
        for what, addresses in self.named.items():
            chosen = addresses if sample is None else self.random.sample(addresses, min(sample, len(addresses)))
            self.through(what, len(chosen), lambda chosen=chosen: self.many(chosen))

    def run_borne(self, pages):
        chosen = self.borne if pages is None else self.borne[:pages]
        count = self.borne_count if pages is None else 24 * pages
        answers = []
        self.through("page-borne, in the browser", count, lambda: answers.extend(
            self.fetcher.look(f"http://{world.HOME4}{path}", browser=True) for path in chosen))
        for path, answer in zip(chosen, answers):
            if not any(blob.startswith(b"\x89PNG") for blob in answer.get("blobs", [])[1:2]):
                print(f"  note: no picture of {path}: {answer.get('sentence')}")

    def run_generated(self, count):
        """As pictures of pages, 300 a page, half of them behind a redirect of the public host."""
        batch = list(vectors.generated(self.random, count))
        pages = []
        for start in range(0, len(batch), 300):
            pieces = []
            for number, address in enumerate(batch[start:start + 300], start):
                if number % 2:
                    self.web.redirect(f"/g{number}", address.replace("\n", "").replace("\r", ""))
                    address = f"/g{number}"
                pieces.append('<img src="' + address.replace("&", "&amp;").replace('"', "&quot;") + '">')
            self.web.page(f"/generated-{start}", "".join(pieces))
            pages.append(f"http://{world.HOME4}/generated-{start}")
        answers = []
        self.through("generated", len(batch), lambda: answers.extend(self.many(pages)))
        for answer in answers:
            if answer["verdict"] != "answered":
                self.failed.append(f"a page of generated vectors was not read: {answer.get('sentence')}")

    def legitimate(self):
        home4, home6 = vectors.packed(world.HOME4), vectors.packed(world.HOME6)
        hosts = [world.HOME4, f"[{world.HOME6}]", "home.test", "HOME.test", f"a-{home4}.test", f"a-{home6}.test", f"a-{home4}-{home6}.test",
                 f"a-{home4}-{vectors.packed('198.51.100.11')}.test", f"cname-{home4}.test", "xn--bcher-kva.test", "3325256714", "0xc633640a",
                 "198.51.25610", "home.test.", "%68ome.test", f"a-{vectors.packed('2001:db8:1::11')}.test", "hO\u00adme.test"]
        tails = ["/page", "/page?a=b&c=d", "/page#part", "/./x/../page", "/pa%67e"]
        found = [f"http://{host}{tail}" for host in hosts for tail in tails]
        found += [f"https://{host}/page" for host in hosts] + [f"http://{host}:{port}/page" for host in hosts for port in (8000, 8080, 8888)]
        found += [f"https://{host}:8443/page" for host in hosts]
        for number in range(1, 11):
            for step in range(number):
                self.web.redirect(f"/hop-{number}-{step}", f"/hop-{number}-{step + 1}" if step + 1 < number else "http://home.test/page")
            found += [f"http://{host}/hop-{number}-0" for host in hosts[:3]]
        return found

    def run_legitimate(self, sample):
        addresses = self.legitimate()
        if sample is not None:
            addresses = self.random.sample(addresses, sample)
        begun = time.monotonic()
        answers = self.many(addresses, media=False)
        kept = sum(answer["verdict"] == "answered" and answer.get("status") == 200 and world.MARK in answer["blobs"][0] for answer in answers)
        for address, answer in zip(addresses, answers):
            if answer["verdict"] != "answered":
                self.failed.append(f"legitimate, not kept: {address}: {answer.get('sentence')}")
        print(f"  {'legitimate':<28} {len(addresses):>6} fetches {kept:>3} kept    {time.monotonic() - begun:7.1f} s", flush=True)

    def negative_control(self):
        """Without all layers something must come through, or the judge is blind."""
        self.fetcher.off = "code,gate,namespaces"
        self.fetcher.firewall(False)
        self.sniffer.leaks.clear()
        self.many(self.named["literals"][:20] + self.named["mixed answers"])
        time.sleep(0.3)
        connections = sum(self.sniffer.leaks.values())
        print(f"  {'control: no layer at all':<28} {31:>6} vectors {connections:>3} connections through (must be many)", flush=True)
        if connections < 15:
            self.failed.append("the control let nothing through: the judge is blind")

    def run(self):
        quick = self.arguments.quick
        for off in LAYERS[:1] if quick else LAYERS:
            self.fetcher.off = off
            # What belongs to this machine, not to hotline-fetch, goes with its namespaces.
            self.fetcher.firewall(off not in ("namespaces",) and not quick)
            self.dns.asked.clear()
            print(f"layer off: {off}", flush=True)
            self.run_named(6 if quick else None)
            self.run_borne(1 if quick else None)
            self.run_generated(600 if quick else self.arguments.generated)
            self.run_legitimate(24 if quick else None)
        if not quick:
            self.fetcher.off = "code,gate"
            self.fetcher.firewall(True)
            print("layers off: code and gate; the firewall stands alone", flush=True)
            self.run_named(None)
            self.run_borne(None)
        self.negative_control()
        total = sum(len(addresses) for addresses in self.named.values()) + self.borne_count
        print(f"{total} named vectors in {len(self.named) + 1} classes, {self.sniffer.connections} connections seen")
        for line in self.failed:
            print("FAILED:", line)
        return 1 if self.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--bin", default=str(ROOT / "build" / "bin"))
    parser.add_argument("--generated", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        if os.geteuid() != 0 or shutil.which("nft") is None or shutil.which("unshare") is None:
            print("ssrf.py needs root, nft and unshare")
            return 77
        return subprocess.run(["unshare", "--net", "--mount", sys.executable, __file__, "--inside", *sys.argv[1:]]).returncode
    world.enter()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        return Proof(arguments, folder).run()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # Servers of the range are still listening.
