// axe.mjs PORTAL-URL [LANGUAGE…]: every public page, in every language that the portal offers, as axe-core, a
// narrow screen, a slow line and a keyboard see it. Prints what is wrong; exits with 1 if anything is.
//   node axe.mjs http://127.0.0.1:8080          all languages
//   node axe.mjs http://127.0.0.1:8080 en ar    only these
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { open_browser, shot } from "./pages.mjs";

const axe_source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const looks = [
  { name: "light, 320 px", viewport: { width: 320, height: 640 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  { name: "forced colours", viewport: { width: 1280, height: 900 }, forcedColors: "active" },
];

/// Walks through every page a reporter can see; `see(page, name)` looks at each.
async function every_page(page, base, language, see) {
  const go = (value) => page.locator(`main button[name=go][value=${value}]`).first().click();
  const visit = async (path, name) => { await page.goto(`${base}/${language}/${path}`); await see(page, name ?? path); };
  for (const path of ["", "answers", "work", "worried", "quick", "check", "no-such-page"]) await visit(path, path || "start");
  await page.goto(`${base}/${language}/quick`);
  await go("send"); await see(page, "quick with mistakes");
  await page.goto(`${base}/${language}/check`);
  await page.locator("#code").fill("7K2M-9QXA"); await page.locator("main form button").click(); await see(page, "check with a mistake");

  await visit("report", "topic");
  await go("next"); await see(page, "topic with a mistake");
  await page.locator("input[value=child]").check(); await go("next"); await see(page, "danger");
  await page.locator("input[value=yes]").check(); await go("next"); await see(page, "help for one's own picture");
  await go("next"); await see(page, "address");
  await go("next"); await see(page, "address with a mistake");
  await go("place"); await see(page, "place");
  await page.locator("input[value=app]").check(); await go("next"); await see(page, "elsewhere");
  await go("next"); await see(page, "elsewhere with a mistake");
  await page.locator("#group").fill("Hills and lakes"); await go("next"); await see(page, "answer");
  await page.locator("input[value=mail]").check(); await go("next"); await see(page, "answer with a mistake");
  await page.locator("input[value=code]").check(); await go("next"); await see(page, "check your answers");
  await go("remarks"); await see(page, "remarks");
  await go("next"); await go("when"); await see(page, "when");
  await go("next"); await go("send"); await see(page, "thanks");
  const code = (await page.locator("bdi.code").innerText()).trim();

  for (const topic of ["behaviour", "other"]) {
    await page.goto(`${base}/${language}/report`);
    await page.locator(`input[value=${topic}]`).check(); await go("next");
    if (topic === "behaviour") { await page.locator("input[value=no]").check(); await go("next"); }
    await see(page, `help for ${topic}`);
  }
  return code;
}

/// The receipt's page appears once the worker has filed the report; a portal alone has none.
async function receipt_page(page, base, language, code, see) {
  await page.goto(`${base}/${language}/check`);
  await page.locator("#code").fill(code);
  await page.locator("main form button").click();
  if (await page.locator("ol.steps").count()) await see(page, "status");
}

async function wrong_on(page) {
  await page.evaluate(axe_source);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const wrong = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) wrong.push(`scrolls sideways by ${wide} px`);
  return wrong;
}

/// Tab from the top to the end: everything that can be used gets the focus once, in view and with a ring.
async function keyboard(page, base, language) {
  const wrong = [];
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of ["", "report", "quick", "check"]) {
    await page.goto(`${base}/${language}/${path}`);
    const wanted = await page.evaluate(() => [...document.querySelectorAll("a[href],button,input:not([type=hidden]):not([tabindex='-1']),textarea,summary")].filter((one) => one.type !== "radio").length);
    const seen = new Set();
    for (let i = 0; i < wanted + 40; ++i) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const one = document.activeElement;
        if (!one || one === document.body) return null;
        const box = one.getBoundingClientRect(), style = getComputedStyle(one);
        return { key: [...document.querySelectorAll("*")].indexOf(one), radio: one.type === "radio", name: one.outerHTML.slice(0, 60),
          shown: box.bottom > 0 && box.top < innerHeight && box.width > 0, ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
      });
      if (!at) break;
      if (!at.shown) wrong.push(`/${path}: focus out of view on ${at.name}`);
      if (!at.ring) wrong.push(`/${path}: no ring on ${at.name}`);
      if (!at.radio) seen.add(at.key);
    }
    if (seen.size < wanted) wrong.push(`/${path}: the keyboard reaches ${seen.size} of ${wanted}`);
  }
  return wrong;
}

/// 400 kbit/s and 400 ms: what the first page costs.
async function slow_line(browser, base, language) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const line = await context.newCDPSession(page);
  await line.send("Network.enable");
  await line.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 50000, uploadThroughput: 50000 });
  const requests = [];
  let bytes = 0;
  page.on("request", (request) => requests.push(request.url()));
  line.on("Network.loadingFinished", (done) => { bytes += done.encodedDataLength; });
  await page.goto(`${base}/${language}/`, { waitUntil: "load" });
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity);
  const cookies = (await context.cookies()).length;
  await context.close();
  return { requests: requests.filter((url) => !url.endsWith(".png")).length, bytes, paint: Math.round(paint), cookies };
}

export async function look_at_all(base, wanted = []) {
  const browser = await open_browser();
  let pages = 0, wrong = 0;
  try {
    const first = await (await browser.newContext()).newPage();
    await first.goto(`${base}/`);
    const offered = await first.locator("ul.languages a").evaluateAll((all) => all.map((one) => one.getAttribute("hreflang")));
    const languages = wanted.length ? wanted : offered.length ? offered : [await first.locator("html").getAttribute("lang")];
    for (const language of languages) {
      for (const look of looks) {
        const context = await browser.newContext({ viewport: look.viewport, colorScheme: look.colorScheme, forcedColors: look.forcedColors });
        const page = await context.newPage();
        const see = async (shown, name) => {
          ++pages;
          for (const one of await wrong_on(shown)) {
            ++wrong;
            console.log(`${language}, ${look.name}, ${name}: ${one}`);
          }
          if (["en", "ar"].includes(language)) await shot(shown, `axe-${language}-${look.name.replace(/\W+/g, "-")}-${name.replace(/\W+/g, "-")}`);
        };
        const code = await every_page(page, base, language, see);
        await receipt_page(page, base, language, code, see);
        await context.close();
      }
      const context = await browser.newContext();
      for (const one of await keyboard(await context.newPage(), base, language)) {
        ++wrong;
        console.log(`${language}, keyboard: ${one}`);
      }
      await context.close();
      const line = await slow_line(browser, base, language);
      console.log(`${language}: first page ${line.requests} request, ${line.bytes} bytes, first paint after ${line.paint} ms at 400 kbit/s and 400 ms, ${line.cookies} cookies`);
      if (line.requests !== 1 || line.bytes > 14336 || line.cookies) ++wrong;
    }
    console.log(`${pages} pages looked at in ${languages.length} languages, ${wrong} wrong`);
  } finally {
    await browser.close();
  }
  return wrong;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [base, ...languages] = process.argv.slice(2);
  if (!base || base === "--help") {
    console.log("Example: node axe.mjs http://127.0.0.1:8080 [LANGUAGE…]");
    process.exit(base ? 0 : 2);
  }
  process.exit((await look_at_all(base.replace(/\/$/, ""), languages)) ? 1 : 0);
}
