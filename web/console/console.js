// What every page of the console has: countdowns, copying, and word that a colleague calls.
// Pages work without it. No third party, and nothing is kept in the browser.
"use strict";
document.documentElement.classList.add("js");

// --- countdowns (Actions) ---------------------------------------------------------------------
for (const time of document.querySelectorAll("time[data-until]")) {
  const until = Date.parse(time.dataset.until);
  const show = () => {
    const left = Math.round((until - Date.now()) / 1000);
    time.textContent = left > 0 ? `in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "now";
    if (left > -3) setTimeout(show, 500);
    else location.reload();
  };
  show();
}
for (const text of document.querySelectorAll(".copyable")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = "Copy (defanged)";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
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
    link.textContent = waiting[0].words;
    called.replaceChildren(link);
  };
  ask();
  setInterval(ask, 15000);
}
