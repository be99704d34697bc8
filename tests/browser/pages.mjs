// The pages as people use them: a reporter without JavaScript, an analyst with a keyboard.
import { chromium } from "playwright-core";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { until } from "./demo.mjs";

const shots = join(new URL(".", import.meta.url).pathname, "shots");
const phone = { width: 390, height: 844 };
const desktop = { width: 1440, height: 900 };

export async function open_browser() {
  mkdirSync(shots, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

export async function shot(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

/// Somebody from the public: no JavaScript, no cookie ever.
export class Reporter {
  static async arrive(browser, portal, { small = false } = {}) {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: small ? phone : desktop });
    return new Reporter(await context.newPage(), context, portal);
  }
  constructor(page, context, portal) { Object.assign(this, { page, context, portal }); }

  async go(value) { await this.page.locator(`button[name=go][value=${value}]`).first().click(); }

  /// The journey, one question a page. Gives the receipt code.
  async report_step_by_step(address, name) {
    const { page } = this;
    await page.goto(`${this.portal}/en/`);
    await shot(page, `${name}-start`);
    await page.locator("main a.button").click();
    await page.locator("input[value=online]").check();
    await shot(page, `${name}-topic`);
    await this.go("next");
    await page.locator("textarea#text").fill(address);
    await this.go("next");
    await page.locator("input[name=answer][value=code]").check();
    await this.go("next");
    await shot(page, `${name}-check`);
    await this.go("send");
    await shot(page, `${name}-thanks`);
    return this.code();
  }

  /// Everything on one page, with a mailbox for an answer.
  async report_at_once(address, { email = "", language = "en", name = "" } = {}) {
    const { page } = this;
    await page.goto(`${this.portal}/${language}/quick`);
    await page.locator("textarea#text").fill(address);
    await page.locator(`input[name=answer][value=${email ? "mail" : "code"}]`).check();
    if (email) await page.locator("#email").fill(email);
    if (name) await shot(page, `${name}-quick`);
    await this.go("send");
    if (name) await shot(page, `${name}-thanks`);
    return this.code();
  }

  async code() {
    const code = (await this.page.locator("bdi.code").innerText()).trim();
    if (!/^[0-9A-Z]{4}(-[0-9A-Z]{4}){5}-?.$/.test(code)) throw new Error(`no receipt code, but "${code}"`);
    if ((await this.context.cookies()).length) throw new Error("the portal has set a cookie");
    return code;
  }

  /// The words of the receipt page, newest step last.
  async status(code, language = "en") {
    await this.page.goto(`${this.portal}/${language}/check`);
    await this.page.locator("#code").fill(code);
    await this.page.locator("main form button").first().click();
    return (await this.page.locator("ol.steps li").allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
  }
}

/// Somebody of the staff, who signs in.
export class Person {
  static async sign_in(browser, demo, name) {
    const context = await browser.newContext({ viewport: desktop });
    const page = await context.newPage();
    await page.goto(`${demo.console}/sign-in`);
    await page.locator("#name:focus").waitFor();
    await page.keyboard.type(name);
    await page.keyboard.press("Tab");
    await page.keyboard.type(demo.password);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
    return new Person(page, demo.console);
  }
  constructor(page, base) { Object.assign(this, { page, base }); }

  async go(path) { await this.page.goto(this.base + path); }
  async text() { return (await this.page.locator("main").innerText()).replace(/\s+/g, " "); }

  /// The most urgent case, with the keyboard: Start has the focus on the home page.
  async start_case() {
    await this.go("/");
    await this.page.locator("form.start button:focus").waitFor();
    await this.page.keyboard.press("Enter");
    await this.page.waitForURL(/\/cases\//);
    this.path = new URL(this.page.url()).pathname.match(/^\/cases\/[^/]+/)[0];
    return this.path;
  }

  /// Opens the case of an address by the search field, and claims it if nobody has it.
  async open_case_of(address) {
    await this.go("/");
    await this.page.locator("#q").fill(address);
    await this.page.locator("#q").press("Enter");
    await this.page.waitForLoadState();
    if (!/\/cases\//.test(this.page.url())) await this.page.locator("main a[href^='/cases/']").first().click();
    this.path = new URL(this.page.url()).pathname.match(/^\/cases\/[^/]+/)[0];
    await this.go(this.path);
    const open = this.page.getByRole("button", { name: "Open this case" });
    if (await open.count()) await open.click();
    return this.path;
  }

  async tab(name) {
    await this.go(`${this.path}/${name}`);
    return this.text();
  }

  async to_do() { return Number(await this.page.locator("#n-todo").innerText()); }
  async key(...keys) {
    for (const one of keys) {
      await this.page.keyboard.press(one);
      await this.page.waitForTimeout(90);  // The page drops the bounce of a key.
    }
  }
  async saved() {
    await this.page.waitForFunction(() => /saved/.test(document.getElementById("saved").textContent) &&
      !/saving/.test(document.getElementById("saved").textContent));
  }

  /// Category, age, sex on the item that has the focus, and the whole case closed: keys only.
  async decide_with_keys() {
    while ((await this.to_do()) > 0) {
      const before = await this.to_do();
      await this.key("3", "2", "1");
      await this.saved();
      if ((await this.to_do()) >= before) throw new Error("the keys have decided nothing");
    }
    await this.finish();
  }
  async finish() {
    await this.page.waitForTimeout(2100);  // The page refuses to finish a case that was just opened.
    await this.page.keyboard.press("Control+Enter");
    await this.page.locator("section.verdict").waitFor({ timeout: 15000 });
  }

  /// Reads a page again until it says what is expected.
  async read_until(path, what, pattern, seconds = 60) {
    return until(`${path} says ${what}`, async () => {
      await this.go(path);
      const text = await this.text();
      return pattern.test(text) ? text : null;
    }, seconds, 1000);
  }
}
