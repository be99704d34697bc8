// What every page of the console has: countdowns, copying, and word that a colleague calls.
// Pages work without it. No third party, and nothing is kept in the browser.
"use strict";
document.documentElement.classList.add("js");

// --- the person's language: what a script writes is looked up as the server does it (phrases.h) ---
const kPatterns = Object.keys(window.kPhrases ?? {}).filter((english) => english.includes("{*}")).map((english) => ({
  test: new RegExp(`^${english.split("{*}").map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.+?)")}$`),
  words: window.kPhrases[english],
}));
function spoken(english, depth) {
  if (!/[A-Za-z]/.test(english)) return english;
  const fill = (words, values) => { let next = 0; return words.replace(/\{(\*|\d*)\}/g, (_, place) => values[/\d/.test(place) ? place - 1 : next++] ?? ""); };
  const numbers = [];
  const known = window.kPhrases[english.replace(/\d+/g, (number) => { numbers.push(number); return "{}"; })];
  if (known) return fill(known, numbers);
  for (const { test, words } of kPatterns) {
    const found = test.exec(english);
    if (found) return fill(words, found.slice(1).map((part) => (depth ? spoken(part, depth - 1) : null) ?? part));
  }
  for (const [joint, ours] of depth ? [[". ", " "], [": ", ": "], [", ", "، "], [" (", " ("]] : []) {
    const at = english.indexOf(joint);
    if (at < 1) continue;
    const bracket = joint === " (" && english.endsWith(")");
    const left = english.slice(0, at + (joint === ". " ? 1 : 0));
    const right = english.slice(at + joint.length, bracket ? -1 : undefined);
    const parts = [spoken(left, depth - 1), spoken(right, depth - 1)];
    if (parts[0] !== null || parts[1] !== null) return (parts[0] ?? left) + ours + (parts[1] ?? right) + (bracket ? ")" : "");
  }
  return null;
}
const say = (english) => (window.kPhrases ? spoken(english, 4) ?? english : english);

// --- countdowns (Actions) ---------------------------------------------------------------------
for (const time of document.querySelectorAll("time[data-until]")) {
  const until = Date.parse(time.dataset.until);
  const show = () => {
    const left = Math.round((until - Date.now()) / 1000);
    time.textContent = say(left > 0 ? `in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "now");
    if (left > -3) setTimeout(show, 500);
    else location.reload();
  };
  show();
}
for (const text of document.querySelectorAll(".copyable")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = say("Copy (defanged)");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = say("Copied");
  });
  text.after(button);
}

// --- a colleague calls: words only, and only while the page is looked at ------------------------
const called = document.getElementById("called");
if (called) {
  const ask = async () => {
    if (document.hidden) return;
    const answer = await fetch("/consults", { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const { waiting } = await answer.json();
    called.hidden = waiting.length === 0;
    if (waiting.length === 0) return;
    const link = document.createElement("a");
    link.href = `/consults/${waiting[0].id}`;
    link.textContent = say(waiting[0].words);
    called.replaceChildren(link);
  };
  ask();
  setInterval(ask, 15000);
}
