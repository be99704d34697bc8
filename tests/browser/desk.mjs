// The console over a prepared database (console_desk), and people who sign in to it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;
export const kPassword = "demo landscapes only";
const axe_source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export class Desk {
  static async start() {
    const dir = mkdtempSync(join(tmpdir(), "hl-desk-"));
    const program = process.env.CONSOLE_DESK ?? join(root, "build/bin/console_desk");
    const child = spawn(program, ["--dir", dir], { stdio: ["pipe", "pipe", "inherit"] });
    const line = await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`console_desk ended with ${code}`)));
    });
    return new Desk(child, dir, JSON.parse(line));
  }
  constructor(child, dir, told) {
    Object.assign(this, { child, dir, cases: told.cases, port: told.port });
    // Passkeys need a name: browsers give none to a bare address.
    this.base = `http://localhost:${told.port}`;
  }
  advance(seconds) { this.child.stdin.write(`advance ${seconds}\n`); return new Promise((done) => setTimeout(done, 5)); }
  stop() {
    this.child.stdin.end();
    this.child.kill("SIGTERM");
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export async function sign_in(browser, desk, name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(60000);  // The machine may be busy; nothing here is a measurement.
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(`      script error (${name}): ${error.message}`));
  await page.goto(`${desk.base}/sign-in`);
  await page.locator("#name").fill(name);
  await page.locator("#password").fill(kPassword);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  return page;
}

/// The console in another language, as the person's own page sets it.
export async function read_in(page, desk, language) {
  await page.goto(`${desk.base}/wellbeing`);
  await page.locator(`input[name=value][value=${language}]`).check();
  await page.locator("form[action='/preferences'] button").click();
  await page.waitForFunction((code) => document.documentElement.lang === code, language);
}

/// Opens the case at this person's desk; ready means that every key counts.
export async function open_case(page, desk, name) {
  await page.goto(`${desk.base}/cases/${desk.cases[name]}`);
  const claim = page.locator("form[action$='/claim'] button");
  if (await claim.count()) await claim.click();
  await page.waitForFunction(() => document.documentElement.dataset.ready === "1");
}

export const saved = (page) => page.waitForFunction(() => /✓/.test(document.getElementById("saved").textContent), null, { timeout: 60000 });

/// What axe finds, by rule; injected through the debugger, so the page's policy stays as it is.
export async function axe(page) {
  await page.evaluate(axe_source);
  return page.evaluate(async () => {
    const found = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    const short = (list) => list.map((rule) => ({ rule: rule.id, places: rule.nodes.slice(0, 4).map((node) => node.html.slice(0, 140)), count: rule.nodes.length }));
    return { violations: short(found.violations), incomplete: short(found.incomplete) };
  });
}

/// Latin words that a page in another language still shows, outside of what is nobody's phrase:
/// addresses, codes, keys, quoted words, names. By text.
export const latin_left = (page) => page.evaluate(() => {
  const alone = "code, pre, q, kbd, bdi, textarea, script, style, noscript, .address, [translate=no], [dir=auto]";
  const left = new Set();
  const look = (text) => {
    const words = text.replace(/\s+/g, " ").trim();
    if (/[A-Za-z]{2,}/.test(words.replace(/Person \w+|Test hotline|Case [0-9A-Z]{6}|\b[0-9A-Z]{6}\b|\bAS\d+|address و app و group و user و place و seen و access و remarks و language و reference|\bUTC\b|\b[AB][12]\b|ICCAM|\bPDQ\b|\bIP\b|\bMD5\b|\bSHA-\d+|\bCDN\b|\b(CSV|JSON)\b/g, ""))) left.add(words.slice(0, 160));
  };
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(alone)) look(walker.currentNode.data);
  for (const name of ["title", "aria-label", "alt", "placeholder"])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (!element.parentElement?.closest(alone)) look(element.getAttribute(name));
  return [...left];
});
