// The console's keyboard. Pages work without it; it adds: grading by physical keys, hold to
// reveal, saving with each key, undo. No third party, nothing kept in the browser but one
// preference (single-key shortcuts on or off).
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

// --- the grading screen -------------------------------------------------------------------------
const desk = document.getElementById("desk");
if (desk && desk.dataset.mine === "1") startGrading();

function startGrading() {
  const base = `/cases/${desk.dataset.case}`;
  const by = (id) => document.getElementById(id);
  const cells = [...document.querySelectorAll("#grid .cell")];
  const choices = [...document.querySelectorAll("[data-set]")];
  const flagButtons = [...document.querySelectorAll("[data-flag]")];
  const viewer = by("viewer");
  const single = by("single");
  const large = single.querySelector(".viewer");
  const started = Date.now();
  let at = 0;
  let last = null;         // the last complete grade, for "="
  let lastKey = { code: "", time: 0 };
  let inSingle = false;
  let held = null;         // which reveal key is down
  let paused = false;
  let idle = Date.now();

  const isActionable = (value) => choices.some((c) => c.dataset.set === "category" && c.dataset.value === value && c.dataset.actionable === "1");
  const gradeOf = (cell) => ({
    category: cell.dataset.category, age: cell.dataset.age, sex: cell.dataset.sex,
    flags: cell.dataset.flags ? cell.dataset.flags.split(" ").filter(Boolean) : [],
  });
  const isComplete = (g) => g.category !== "" && (!isActionable(g.category) || (g.age !== "" && g.sex !== ""));
  const label = (set, value) => {
    const button = choices.find((c) => c.dataset.set === set && c.dataset.value === value);
    return button ? button.lastChild.textContent.trim() : value;
  };
  const words = (g) => [g.category && label("category", g.category), g.age && label("age", g.age), g.sex && label("sex", g.sex),
    ...g.flags.map((f) => flagButtons.find((b) => b.dataset.flag === f)?.textContent ?? f)].filter(Boolean).join(", ");
  const stageOf = (g) => isComplete(g) || g.category === "" ? "category" : g.age === "" ? "age" : "sex";

  // --- saving: one request at a time, in order; a lost network keeps what was decided ---
  const queue = [];
  let sending = false;
  const kQueueMax = 200;
  function saved(text, bad) {
    by("saved").textContent = text;
    by("saved").className = bad ? "bad" : "soft";
  }
  function send(path, fields, cell) {
    if (queue.length >= kQueueMax) return saved("Too much waits to be saved. Check the network.", true), false;
    const body = new URLSearchParams(fields);
    body.set("form_token", desk.dataset.token);
    queue.push({ path, body, cell });
    pump();
    return true;
  }
  async function pump() {
    if (sending || queue.length === 0) return;
    sending = true;
    saved("saving…");
    const job = queue[0];
    let response;
    try {
      response = await fetch(base + job.path, { method: "POST", body: job.body, headers: { Accept: "application/json" } });
    } catch {
      sending = false;
      saved(`No network: ${queue.length} waiting, trying again`, true);
      return void setTimeout(pump, 2000);
    }
    queue.shift();
    sending = false;
    const answer = await response.json().catch(() => ({}));
    if (response.status === 401) return void location.assign("/sign-in");
    if (!response.ok) {
      // What the server refused is not shown as decided: the page is read again.
      saved(answer.detail || answer.title || "Not saved", true);
      queue.length = 0;
      return void setTimeout(() => location.reload(), 2500);
    }
    accept(answer, job);
    if (queue.length) pump();
    else saved("✓ saved");
  }
  function accept(state, job) {
    for (const [id, key] of [["n-known", "known"], ["n-furniture", "furniture"], ["n-todo", "to_do"], ["n-decided", "decided"]])
      by(id).textContent = state.counts[key];
    by("outcome").textContent = state.outcome;
    by("undo").disabled = !state.can_undo;
    by("redo").disabled = !state.can_redo;
    showStrip(state.strip);
    const item = state.item;
    if (!item || queue.some((waiting) => waiting.cell && waiting.cell.dataset.item === item.id)) return;
    const cell = cells.find((one) => one.dataset.item === item.id);
    if (!cell) return;
    setGrade(cell, { category: item.category, age: item.age, sex: item.sex, flags: item.flags });
    if (!job.cell) go(cells.indexOf(cell));
    if (cell === cells[at]) showPanel();
  }
  function showStrip(strip) {
    by("strip").replaceChildren(...strip.map((step) => {
      const line = document.createElement("li");
      const text = document.createElement("span");
      const button = document.createElement("button");
      text.textContent = step.text;
      button.type = "button";
      button.className = "quiet";
      button.textContent = "Undo";
      button.addEventListener("click", () => send("/undo", { step: step.step }));
      line.append(text, " ", button);
      return line;
    }));
  }

  // --- what is shown ---
  function setGrade(cell, g) {
    Object.assign(cell.dataset, { category: g.category, age: g.age, sex: g.sex, flags: g.flags.join(" ") });
    const done = isComplete(g);
    cell.dataset.part = done ? "decided" : "to_do";
    cell.classList.toggle("decided", done);
    cell.classList.toggle("to_do", !done);
    cell.querySelector(".grade").textContent = words(g);
    const picture = cell.querySelector("img");
    if (picture) picture.alt = `Item ${cell.dataset.number}, covered, ${done ? "decided: " + words(g) : "not decided"}`;
    if (done) cell.querySelector(".suggested")?.remove();
  }
  function showPanel() {
    const cell = cells[at];
    for (const place of document.querySelectorAll(".at-number")) place.textContent = cell ? cell.dataset.number : "-";
    if (!cell) return;
    const g = gradeOf(cell);
    by("at-grade").textContent = words(g) || "not decided";
    by("suggestion").textContent = cell.querySelector(".suggested")?.title ?? "";
    const stage = stageOf(g);
    for (const group of document.querySelectorAll("[data-stage]")) group.classList.toggle("now", group.dataset.stage === stage);
    for (const button of choices) button.setAttribute("aria-pressed", String(g[button.dataset.set] === button.dataset.value));
    for (const button of flagButtons) button.setAttribute("aria-pressed", String(g.flags.includes(button.dataset.flag)));
  }
  function go(index, quiet) {
    if (cells.length === 0) return;
    at = Math.max(0, Math.min(cells.length - 1, index));
    cells.forEach((cell, i) => { cell.tabIndex = i === at ? 0 : -1; cell.classList.toggle("at", i === at); });
    cover();
    if (!quiet) cells[at].focus({ preventScroll: inSingle });
    if (inSingle) showLarge(2);
    showPanel();
  }
  function nextOpen(from, direction) {
    for (let i = from + direction; i >= 0 && i < cells.length; i += direction)
      if (cells[i].dataset.part === "to_do") return i;
    return -1;
  }
  function columns() {
    const top = cells[0].offsetTop;
    const count = cells.findIndex((cell) => cell.offsetTop !== top);
    return count === -1 ? cells.length : count;
  }

  // --- decisions ---
  function decide(change, advance = true) {
    const cell = cells[at];
    if (!cell) return;
    let g = { ...gradeOf(cell), ...change };
    if ("category" in change && !("age" in change)) g = { category: change.category, age: "", sex: "", flags: [] };
    if (!isActionable(g.category)) g = { ...g, age: "", sex: "" };
    const form = new URLSearchParams({ category: g.category, age: g.age, sex: g.sex });
    for (const flag of g.flags) form.append("flag", flag);
    if (!send(`/items/${cell.dataset.item}/grade`, form, cell)) return;
    setGrade(cell, g);
    if (isComplete(g)) {
      last = g;
      const next = nextOpen(at, 1);
      if (next !== -1 && advance) return go(next);
    }
    showPanel();
  }
  function digit(number) {
    const cell = cells[at];
    if (!cell) return;
    if (number === 0) return decide({ category: "not_actionable" });
    const stage = stageOf(gradeOf(cell));
    const button = choices.find((c) => c.dataset.set === stage && c.closest("[data-stage]") && c.querySelector("kbd").textContent === String(number));
    if (button) decide({ [stage]: button.dataset.value });
  }
  function toggleFlag(flag) {
    const g = gradeOf(cells[at]);
    if (g.category === "") return saved("Choose a category first");
    decide({ flags: g.flags.includes(flag) ? g.flags.filter((f) => f !== flag) : [...g.flags, flag] }, false);
  }
  function acceptSuggestion() {
    const cell = cells[at];
    if (!cell?.querySelector(".suggested")) return;
    send(`/items/${cell.dataset.item}/accept`, {}, cell);
    const next = nextOpen(at, 1);
    if (next !== -1) go(next);
  }

  // --- revealing: only while a key or button is held ---
  function picture(place, level) {
    const cell = cells[at];
    if (!cell || paused) return;
    const image = document.createElement("img");
    image.alt = `Item ${cell.dataset.number}, revealed while held`;
    image.addEventListener("error", () => { place.textContent = "Not shown. Today's picture time may be used up."; });
    image.src = `/previews/${cell.dataset.item}/${level}`;
    place.replaceChildren(image);
  }
  function reveal(colour) {
    if (paused) return;
    document.body.classList.remove("blank");
    if (inSingle) showLarge(colour ? 4 : 3);
    else picture(viewer, colour ? 4 : 2);
  }
  function cover() {
    held = null;
    viewer.replaceChildren();
    large.replaceChildren();
  }
  function release() {
    cover();
    if (inSingle) showLarge(2);
  }
  function showLarge(level) { picture(large, level); }
  function openSingle(open) {
    inSingle = open && cells.length > 0;
    single.hidden = !inSingle;
    by("grid").hidden = inSingle;
    cover();
    if (inSingle) showLarge(2);
    else cells[at]?.focus();
  }
  function pause(on) {
    paused = on;
    by("paused").hidden = !on;
    cover();
    document.body.classList.toggle("blank", on);
    if (on) by("resume").focus();
    else go(at);
  }

  // --- keys ---
  const keysOn = by("keys-on");
  keysOn.checked = localStorage.getItem("single-keys") !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem("single-keys", keysOn.checked ? "on" : "off"));
  const typing = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, dialog[open]");
  const moves = {
    ArrowRight: () => go(at + 1), ArrowLeft: () => go(at - 1),
    ArrowDown: () => go(at + (inSingle ? 1 : columns())), ArrowUp: () => go(at - (inSingle ? 1 : columns())),
    Home: () => go(0), End: () => go(cells.length - 1),
    PageDown: () => go(at + columns() * 4), PageUp: () => go(at - columns() * 4),
    Escape: () => openSingle(false),
  };
  const letters = {
    KeyJ: () => { const next = nextOpen(at, 1); if (next !== -1) go(next); },
    KeyK: () => { const previous = nextOpen(at, -1); if (previous !== -1) go(previous); },
    KeyU: () => decide({ category: "unsure" }), KeyX: () => decide({ category: "furniture" }),
    KeyF: () => decide({ category: "not_loaded" }), KeyY: acceptSuggestion,
    KeyT: () => toggleFlag("child_at_risk"), KeyP: () => pause(!paused),
    KeyG: () => { const number = Number(prompt("Go to item number")); const found = cells.findIndex((c) => Number(c.dataset.number) === number); if (found !== -1) go(found); },
    Equal: () => { if (last) decide({ ...last }); },
    Period: () => { cover(); document.body.classList.toggle("blank"); },
  };
  function undo() { send("/undo", {}); }
  function redo() { send("/redo", {}); }

  document.addEventListener("keydown", (event) => {
    idle = Date.now();
    const target = event.target instanceof Element ? event.target : document.body;
    if (typing(target)) return;
    const { code } = event;
    if (event.ctrlKey || event.metaKey) {
      if (code === "Enter") { event.preventDefault(); finish(); }
      if (code === "KeyZ") { event.preventDefault(); event.shiftKey ? redo() : undo(); }
      return;
    }
    if (event.altKey) return;
    if (paused && code !== "KeyP") return;
    if (moves[code] && (desk.contains(target) || target === document.body)) { event.preventDefault(); return moves[code](); }
    if (code === "Enter" && !target.closest("button, summary, nav a, .casehead")) { event.preventDefault(); return openSingle(!inSingle); }
    if (!keysOn.checked || event.repeat) return;
    if (code === "KeyR") { event.preventDefault(); held = code; return reveal(event.shiftKey); }
    if (code === "Slash" && event.shiftKey) return void by("help").showModal();
    if (code === "KeyZ") return event.shiftKey ? redo() : undo();
    // A bouncing key must not decide the next item with the same stroke.
    const now = Date.now();
    const bounce = lastKey.code === code && now - lastKey.time < 60;
    lastKey = { code, time: now };
    if (bounce) return;
    const number = /^(?:Digit|Numpad)(\d)$/.exec(code);
    if (number && !event.shiftKey) { event.preventDefault(); return digit(Number(number[1])); }
    if (letters[code] && !event.shiftKey) { event.preventDefault(); letters[code](); }
  });
  document.addEventListener("keyup", (event) => { if (event.code === "KeyR" && held) release(); });
  window.addEventListener("blur", () => { if (held) release(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) { cover(); document.body.classList.add("blank"); } });

  // --- pointer ---
  cells.forEach((cell, index) => {
    cell.addEventListener("click", (event) => { event.preventDefault(); go(index); });
    cell.addEventListener("focus", () => { if (index !== at) go(index, true); });
  });
  for (const button of choices) button.addEventListener("click", () => decide({ [button.dataset.set]: button.dataset.value }));
  for (const button of flagButtons) button.addEventListener("click", () => toggleFlag(button.dataset.flag));
  by("same").addEventListener("click", letters.Equal);
  by("undo").addEventListener("click", undo);
  by("redo").addEventListener("click", redo);
  by("blank").addEventListener("click", letters.Period);
  by("pause").addEventListener("click", () => pause(true));
  by("resume").addEventListener("click", () => pause(false));
  by("keys").addEventListener("click", () => by("help").showModal());
  for (const [id, colour] of [["reveal", false], ["colour", true]]) {
    const button = by(id);
    button.addEventListener("pointerdown", () => { held = id; reveal(colour); });
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) button.addEventListener(end, () => { if (held === id) release(); });
  }
  document.addEventListener("pointermove", () => { idle = Date.now(); }, { passive: true });
  // Nobody looks: after a minute everything is covered again.
  setInterval(() => { if (Date.now() - idle > 60000 && !paused) { cover(); document.body.classList.add("blank"); saved("Covered: nothing happened for a minute. Press . to go on"); } }, 5000);

  // --- finishing: only once everything is saved; not within two seconds of opening the case ---
  const form = by("finish");
  const ready = () => Date.now() - started > 2000;
  function finish() { if (ready() && queue.length === 0 && !sending) form.requestSubmit(form.querySelector("button.first")); else saved("Still saving. Press again in a moment."); }
  form.addEventListener("submit", (event) => {
    if (ready() && queue.length === 0 && !sending) return;
    event.preventDefault();
    saved("Still saving. Press again in a moment.");
  });

  if (cells.length) { const first = nextOpen(-1, 1); go(first === -1 ? 0 : first, false); }
  showPanel();
}
