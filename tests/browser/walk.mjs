// The walk: a report becomes a proven removal, in a browser, steps 1 to 8 in one go.
//
// Starts the demo with quick settings, plays reporters, analyst, police and a member,
// and lets the hosts of the range do the rest. Ends with 0 only if every step held.
// Screenshots go to shots/, which is not kept.
import { Demo, until } from "./demo.mjs";
import { look_at_all } from "./axe.mjs";
import { open_browser, Person, Reporter, shot } from "./pages.mjs";

const kKnown = "http://known.example/album/sunrise";
const kHome = "http://new.example/walks/lake";
const kSilent = "http://silent.example/still/morning";
const kReturns = "http://returns.example/again";
const kCdn = "http://cdn.example/pictures/valley";
const kMailbox = "pat@people.example";

function expect(what, held) {
  if (!held) throw new Error(`not so: ${what}`);
}

let number = 0;
async function step(sentence, play) {
  const began = Date.now();
  number += 1;
  await play();
  console.log(`ok ${String(number).padStart(2)}  ${sentence} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

async function walk(demo, browser) {
  const first = await Reporter.arrive(browser, demo.portal, { small: true });
  const second = await Reporter.arrive(browser, demo.portal);
  const others = await Reporter.arrive(browser, demo.portal);
  let receipt, mailed, anna, pia, known_case, entry, version;

  await step("somebody reports without JavaScript, anonymously, and gets a receipt code", async () => {
    receipt = await first.report_step_by_step(kKnown, "1-phone");
    expect("the receipt page knows the code", (await first.status(receipt)).length >= 1);
  });
  await step("a second person reports the same page and leaves a mailbox", async () => {
    mailed = await second.report_at_once(kKnown, { email: kMailbox, name: "1-desktop" });
    expect("two receipts are two codes", mailed !== receipt);
  });
  await step("the pages are there in Arabic, from right to left", async () => {
    const page = others.page;
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${demo.portal}/ar/`);
    expect("dir=rtl", (await page.locator("html").getAttribute("dir")) === "rtl");
    await shot(page, "1-arabic-phone-start");
    await page.setViewportSize({ width: 1440, height: 900 });
  });
  await step("the worker files both reports in one case, captures the page and matches", async () => {
    anna = await Person.sign_in(browser, demo, "anna");
    await shot(anna.page, "3-home");
    await anna.read_until("/queue?state=waiting", "known.example", /known[.\[\]]+example/, 60);
    const queue = await anna.read_until("/queue?state=waiting", "two reports", /known[.\[\]]+example\S* 2 /, 30);
    expect("one case for both reports", queue.match(/known[.\[\]]+example/g).length === 1);
    await shot(anna.page, "3-queue");
  });
  await step("the analyst starts the top case; what is known is filled in and not shown", async () => {
    known_case = await anna.start_case();
    const text = await anna.text();
    expect("it is the known page", (await anna.tab("addresses")).match(/known[.\[\]]+example/));
    await anna.go(known_case);
    expect("one item known, none to do", /1 items?: 1 known/.test(text) && (await anna.to_do()) === 0);
    expect("no picture on the page", (await anna.page.locator("#grid img").count()) === 0);
    await shot(anna.page, "3-known-case");
    // A picture that nobody has seen would have come before it in the queue.
    await others.report_at_once(kHome, { language: "ar", name: "1-arabic-desktop" });
  });
  await step("the address is traced: names, registry, network, country, abuse contact", async () => {
    await until("the trace is there", async () => /abuse@tulip-hosting\.example/.test(await anna.tab("hosting")), 30, 1000);
    const hosting = await anna.tab("hosting");
    for (const part of ["192[.]0[.]2[.]66", "2001:db8:11::66", "Tulip Hosting", "AS64498", "192.0.2.64/28", "Range Names Ltd", "NL", "abuse@northern-transit.example"])
      expect(`the hosting page says ${part}`, hosting.includes(part));
    const words = await anna.page.locator("details").first().textContent();
    for (const part of ["RNG-TULIP", "dns aaaa", "hxxp://192[.]0[.]2[.]43"]) expect(`the raw answers have ${part}`, words.includes(part));
    await shot(anna.page, "4-hosting");
  });
  await step("one key finishes the case, and the notice waits with a countdown", async () => {
    await anna.go(known_case);
    await anna.finish();
    await shot(anna.page, "3-finished");
    await anna.read_until(`${known_case}/actions`, "a notice", /ntc|N-|abuse@tulip-hosting/, 20);
    await shot(anna.page, "5-outbox");
  });
  await step("the confirmed address is on the list that a member downloads", async () => {
    entry = await until("it is listed", async () => {
      const lines = (await demo.member("/api/v1/lists/urls")).text.split("\n").filter((line) => line.includes(`"${kKnown}"`));
      return lines.length ? JSON.parse(lines[0]) : null;
    }, 30);
    expect("exactly this address", entry.match === "exact" && entry.country === "NL");
    const changes = (await demo.member("/api/v1/lists/urls/changes?since=0")).text.trim().split("\n").map((line) => JSON.parse(line));
    expect("the change feed adds it", changes.some((line) => line.id === entry.id && line.url === kKnown));
    version = changes.at(-1).next;
    expect("nobody reads it without a key", (await fetch(`${demo.feeds}/api/v1/lists/urls`)).status === 401);
  });
  await step("the notice leaves by mail with a machine-readable twin and a link", async () => {
    const [letter] = await until("a letter at the host", () => {
      const all = demo.letters("abuse@tulip-hosting.example");
      return all.length ? all : null;
    }, 40);
    expect("plain text and JSON", /text\/plain/.test(letter) && /application\/json/.test(letter));
  });
  await step("a new picture is decided with keys, undone, and decided again", async () => {
    await until("the page is captured", async () => {
      await anna.go("/queue?state=waiting");
      return /new[.\[\]]+example/.test(await anna.text());
    }, 60, 1000);
    await anna.open_case_of(kHome);
    expect("one picture to decide", (await anna.to_do()) === 1);
    await anna.page.locator("#grid img").first().waitFor();
    await shot(anna.page, "3-new-case");
    await anna.key("3", "2", "1");
    await anna.saved();
    expect("decided", (await anna.to_do()) === 0);
    await anna.key("z");
    await until("undone", async () => (await anna.to_do()) === 1, 10);
    await anna.decide_with_keys();
    await shot(anna.page, "3-new-finished");
  });
  const home_case = anna.path;
  await step("at home the notice waits for the police, who release it", async () => {
    pia = await Person.sign_in(browser, demo, "pia");
    await pia.read_until("/gate", "new.example", /new[.\[\]]+example/, 40);
    expect("no letter yet", demo.letters("abuse@albion-hosting.example").length === 0);
    await shot(pia.page, "5-gate");
    await pia.page.locator("input[id^=release-]").first().fill("Nobody needs it to stay online.");
    await pia.page.getByRole("button", { name: "Release the notice" }).first().click();
    expect("what is hosted at home is not listed", !(await demo.member("/api/v1/lists/urls")).text.includes(kHome));
    await until("the letter leaves", () => demo.letters("abuse@albion-hosting.example").length === 1, 40);
  });
  await step("hosts that are silent, come back or hide behind a CDN get their notices too", async () => {
    for (const address of [kSilent, kReturns, kCdn]) await others.report_at_once(address);
    for (const address of [kSilent, kReturns, kCdn]) {
      const host = new URL(address).host.replace(".", "[.\\[\\]]+");
      await anna.read_until("/queue?state=waiting", address, new RegExp(host), 60);
      await anna.open_case_of(address);
      await anna.decide_with_keys();
    }
    const hosting = await anna.read_until(`${anna.path}/hosting`, "a CDN", /Proxy in front range-cdn/, 40);
    expect("the origin behind it", hosting.includes("Polder Origin") && hosting.includes("signed by the operator"));
    await shot(anna.page, "4-cdn");
  });
  await step("the host answers on the link; the monitor proves the removal itself", async () => {
    await anna.read_until(`${known_case}/actions`, "the host's answer", /The host says removed/i, 60);
    for (const one of [known_case, home_case])
      await until(`the notice of ${one} is closed as removed`, async () => {
        await anna.go(`${one}/actions`);
        return /removed/i.test(await anna.page.locator("section .badge").first().innerText());
      }, 60, 1000);
    await shot(anna.page, "6-removed");
  });
  await step("the silent host is reminded, its network is told and acts", async () => {
    await until("the reminder", () => demo.letters("abuse@quiet-rack.example").length >= 2, 60);
    await until("the escalation", () => demo.letters("abuse@central-transit.example").length >= 1, 60);
  });
  await step("what comes back is noticed, and the host is asked again", async () => {
    await until("a second letter", () => demo.letters("abuse@moldau-server.example").length >= 2, 120);
  });
  await step("once it is gone the address is off the list, with a tombstone in the feed", async () => {
    await until("it is off the list", async () => !(await demo.member("/api/v1/lists/urls")).text.includes(kKnown), 60);
    const changes = (await demo.member(`/api/v1/lists/urls/changes?since=${version}`)).text.trim().split("\n").map((line) => JSON.parse(line));
    expect("a tombstone for members who have it", changes.some((line) => line.id === entry.id && line.deleted && line.reason === "item_gone"));
  });
  await step("both reporters learn the outcome", async () => {
    const steps = await until("the last step", async () => {
      const seen = await first.status(receipt);
      return seen.length >= 3 ? seen : null;
    }, 40, 1000);
    expect("received, being checked, outcome", steps.length >= 3);
    await shot(first.page, "8-receipt");
    await first.status(receipt, "ar");
    await shot(first.page, "8-receipt-arabic");
    await until("mails", () => demo.letters(kMailbox).length >= 2, 40);
    for (const letter of demo.letters(kMailbox)) expect("neutral: no address in it", !letter.includes("known.example"));
  });
  await step("the analyst sees the removal, the manager the figures", async () => {
    await anna.go("/");
    expect("good news", /removed/.test(await anna.text()));
    await shot(anna.page, "8-home");
    const mara = await Person.sign_in(browser, demo, "mara");
    await mara.go("/dashboard");
    const text = await mara.text();
    for (const word of [/report/i, /address/i, /countr/i, /removal/i]) expect(`the dashboard says ${word}`, word.test(text));
    await shot(mara.page, "8-dashboard");
  });
  await step("every public page holds before axe, a narrow screen and a keyboard", async () => {
    expect("nothing is wrong", (await look_at_all(demo.portal, ["en", "ar"])) === 0);
  });
}

const began = Date.now();
let code = 1;
const demo = await Demo.start({
  base: Number(process.env.PORT_BASE ?? 23080), speed: 2,
  settings: ["takedown.undo_window=5s", "takedown.deadline=8s", "takedown.escalate_after=8s", "liveness.every=2s", "liveness.first_every=2s", "liveness.manual_every=4s",
    "liveness.confirm_after=1s", "liveness.after_removal=5s,15s,25s,60s", "worker.poll=100ms"],
});
const browser = await open_browser();
try {
  await walk(demo, browser);
  code = 0;
} catch (trouble) {
  console.log(`FAILED after step ${number - 1}: ${trouble.message}`);
  for (const context of browser.contexts())
    for (const page of context.pages()) await shot(page, `failed-${new URL(page.url()).port}`).catch(() => {});
  console.log(demo.logs());
  console.log(trouble.stack);
}
await browser.close();
if (!(await demo.stop())) {
  console.log("FAILED: the demo did not end when it was asked to");
  code = 1;
}
console.log(`${number} steps in ${((Date.now() - began) / 1000).toFixed(0)} s`);
process.exit(code);
