// The demo as a child process, and what it prints: where the pages are, who may sign in.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, readdirSync, readFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
export const programs = process.env.HOTLINE_BIN ?? join(root, "build/bin");

/// Calls `look` until it gives something true; fails with `what` after `seconds`.
export async function until(what, look, seconds = 60, every = 250) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`after ${seconds} s still not: ${what}`);
    await sleep(every);
  }
}

export class Demo {
  /// `settings` are "key=value" lines for --set.
  static async start({ base, speed = 1, settings = [] }) {
    const dir = mkdtempSync(join(tmpdir(), "hl-walk-"));
    const words = ["demo", "--dir", dir, "--port-base", String(base), "--speed", String(speed)];
    for (const one of settings) words.push("--set", one);
    const child = spawn(join(programs, "hotline"), words, { stdio: ["ignore", "pipe", "pipe"] });
    const demo = new Demo(child, dir, base);
    child.stdout.on("data", (text) => (demo.said += text));
    child.stderr.on("data", (text) => (demo.talk += text));
    child.on("exit", (code, signal) => (demo.ended = `${code ?? signal}`));
    try {
      await until("the demo is up", async () => {
        if (demo.ended) throw new Error(`the demo ended (${demo.ended}):\n${demo.talk}`);
        return /Ctrl-C/.test(demo.said) && (await demo.answers());
      }, 120);
    } catch (trouble) {
      await demo.stop();
      throw trouble;
    }
    demo.password = demo.said.match(/password: ([^)]+)\)/)[1];
    demo.key = demo.said.match(/hl_live_\S+/)[0];
    return demo;
  }

  constructor(child, dir, base) {
    Object.assign(this, { child, dir, said: "", talk: "", ended: null });
    this.portal = `http://127.0.0.1:${base}`;
    this.console = `http://127.0.0.1:${base + 1}`;
    this.feeds = `http://127.0.0.1:${base + 2}`;
  }

  async answers() {
    const alive = (url) => fetch(url, { redirect: "manual" }).then((r) => r.status < 500, () => false);
    return (await Promise.all([alive(this.portal), alive(this.console), alive(this.feeds + "/healthz")])).every(Boolean);
  }

  /// Letters in a mailbox of the range, as raw texts.
  letters(mailbox) {
    const [local, domain] = mailbox.split("@");
    const found = [];
    for (const box of ["new", "cur"]) {
      const folder = join(this.dir, "range/mail", domain, local, box);
      if (!existsSync(folder)) continue;
      for (const name of readdirSync(folder)) found.push(readFileSync(join(folder, name), "utf8"));
    }
    return found;
  }

  /// A command of hotline-range; gives what it prints.
  range(...words) {
    return execFileSync(join(programs, "hotline-range"), [...words, "--dir", join(this.dir, "range")], { encoding: "utf8" });
  }

  /// A member's request to the lists.
  async member(path) {
    const answer = await fetch(this.feeds + path, { headers: { Authorization: `Bearer ${this.key}` } });
    return { status: answer.status, text: await answer.text() };
  }

  logs() {
    const folder = join(this.dir, "log");
    if (!existsSync(folder)) return "";
    return readdirSync(folder).map((name) => `--- ${name}\n${readFileSync(join(folder, name), "utf8").split("\n").slice(-15).join("\n")}`).join("\n");
  }

  /// True if it ended by itself within ten seconds of being asked to.
  async stop() {
    if (!this.ended) this.child.kill("SIGTERM");
    const clean = await until("the demo has ended", () => this.ended, 10).catch(() => null);
    if (!clean) this.child.kill("SIGKILL");
    rmSync(this.dir, { recursive: true, force: true });
    return clean;
  }
}
