// The console's acceptance tests in a real headless Chromium: grading by keys, what the network
// carries, focus, keys, cap, blindness, print, passkeys, axe. Ends with 0 only if all held.
//
//   node tests/browser/console.mjs [part of a name]     (CONSOLE_DESK names the prepared console)
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { Desk, axe, latin_left, open_case, read_in, saved, sign_in } from "./desk.mjs";
import { open_browser, shot } from "./pages.mjs";

const only = process.argv[2] ?? "";
const figures = {};
let failures = 0;
function expect(what, held) { if (!held) throw new Error(`not so: ${what}`); }
async function test(name, play) {
  if (!name.includes(only)) return;
  const began = Date.now();
  try {
    await play();
    console.log(`ok      ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (trouble) {
    failures += 1;
    console.log(`FAILED  ${name}: ${trouble.message.split("\n")[0]}`);
  }
}
const p95 = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length * 0.95)];

const desk = await Desk.start();
const browser = await open_browser();
const pages = {};
const person = async (name) => (pages[name] ??= await sign_in(browser, desk, name));

await test("strict policy, no third party, small scripts", async () => {
  const page = await person("anna");
  const hosts = new Set();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  const answer = await page.goto(`${desk.base}/cases/${desk.cases.keys}`);
  const policy = answer.headers()["content-security-policy"];
  expect("default-src 'none'", /default-src 'none'/.test(policy));
  expect("nothing inline, nothing evaluated", !/unsafe/.test(policy));
  const html = await answer.text();
  expect("no inline script, style or handler", !/<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=/i.test(html));
  await page.waitForLoadState();
  expect("one host only", hosts.size === 1);
  const scripts = ["console.js", "grading.js", "passkeys.js"].map((name) => readFileSync(new URL(`../../web/console/${name}`, import.meta.url)));
  figures.script_bytes_compressed = scripts.reduce((sum, text) => sum + gzipSync(text).length, 0);
  expect("150 KB of script at most", figures.script_bytes_compressed < 150 * 1024);
});

await test("no image over 4 KB before a reveal key; after it only what was asked for", async () => {
  const page = await person("anna");
  const seen = [];
  const log = async (response) => {
    if (!/image\//.test(response.headers()["content-type"] ?? "")) return;
    seen.push({ url: new URL(response.url()).pathname, size: (await response.body().catch(() => Buffer.alloc(0))).length });
  };
  page.on("response", log);
  await open_case(page, desk, "three-hundred");
  await page.waitForFunction(() => document.querySelector("#grid img")?.naturalWidth > 0);
  await page.waitForTimeout(2500);
  const before = seen.length;
  figures.pictures_asked_for_on_opening_300 = before;
  figures.largest_image_before_reveal = Math.max(...seen.map((one) => one.size));
  expect("pictures are there", before > 5);
  expect("only those near the window", before < 120);
  expect("all of level 1 and small", seen.every((one) => one.url.endsWith("/1") && one.size <= 4096));
  await page.keyboard.down("KeyR");
  await page.waitForFunction(() => document.querySelector("#viewer img")?.naturalWidth > 0);
  await page.waitForTimeout(100);
  expect("holding shows one at level 2", seen.slice(before).filter((one) => one.url.endsWith("/2")).length === 1);
  expect("it is there while held", (await page.locator("#viewer img").count()) === 1);
  await page.keyboard.up("KeyR");
  expect("letting go covers", (await page.locator("#viewer img").count()) === 0);
  const first = page.locator("#grid .cell").first();
  await first.hover();
  await page.waitForTimeout(300);
  expect("hovering reveals nothing", (await page.locator("#viewer img").count()) === 0);
  await page.keyboard.press("Period");
  expect("one key blanks all", await page.evaluate(() => getComputedStyle(document.querySelector("#grid img")).visibility === "hidden"));
  await page.keyboard.press("Period");
  page.off("response", log);
  for (const path of ["original", "0", "5", "6"])
    expect(`no route to level ${path}`, await page.evaluate(async (p) => (await fetch(p)).status, `/previews/${seen[0].url.split("/")[2]}/${path}`) === 404);
});

await test("300 items graded by keys alone, 10 taken back, finished; key to paint and next item", async () => {
  const page = await person("anna");
  await open_case(page, desk, "three-hundred");
  await page.evaluate(() => {
    window.paints = [];
    window.mouse = 0;
    for (const kind of ["mousedown", "click", "pointerdown"]) addEventListener(kind, (e) => { if (e.isTrusted && e.detail > 0) window.mouse += 1; }, true);
    // From the key's own time stamp to the frame in which its effect is on the screen.
    addEventListener("keydown", (event) => {
      const at = event.timeStamp;
      requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => window.paints.push(performance.now() - at); channel.port2.postMessage(0); });
    }, true);
  });
  const next = [];
  const began = Date.now();
  for (let i = 0; i < 300; i += 1) {
    const keys = i % 3 === 0 ? ["Digit3", "Digit2", "Digit1"] : i % 3 === 1 ? ["Digit0"] : ["KeyX"];
    const before = await page.evaluate(() => [document.querySelector(".cell.at").dataset.number, performance.now()]);
    for (const key of keys) await page.keyboard.press(key);
    if (i < 299) {
      const moved = await page.evaluate(([number]) => [document.querySelector(".cell.at").dataset.number !== number, performance.now()], before);
      expect(`item ${i + 1} moved on`, moved[0]);
      next.push((moved[1] - before[1]) / keys.length);
    }
  }
  figures.seconds_for_300 = (Date.now() - began) / 1000;
  await saved(page);
  expect("nothing is open", (await page.locator("#n-todo").innerText()) === "0");
  for (let i = 0; i < 10; i += 1) await page.keyboard.press("KeyZ");
  await page.waitForFunction(() => document.getElementById("n-todo").textContent === "10", null, { timeout: 60000 });
  await page.keyboard.press("Control+Shift+KeyZ");
  await page.waitForFunction(() => document.getElementById("n-todo").textContent === "9", null, { timeout: 60000 });
  await page.keyboard.press("KeyJ");
  for (let i = 0; i < 9; i += 1) { await page.keyboard.press(i % 2 ? "KeyX" : "Digit0"); await page.waitForTimeout(20); }
  await page.waitForFunction(() => document.getElementById("n-todo").textContent === "0", null, { timeout: 60000 });
  await saved(page);
  const measured = await page.evaluate(() => ({ paints: window.paints, mouse: window.mouse }));
  figures.key_to_paint_ms_p95 = Math.round(p95(measured.paints) * 10) / 10;
  figures.next_item_ms_p95 = Math.round(p95(next) * 10) / 10;
  expect("no mouse event", measured.mouse === 0);
  await shot(page, "console-300-done");
  await page.keyboard.press("Control+Enter");
  await page.locator("section.verdict").waitFor({ timeout: 15000 });
  expect("most severe category, youngest age", /Actionable: C, 3–6/.test(await page.locator("section.verdict").innerText()));
  expect("no picture once it is decided", (await page.locator("main img").count()) === 0);
});

await test("a page of 1,000 items is there for the keyboard in good time", async () => {
  const page = await person("ben");
  await page.goto(`${desk.base}/cases/${desk.cases.thousand}`);
  await page.getByRole("button", { name: "Open this case" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.ready === "1");
  const times = [];
  for (let i = 0; i < 5; i += 1) {
    const began = Date.now();
    await page.goto(`${desk.base}/cases/${desk.cases.thousand}`, { waitUntil: "commit" });
    await page.waitForFunction(() => document.documentElement.dataset.ready === "1", null, { polling: 10 });
    await page.keyboard.press("ArrowRight");
    times.push(Date.now() - began);
  }
  figures.thousand_items_interactive_ms = times.sort((a, b) => a - b)[2];
  figures.thousand_items_html_kb = Math.round((await (await page.request.get(`${desk.base}/cases/${desk.cases.thousand}`)).body()).length / 1024);
  await page.keyboard.press("Digit0");
  await saved(page);
  await page.keyboard.press("End");
  expect("the end is reached", (await page.locator(".cell.at").getAttribute("data-number")) === "1000");
});

for (const [width, language] of [[1280, "en"], [320, "en"], [320, "ar"]])
  await test(`the focused cell is never covered at ${width} px, 60 steps back, ${language}`, async () => {
    const page = await person("ben");
    await read_in(page, desk, language);
    await page.setViewportSize({ width, height: 800 });
    await open_case(page, desk, "thousand");
    for (let i = 0; i < 3; i += 1) await page.keyboard.press("PageDown");
    const [on, back] = language === "ar" ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    for (let i = 0; i < 80; i += 1) await page.keyboard.press(on);
    let obscured = 0, header = 0;
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press(back);
      const found = await page.evaluate(() => {
        const cell = document.querySelector(".cell.at");
        const box = cell.getBoundingClientRect();
        const points = [[0.5, 0.5], [0.15, 0.15], [0.85, 0.15], [0.15, 0.85], [0.85, 0.85]];
        const hidden = points.filter(([x, y]) => { const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y); return !top || !cell.contains(top); });
        const bar = document.querySelector("div.bar").getBoundingClientRect();
        const head = bar.bottom < 0 || bar.top > innerHeight ? null : document.elementFromPoint(bar.left + 20, bar.top + bar.height / 2);
        return { hidden: hidden.length, header: head !== null && !document.querySelector("div.bar").contains(head) };
      });
      obscured += found.hidden > 0 ? 1 : 0;
      header += found.header ? 1 : 0;
    }
    figures[`focus_obscured_at_${width}_${language}`] = obscured;
    await page.screenshot({ path: new URL(`./shots/console-focus-${width}-${language}.png`, import.meta.url).pathname });
    await page.setViewportSize({ width: 1280, height: 800 });
    await read_in(page, desk, "en");
    expect(`0 of 60 obscured, not ${obscured}`, obscured === 0);
    expect("the bar is not covered", header === 0);
  });

await test("keys: off, remapped, left-handed, kept; a stack is one key", async () => {
  const page = await person("anna");
  await open_case(page, desk, "stack");
  expect("four of eight are shown for five alike", (await page.locator("#grid .cell:visible").count()) === 4);
  await page.keyboard.press("Digit0");
  await saved(page);
  expect("five decided by one key", (await page.locator("#n-decided").innerText()) === "5");
  await page.keyboard.press("KeyZ");
  await page.waitForFunction(() => document.getElementById("n-decided").textContent === "0");
  await page.keyboard.press("KeyS");
  expect("unfolded", (await page.locator("#grid .cell:visible").count()) === 8);
  await page.keyboard.press("Control+KeyA");
  await page.keyboard.press("KeyX");
  await page.waitForFunction(() => document.getElementById("n-todo").textContent === "0");
  await page.keyboard.press("KeyZ");
  await page.waitForFunction(() => document.getElementById("n-todo").textContent === "8");
  await page.keyboard.press("Shift+Slash");
  await page.getByRole("button", { name: /Change the key for: page furniture/ }).click();
  await page.keyboard.press("KeyU");
  expect("a taken key is refused in words", /is for: unsure/.test(await page.locator("#key-trouble").innerText()));
  await page.getByRole("button", { name: /Change the key for: page furniture/ }).click();
  await Promise.all([page.waitForResponse(/preferences/), page.keyboard.press("KeyQ")]);
  await page.keyboard.press("Escape");
  await open_case(page, desk, "stack");
  await page.keyboard.press("KeyX");
  await page.waitForTimeout(200);
  expect("the old key is nothing now", (await page.locator("#n-todo").innerText()) === "8");
  await page.keyboard.press("KeyQ");
  await saved(page);
  expect("the new key, after loading again", (await page.locator("#n-decided").innerText()) === "5");
  await page.keyboard.press("Shift+Slash");
  await Promise.all([page.waitForResponse(/preferences/), page.locator("#left-handed").click()]);
  expect("left-handed hints", (await page.locator("#blank kbd").textContent()) === "Z");
  await page.waitForTimeout(300);
  await Promise.all([page.waitForResponse(/preferences/), page.locator("#usual-keys").click()]);
  await page.waitForTimeout(300);
  await Promise.all([page.waitForResponse(/preferences/), page.locator("#keys-on").uncheck()]);
  await page.keyboard.press("Escape");
  await open_case(page, desk, "stack");
  await page.keyboard.press("Digit0");
  await page.waitForTimeout(200);
  expect("switched off, kept", (await page.locator("#n-decided").innerText()) === "5");
  await page.locator("#keys").click();
  await Promise.all([page.waitForResponse(/preferences/), page.locator("#keys-on").check()]);
  await Promise.all([page.waitForResponse(/preferences/), page.locator("#toggle-reveal").check()]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("KeyR");
  await page.locator("#viewer img").waitFor();
  expect("one press reveals, for who cannot hold", (await page.locator("#viewer img").count()) === 1);
  await page.keyboard.press("KeyR");
  expect("and one covers", (await page.locator("#viewer img").count()) === 0);
});

await test("without a network decisions wait, and nothing is lost", async () => {
  const page = await person("anna");
  await open_case(page, desk, "keys");
  await page.context().setOffline(true);
  for (let i = 0; i < 10; i += 1) { await page.keyboard.press(i % 2 ? "Digit0" : "KeyX"); await page.waitForTimeout(20); }
  await page.waitForFunction(() => /No network/.test(document.getElementById("saved").textContent));
  await page.context().setOffline(false);
  await saved(page);
  await page.reload();
  expect("ten decided", (await page.locator("#n-decided").innerText()) === "10");
});

await test("the second reader's responses carry nothing of the first grade", async () => {
  const first = await person("anna");
  await open_case(first, desk, "second");
  await first.keyboard.press("KeyN");
  await first.locator("#note-words").fill("zebra crossing clue");
  await first.locator("#note-form button.first").click();
  await first.waitForFunction(() => /note saved/.test(document.getElementById("saved").textContent));
  for (const key of ["Digit1", "Digit2", "Digit2", "Digit1", "Digit5", "Digit2"]) { await first.keyboard.press(key); await first.waitForTimeout(40); }
  await first.waitForFunction(() => document.getElementById("n-todo").textContent === "0" && document.getElementById("saved").textContent === "✓ saved");
  await first.waitForTimeout(2100);
  await first.keyboard.press("Control+Enter");
  await first.getByText("Waits for another person").waitFor();
  const second = await sign_in(browser, desk, "berta");
  pages.berta = second;
  const bodies = [];
  second.on("response", async (response) => { if (!/image/.test(response.headers()["content-type"] ?? "")) bodies.push(`${response.url()}\n${JSON.stringify(response.headers())}\n${await response.text().catch(() => "")}`); });
  await open_case(second, desk, "second");
  for (const tab of ["timeline", "addresses", "hosting", "actions"]) await second.goto(`${desk.base}/cases/${desk.cases.second}/${tab}`);
  await second.goto(`${desk.base}/`);
  await second.goto(`${desk.base}/queue`);
  await open_case(second, desk, "second");
  for (const key of ["Digit3", "Digit3", "Digit1", "Digit2", "Digit3", "Digit1"]) { await second.keyboard.press(key); await second.waitForTimeout(40); }
  await second.waitForFunction(() => document.getElementById("n-todo").textContent === "0" && document.getElementById("saved").textContent === "✓ saved");
  const said = bodies.join("\n");
  expect("bodies were read", bodies.length > 8);
  expect("no note of the first", !/zebra/.test(said));
  expect("no grade of the first", !/A, 3–6|A, 14–15|Decided an item: A/.test(said));
  expect("not who it was", !/Decided an item[^<]*<[^>]*>Person anna|by Person anna/.test(said));
  await second.waitForTimeout(2100);
  await second.keyboard.press("Control+Enter");
  await second.getByRole("link", { name: "Compare both answers" }).click();
  expect("now both stand side by side", /A, 3–6/.test(await second.locator("main").innerText()));
  await shot(second, "console-compare");
  figures.axe_compare = (await axe(second)).violations.length;
  await second.locator("#reason").fill("seen again, the first answer is right");
  await second.getByRole("button", { name: /Change to theirs/ }).click();
  await second.locator("section.verdict").waitFor();
  expect("the first answer decides", /Actionable: A, 3–6/.test(await second.locator("section.verdict").innerText()));
});

await test("colleagues answer privately and open together", async () => {
  const anna = await person("anna");
  const ben = await person("ben");
  await ben.goto(`${desk.base}/`);
  await open_case(anna, desk, "consult");
  await anna.keyboard.press("KeyC");
  await anna.locator("#call-people input").first().waitFor();
  await anna.locator("#call-people label", { hasText: "Person ben" }).locator("input").check();
  await shot(anna, "console-call");
  await anna.locator("#call-form button.first").click();
  await anna.waitForFunction(() => /Called over/.test(document.getElementById("saved").textContent));
  await ben.goto(`${desk.base}/`);
  await ben.getByRole("link", { name: /One item of/ }).first().click();
  await ben.getByRole("button", { name: "Yes, I will look" }).click();
  await shot(ben, "console-consult");
  figures.axe_consult = (await axe(ben)).violations.length;
  await ben.getByLabel("C", { exact: true }).check();
  await ben.getByLabel("11–13", { exact: true }).check();
  await ben.getByLabel("Boy", { exact: true }).check();
  await ben.getByRole("button", { name: "Give my answer" }).click();
  expect("opened with the last answer", /C, 11–13, Boy/.test(await ben.locator("main").innerText()));
});

await test("findings: a place, a series, a frame never without the promise; all laws from one set of answers", async () => {
  const page = await person("anna");
  await open_case(page, desk, "keys");
  const item = await page.locator("#grid .cell").first().getAttribute("href");
  await page.goto(`${desk.base}/cases/${desk.cases.keys}/findings`);
  await page.locator("#country").fill("NL");
  await page.locator("#confidence").fill("60");
  await page.locator("#place-words").fill("a sign");
  await page.getByRole("button", { name: "Note this place" }).click();
  await page.getByText("60 percent sure").waitFor();
  await page.locator("#series").fill("lakes");
  await page.getByRole("button", { name: "Add this case" }).click();
  await page.getByRole("link", { name: "lakes" }).waitFor();
  await page.goto(`${desk.base}${item}/regions`);
  await page.getByLabel("Plug or switch").check();
  for (const [field, value] of [["left", "10"], ["top", "10"], ["width", "20"], ["height", "20"]]) await page.locator(`#${field}`).fill(value);
  await page.getByRole("button", { name: "Mark this place" }).click();
  expect("the promise is required", (await page.locator("input[name=nobody]").evaluate((box) => box.validity.valueMissing)) && page.url().endsWith("/regions"));
  await page.locator("input[name=nobody]").check();
  await page.getByRole("button", { name: "Mark this place" }).click();
  await page.getByText("20 by 20 percent").waitFor();
  expect("a promise is never kept for the next", !(await page.locator("input[name=nobody]").isChecked()));
  await page.goto(`${desk.base}${item}/labels`);
  expect("nothing is chosen beforehand", (await page.locator("input[type=radio]:checked").count()) === 0);
  expect("nothing follows from no answer", (await page.locator("td b.good").count()) === 0);
  for (const [label, value] of [["depiction", "photographic"], ["age", "adult"], ["activity", "none"], ["aggravated", "no"], ["focus", "none"], ["maturity", "cannot_decide"]])
    await page.locator(`input[name=${label}][value=${value}]`).check();
  await page.getByRole("button", { name: "Keep these answers" }).click();
  await page.waitForFunction(() => document.querySelectorAll("td b.good").length === 5);
  expect("five schemes, one set of answers", (await page.locator("td b.good").allInnerTexts()).every((text) => text === "Not actionable"));
  await page.goto(`${desk.base}/`);
  await page.locator("#q").fill("gallery[.]example");
  await page.keyboard.press("Enter");
  await page.getByText("This is a host.").waitFor();
  expect("found by its host", (await page.locator("main li a").count()) >= 1);
  await page.goto(`${desk.base}/queue`);
  await page.locator("#words").fill("cap.example");
  await page.getByRole("button", { name: "Show these" }).click();
  await page.locator("#view-name").fill("Caps");
  await page.getByRole("button", { name: "Keep", exact: true }).click();
  await page.goto(`${desk.base}/queue`);
  await page.getByRole("link", { name: "Caps" }).click();
  await page.waitForURL(/words=cap/);
  expect("the kept filter filters", (await page.locator("tbody tr").count()) === 1);
  await page.goto(`${desk.base}/lane`);
  expect("each place is explained", (await page.locator("ol.lane > li").count()) > 0 && /may be new/.test(await page.locator("ol.lane > li").first().innerText()));
});

await test("print, title and history carry no picture", async () => {
  const page = await person("anna");
  await open_case(page, desk, "keys");
  await page.waitForTimeout(400);
  await page.waitForFunction(() => document.querySelector("#grid img")?.naturalWidth > 0);
  expect("there are pictures on the screen", (await page.locator("#grid img").count()) > 0);
  await page.emulateMedia({ media: "print" });
  expect("none in print", await page.evaluate(() => [...document.querySelectorAll("img")].every((image) => getComputedStyle(image).display === "none")));
  await page.emulateMedia({ media: "screen" });
  expect("a neutral title", /^Case [0-9A-Z]{6} · Test hotline$/.test(await page.title()));
  expect("nothing in the browser's stores", await page.evaluate(async () => localStorage.length === 0 && sessionStorage.length === 0 && (await caches?.keys?.() ?? []).length === 0));
});

await test("after 240 minutes no picture, and the answer says why", async () => {
  const page = await sign_in(browser, desk, "sam");
  await open_case(page, desk, "cap");
  const item = await page.locator("#grid .cell").first().getAttribute("data-item");
  const look = () => page.evaluate(async (id) => {
    const answer = await fetch(`/previews/${id}/1`, { headers: { Accept: "application/json" } });
    return { status: answer.status, type: answer.headers.get("content-type"), body: answer.ok ? {} : await answer.json(), size: answer.ok ? (await answer.arrayBuffer()).byteLength : 0 };
  }, item);
  const token = await page.locator("#desk").getAttribute("data-token");
  const keep = () => page.evaluate(async ([id, base, token]) => (await fetch(`${base}/items/${id}/grade`, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ category: Math.random() < 0.5 ? "unsure" : "furniture", form_token: token }) })).status,
    [item, `/cases/${desk.cases.cap}`, token]);
  let minutes = 0, breaks = 0, beyond = 0;
  for (let i = 0; i < 290; i += 1) {
    await desk.advance(60);
    if (i % 10 === 0) await keep();
    const seen = await look();
    if (seen.status === 200) { minutes += 1; continue; }
    expect(`403 of the budget, not ${seen.status}`, seen.status === 403 && /problem\+json/.test(seen.type) && seen.body.type === "exposure-cap");
    if (seen.body.why === "minutes") { beyond += 1; if (beyond > 3) break; continue; }
    expect(`a break is due, not ${seen.body.why}`, seen.body.why === "break_due");
    breaks += 1;
    await desk.advance(600);
  }
  figures.minutes_until_the_cap = minutes;
  figures.breaks_on_the_way = breaks;
  expect("240 minutes at most", minutes <= 240 && minutes >= 238);
  await page.goto(`${desk.base}/wellbeing`);
  expect("the page says so", /used up/.test(await page.locator("main").innerText()));
  await shot(page, "console-wellbeing-full");
  await page.context().close();
});

await test("a passkey of a virtual authenticator is added and signs in", async () => {
  const page = await sign_in(browser, desk, "ben");
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true } });
  await page.goto(`${desk.base}/passkeys`);
  await page.locator("#label").fill("Test desk");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("Test desk").first().waitFor();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.waitForURL(/sign-in/);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.waitForURL((url) => url.pathname === "/");
  expect("signed in as ben", /Person ben/.test(await page.locator("header").innerText()));
  await page.context().close();
});

// Every page in both languages and in both colours; all four together with FULL=1.
await test("axe: no violation on any page, dark and light, English and Arabic; no English left in Arabic", async () => {
  const first = await sign_in(browser, desk, "anna");
  await open_case(first, desk, "keys");
  const one_item = new URL(await first.locator("#grid .cell").first().getAttribute("href"), desk.base).pathname;
  await first.context().close();
  const by = {
    anna: ["/", "/queue", "/queue?state=decided", `/cases/${desk.cases.keys}`, `/cases/${desk.cases.keys}/rest`, `/cases/${desk.cases.known}`,
      ...["addresses", "hosting", "findings", "actions", "messages", "timeline"].map((tab) => `/cases/${desk.cases["three-hundred"]}/${tab}`), "/lane", "/series", one_item, `${one_item}/labels`, `${one_item}/regions`, "/wellbeing", "/passkeys", "/practice", "/sample", "/intake", "/notices", "/contacts", "/cases/nothing"],
    sam: ["/board", "/rota", "/texts", "/quality", "/approvals", "/accesses", `/cases/${desk.cases["three-hundred"]}/break-glass`],
    mara: ["/audit", "/board", "/dashboard", "/gate"], adam: ["/people", "/approvals"], pia: ["/gate"],
  };
  let violations = 0, incomplete = 0, count = 0;
  const left = {};
  const views = [["dark", "en"], ["light", "ar"]];
  if (process.env.FULL) views.push(["light", "en"], ["dark", "ar"]);
  // The clock was moved past every session: all sign in again.
  for (const [scheme, language] of views)
    for (const [name, paths] of Object.entries(by)) {
      const page = await sign_in(browser, desk, name, { colorScheme: scheme, ...(process.env.PHONE ? { viewport: { width: 390, height: 844 } } : {}) });
      await read_in(page, desk, language);
      if (name === "anna") await open_case(page, desk, "keys");
      for (const path of ["here", ...paths]) {
        if (path !== "here") await page.goto(desk.base + path);
        const found = await axe(page);
        count += 1;
        violations += found.violations.length;
        incomplete += found.incomplete.length;
        for (const one of found.violations) console.log(`        ${scheme} ${language} ${name} ${path}: ${one.rule} ×${one.count} ${one.places[0]}`);
        if (language !== "en") for (const words of await latin_left(page)) left[words] = path;
        if (path !== "here" && process.env.SHOTS) await shot(page, `${process.env.PHONE ? "phone" : "axe"}-${scheme}-${language}-${name}${path.replace(/[^a-z]+/g, "-").slice(0, 40)}`);
      }
      await read_in(page, desk, "en");
      await page.context().close();
    }
  figures.axe = { pages: count, violations, incomplete };
  for (const [words, path] of Object.entries(left)) console.log(`        not in Arabic: ${JSON.stringify(words)} on ${path}`);
  figures.phrases_left_in_english = Object.keys(left).length;
  expect(`0 violations, not ${violations}`, violations === 0);
  expect("every phrase is in Arabic", Object.keys(left).length === 0);
});

await browser.close();
desk.stop();
console.log(JSON.stringify(figures, null, 1));
process.exit(failures ? 1 : 0);
