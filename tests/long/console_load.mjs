#!/usr/bin/env node
// console_load: 13 analysts at the real console on SQLite, an hour of work at ten times the
// reference load, compressed in time.
//
//   CONSOLE_DESK=build/bin/console_desk node tests/long/console_load.mjs [--analysts 13] [--seconds 120] [--cases 300]
//
// The reference (392,665 reports a year, 13 analysts, 220 days) is 137 cases an analyst and day, or
// 17 an hour; ten times that is 2,240 cases an hour, each of 8 items. Each analyst starts, reads
// pages, looks at previews, decides each item by a key, sometimes undoes, finishes. The pauses of
// people are shortened: --cases are worked in --seconds, whatever that makes of an hour, and the
// figure says how many times the reference load it was. Prints p50, p99 and the largest of each page in milliseconds, and what
// the database says afterwards: decisions lost (acknowledged, but not standing) and cases that two
// people had open at once. Ends with 0 only if both are none; p99 is printed, and must be at most
// 100 ms with --strict.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const options = { analysts: 13, seconds: 120, cases: 300, items: 8 };
for (let i = 2; i < process.argv.length; i += 2) {
  if (process.argv[i] === "--help") { console.log("console_load.mjs --analysts 13 --seconds 120 --cases 300 [--strict 1]"); process.exit(0); }
  options[process.argv[i].slice(2)] = Number(process.argv[i + 1]);
}
const dir = mkdtempSync(join(tmpdir(), "hl-load-"));
const child = spawn(process.env.CONSOLE_DESK ?? "build/bin/console_desk", ["--dir", dir, "--load", String(options.cases), "--people", String(options.analysts)], { stdio: ["pipe", "pipe", "inherit"] });
const told = await new Promise((resolve, reject) => {
  createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line)));
  child.once("exit", (code) => reject(new Error(`console_desk ended with ${code}`)));
});

const times = {};
const trouble = {};
class Analyst {
  constructor(name) { this.name = name; this.agent = new Agent({ keepAlive: true, maxSockets: 2 }); this.cookies = {}; }
  call(what, method, path, fields, json) {
    return new Promise((resolve) => {
      const body = fields ? new URLSearchParams(fields).toString() : "";
      const began = process.hrtime.bigint();
      const sent = request({ agent: this.agent, port: told.port, host: "127.0.0.1", method, path, headers: {
        Cookie: Object.entries(this.cookies).map(([name, value]) => `${name}=${value}`).join("; "),
        ...(json ? { Accept: "application/json" } : {}),
        ...(fields ? { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": Buffer.byteLength(body) } : {}) } }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () => {
          (times[what] ??= []).push(Number(process.hrtime.bigint() - began) / 1e6);
          for (const cookie of answer.headers["set-cookie"] ?? []) { const [pair] = cookie.split(";"); const at = pair.indexOf("="); this.cookies[pair.slice(0, at)] = pair.slice(at + 1); }
          if (answer.statusCode >= 400) trouble[`${what} ${answer.statusCode}`] = (trouble[`${what} ${answer.statusCode}`] ?? 0) + 1;
          resolve({ status: answer.statusCode, location: answer.headers.location, text: Buffer.concat(parts).toString("latin1") });
        });
      });
      sent.on("error", () => { trouble[`${what} broken`] = (trouble[`${what} broken`] ?? 0) + 1; resolve({ status: 0, text: "" }); });
      sent.end(body);
    });
  }
  async sign_in() {
    const page = await this.call("sign-in page", "GET", "/sign-in");
    const token = /name="form_token" value="([^"]+)"/.exec(page.text)[1];
    const answer = await this.call("sign-in", "POST", "/sign-in", { form_token: token, name: this.name, password: "demo landscapes only" });
    if (answer.status !== 303) throw new Error(`${this.name} cannot sign in: ${answer.status}`);
    const home = await this.call("home", "GET", "/");
    this.token = /name="form_token" value="([^"]+)"/.exec(home.text)[1];
  }
  /// One case from Start to Finish; gives its id, or nothing if none waits.
  async work(pace, acknowledged, held) {
    await pace(); await this.call("home", "GET", "/");
    await pace(); const start = await this.call("start", "POST", "/start", { form_token: this.token });
    const id = /\/cases\/(cas_[a-z0-9]+)/.exec(start.location ?? "")?.[1];
    if (!id) return null;
    if (held.has(id)) double_locks.push([id, held.get(id), this.name]);
    held.set(id, this.name);
    await pace(); const page = await this.call("case", "GET", `/cases/${id}`);
    const items = [...page.text.matchAll(/data-item="(itm_[a-z0-9]+)"/g)].map((found) => found[1]);
    for (const item of items) { await pace(); await this.call("preview", "GET", `/previews/${item}/1`, null, true); }
    for (const [i, item] of items.entries()) {
      const category = i % 3 === 0 ? "C|7-10|girl|" : i % 3 === 1 ? "not_actionable|||" : "furniture|||";
      await pace(); const kept = await this.call("key", "POST", `/cases/${id}/decisions`, { form_token: this.token, d: `${item}|${category}` }, true);
      if (kept.status === 200) acknowledged.set(`${id} ${item}`, category.split("|")[0]);
    }
    if (Math.random() < 0.2) {
      await pace(); await this.call("undo", "POST", `/cases/${id}/undo`, { form_token: this.token }, true);
      await pace(); await this.call("redo", "POST", `/cases/${id}/redo`, { form_token: this.token }, true);
    }
    if (Math.random() < 0.1) { await pace(); await this.call("queue", "GET", "/queue"); }
    if (Math.random() < 0.1) { await pace(); await this.call("findings", "GET", `/cases/${id}/findings`); }
    if (Math.random() < 0.1) { await pace(); await this.call("timeline", "GET", `/cases/${id}/timeline`); }
    held.delete(id);  // Before asking: once the answer is on its way, somebody else may have it.
    await pace(); const done = await this.call("finish", "POST", `/cases/${id}/finish`, { form_token: this.token, mode: "grade_all", said: "" });
    if (done.status !== 303) return null;
    return id;
  }
}

const double_locks = [];
const acknowledged = new Map();
const held = new Map();
const people = Array.from({ length: options.analysts }, (_, i) => new Analyst(`a${i + 1}`));
for (const one of people) await one.sign_in();
for (const name of Object.keys(times)) delete times[name];
const wanted_cases = options.cases;
const began = Date.now();
const until = began + options.seconds * 1000;
// Each request has its place in time: the hour's requests spread evenly over the seconds given.
const per_case = 5 + 2 * options.items;
const gap = (options.seconds * 1000 * options.analysts) / (wanted_cases * per_case);
const finished = [];
let late = 0;
await Promise.all(people.map(async (one, i) => {
  let next = began + (gap * i) / options.analysts;
  const pace = async () => {
    next += gap;
    const wait = next - Date.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait)); else late += 1;
  };
  while (Date.now() < until) {
    const id = await one.work(pace, acknowledged, held);
    if (id) finished.push(id); else break;
  }
}));
const took = (Date.now() - began) / 1000;
// What stands afterwards, as a second analyst's page shows it.
let lost = 0, looked = 0;
const reader = people[0];
await reader.sign_in();
for (const id of new Set(finished)) {
  if (looked >= 300) break;
  looked += 1;
  const page = await reader.call("afterwards", "GET", `/cases/${id}`);
  for (const [, item, category] of page.text.matchAll(/data-item="(itm_[a-z0-9]+)"[^>]*data-category="([a-zA-Z_]*)"/g))
    if (acknowledged.has(`${id} ${item}`) && acknowledged.get(`${id} ${item}`) !== category) lost += 1;
}
delete times.afterwards;
const times_reference = finished.length / (took / 3600) / (options.analysts * 17.2);
const at = (list, share) => Math.round([...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] * 10) / 10;
const all = Object.values(times).flat();
console.log(`${options.analysts} analysts, ${finished.length} cases finished in ${took.toFixed(1)} s, ${all.length} requests (${Math.round(all.length / took)}/s), ${late} of them late; ${Math.round(times_reference)} times the reference load`);
console.log("page            count    p50    p99    max (ms)");
for (const [name, list] of Object.entries({ ...times, all })) console.log(`${name.padEnd(14)} ${String(list.length).padStart(6)} ${String(at(list, 0.5)).padStart(6)} ${String(at(list, 0.99)).padStart(6)} ${String(at(list, 1)).padStart(6)}`);
console.log(`refused: ${JSON.stringify(trouble)}`);
console.log(`double locks: ${double_locks.length}; decisions read again of ${looked} cases: ${lost} lost; cases finished twice: ${finished.length - new Set(finished).size}`);
child.stdin.end();
child.kill("SIGTERM");
rmSync(dir, { recursive: true, force: true });
const slow = Math.max(...Object.entries(times).filter(([name]) => name !== "sign-in").map(([, list]) => at(list, 0.99)));
process.exit(lost || double_locks.length || finished.length !== new Set(finished).size || (options.strict && slow > 100) ? 1 : 0);
