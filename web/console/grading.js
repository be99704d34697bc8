// The grading screen: physical keys, hold to reveal, stacks and selections, saving with each key.
//
// What is shown follows the key at once; the server's answer follows in its own time and is the
// last word. Pictures are asked for only where they can be seen. The preferences come with the
// page and go back to the server; nothing is kept in the browser.
"use strict";
const desk = document.getElementById("desk");
if (desk && desk.dataset.mine === "1") startGrading();

function startGrading() {
  const base = `/cases/${desk.dataset.case}`;
  const by = (id) => document.getElementById(id);
  const cells = [...document.querySelectorAll("#grid .cell")];
  const cellOf = new Map(cells.map((cell) => [cell.dataset.item, cell]));
  const choices = [...document.querySelectorAll("[data-set]")];
  const flagButtons = [...document.querySelectorAll("[data-flag]")];
  const preferences = JSON.parse(desk.dataset.preferences || "{}");
  const viewer = by("viewer");
  const single = by("single");
  const large = single.querySelector(".viewer");
  const started = performance.now();
  const chosen = new Set();  // cells
  let at = 0;
  let last = null;         // the last complete grade, for "same"
  let moved = { code: "", time: 0 };
  let inSingle = false;
  let held = null;         // what reveals now: a key or a button
  let paused = false;
  let idle = Date.now();
  let columnCount = 0;

  // --- stacks: the first stands for all until it is unfolded ---
  const stacks = new Map();
  for (const cell of cells) {
    const list = stacks.get(cell.dataset.stack) ?? [];
    list.push(cell);
    stacks.set(cell.dataset.stack, list);
  }
  const isFolded = (cell) => cell.parentElement.classList.contains("folded");
  const stackOf = (cell) => {
    const all = stacks.get(cell.dataset.stack);
    return all[0] === cell && all.length > 1 && isFolded(all[1]) ? all : [cell];
  };

  const category = (value) => choices.find((c) => c.dataset.set === "category" && c.dataset.value === value);
  const isActionable = (value) => category(value)?.dataset.actionable === "1";
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

  // --- saving: in order, several at once where they wait; a lost network loses nothing ---
  const queue = [];
  let sending = false;
  const kQueueMax = 200;
  const kAtOnce = 50;
  function saved(text, bad) {
    by("saved").textContent = say(text);
    by("saved").className = bad ? "bad" : "soft";
  }
  function push(job) {
    const before = queue[queue.length - 1];
    // 1, 3, 2 in a row about the same items is one grade; only what is not on its way can change.
    if (job.grade && before?.grade && !before.sent && before.names === job.names) before.grade = job.grade;
    else if (queue.length >= kQueueMax) return saved("Too much waits to be saved. Check the network.", true), false;
    else queue.push(job);
    pump();
    return true;
  }
  const send = (path, fields = {}) => push({ path, fields });
  const line = (job) => [job.names, job.grade.category, job.grade.age, job.grade.sex, job.grade.flags.join(" ")].join("|");
  async function pump() {
    if (sending || queue.length === 0) return;
    sending = true;
    saved("saving…");
    let count = 1;
    let path = queue[0].path;
    const body = new URLSearchParams(queue[0].fields ?? {});
    if (queue[0].grade) {
      while (count < kAtOnce && queue[count]?.grade) count += 1;
      path = "/decisions";
      for (const job of queue.slice(0, count)) { job.sent = true; body.append("d", line(job)); }
    }
    body.set("form_token", desk.dataset.token);
    let response;
    try {
      response = await fetch(base + path, { method: "POST", body, headers: { Accept: "application/json" } });
      if (response.status >= 500) throw new Error("the server is away");
    } catch {
      sending = false;
      saved(`No network: ${queue.length} waiting, trying again`, true);
      return void setTimeout(pump, 2000);
    }
    queue.splice(0, count);
    sending = false;
    const answer = await response.json().catch(() => ({}));
    if (response.status === 401) return void location.assign("/sign-in");
    if (!response.ok) {
      // What the server refused is not shown as decided: the page is read again.
      saved(answer.detail || answer.title || "Not saved", true);
      queue.length = 0;
      return void setTimeout(() => location.reload(), 2500);
    }
    accept(answer, path !== "/decisions");
    if (queue.length) pump();
    else saved("✓ saved");
  }
  window.addEventListener("beforeunload", (event) => { if (queue.length) event.preventDefault(); });

  function accept(state, goThere) {
    for (const [id, key] of [["n-known", "known"], ["n-furniture", "furniture"], ["n-todo", "to_do"], ["n-decided", "decided"]])
      by(id).textContent = state.counts[key];
    const bar = by("done-bar");
    bar.max = Math.max(1, state.counts.to_do + state.counts.decided);
    bar.value = state.counts.decided;
    by("outcome").textContent = say(state.outcome);
    by("undo").disabled = !state.can_undo;
    by("redo").disabled = !state.can_redo;
    showStrip(state.strip);
    const waiting = new Set(queue.flatMap((job) => job.names?.split(",") ?? []));
    let first = null;
    for (const item of state.items) {
      const cell = waiting.has(item.id) ? null : cellOf.get(item.id);
      if (!cell) continue;
      first ??= cell;
      setGrade(cell, item);
    }
    if (goThere && first) go(cells.indexOf(first));
    showPanel();
  }
  function showStrip(strip) {
    by("strip").replaceChildren(...strip.map((step) => {
      const entry = document.createElement("li");
      const text = document.createElement("span");
      const button = document.createElement("button");
      text.textContent = say(step.text);
      button.type = "button";
      button.className = "quiet";
      button.textContent = say("Undo");
      button.setAttribute("aria-label", `${say("Undo")}: ${say(step.text)}`);
      button.addEventListener("click", () => send("/undo", { step: step.step }));
      entry.append(text, " ", button);
      return entry;
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
    cell.querySelector(".state").textContent = `${say(`, covered, ${done ? "decided" : "not decided"}:`)} `;
    if (done) cell.querySelector(".suggested")?.remove();
  }
  function showPanel() {
    const cell = cells[at];
    for (const place of document.querySelectorAll(".at-number")) place.textContent = cell ? cell.dataset.number : "-";
    if (!cell) return;
    const g = gradeOf(cell);
    const many = targets().length;
    by("at-grade").textContent = (many > 1 ? `${say(`and ${many - 1} more:`)} ` : "") + (words(g) || say("not decided"));
    by("suggestion").textContent = cell.querySelector(".suggested")?.title ?? "";
    const stage = stageOf(g);
    for (const group of document.querySelectorAll("[data-stage]")) group.classList.toggle("now", group.dataset.stage === stage);
    for (const button of choices) button.setAttribute("aria-pressed", String(g[button.dataset.set] === button.dataset.value));
    for (const button of flagButtons) button.setAttribute("aria-pressed", String(g.flags.includes(button.dataset.flag)));
  }
  function mark(cell, here) {
    cell.tabIndex = here ? 0 : -1;
    cell.classList.toggle("at", here);
  }
  function go(index, quiet) {
    if (cells.length === 0) return;
    mark(cells[at], false);
    at = Math.max(0, Math.min(cells.length - 1, index));
    mark(cells[at], true);
    cover();
    if (!quiet) cells[at].focus({ preventScroll: inSingle });
    if (inSingle) showLarge(2);
    showPanel();
  }
  /// The next place that is not folded away.
  function seen(index, direction) {
    for (let i = index; i >= 0 && i < cells.length; i += direction) if (!isFolded(cells[i])) return i;
    return at;
  }
  function step(count) {
    const direction = count < 0 ? -1 : 1;
    let to = at;
    for (let i = 0; i < Math.abs(count); i += 1) {
      const next = seen(to + direction, direction);
      if (next === at && i > 0) break;
      to = next;
    }
    return to;
  }
  function nextOpen(from, direction) {
    for (let i = from + direction; i >= 0 && i < cells.length; i += direction)
      if (cells[i].dataset.part === "to_do" && !isFolded(cells[i])) return i;
    return -1;
  }
  function columns() {
    if (columnCount) return columnCount;
    const shown = cells.filter((cell) => !isFolded(cell)).slice(0, 40);
    const top = shown[0]?.offsetTop;
    const count = shown.findIndex((cell) => cell.offsetTop !== top);
    columnCount = Math.max(1, count === -1 ? shown.length : count);
    return columnCount;
  }
  window.addEventListener("resize", () => { columnCount = 0; });

  // --- choosing several ---
  function choose(cell, on) {
    on ? chosen.add(cell) : chosen.delete(cell);
    cell.classList.toggle("chosen", on);
  }
  function chooseNone() { for (const cell of [...chosen]) choose(cell, false); }
  /// What a key decides: the chosen ones, or the stack at the focus.
  function targets() {
    if (chosen.size) return [...chosen].flatMap(stackOf).sort((a, b) => a.dataset.number - b.dataset.number);
    return cells[at] ? stackOf(cells[at]) : [];
  }
  function unfold(cell) {
    const all = stacks.get(cell.dataset.stack);
    if (all.length < 2) return saved("This one stands alone.");
    const folded = isFolded(all[1]);
    for (const one of all.slice(1)) one.parentElement.classList.toggle("folded", !folded);
    columnCount = 0;
    if (!folded) go(cells.indexOf(all[0]));
    watch();
    showPanel();
  }

  // --- decisions ---
  function decide(change, advance = true) {
    const list = targets();
    if (list.length === 0) return;
    const lead = chosen.size && !chosen.has(cells[at]) ? list[0] : cells[at];
    let g = { ...gradeOf(lead), ...change };
    if ("category" in change && !("age" in change)) g = { category: change.category, age: "", sex: "", flags: [] };
    if (!isActionable(g.category)) g = { ...g, age: "", sex: "" };
    if (!push({ names: list.map((cell) => cell.dataset.item).join(","), grade: g })) return;
    for (const cell of list) setGrade(cell, g);
    if (isComplete(g)) {
      last = g;
      // What was left open further up comes after the end of the page.
      const ahead = nextOpen(at, 1);
      const next = ahead === -1 ? nextOpen(-1, 1) : ahead;
      if (advance) {
        chooseNone();
        if (next !== -1) return go(next);
      }
    }
    showPanel();
  }
  function digit(number) {
    if (!cells[at]) return;
    if (number === 0) return decide({ category: "not_actionable" });
    const stage = stageOf(gradeOf(chosen.size ? targets()[0] : cells[at]));
    const button = choices.find((c) => c.dataset.set === stage && c.closest("[data-stage]") && c.querySelector("kbd").textContent === String(number));
    if (button) decide({ [stage]: button.dataset.value });
  }
  function toggleFlag(flag) {
    const g = gradeOf(cells[at]);
    if (!flagButtons.some((button) => button.dataset.flag === flag)) return;
    if (g.category === "") return saved("Choose a category first");
    decide({ flags: g.flags.includes(flag) ? g.flags.filter((f) => f !== flag) : [...g.flags, flag] }, false);
  }
  function acceptSuggestion() {
    const cell = cells[at];
    if (!cell?.querySelector(".suggested")) return saved("Nothing is suggested here.");
    send(`/items/${cell.dataset.item}/accept`);
    const next = nextOpen(at, 1);
    if (next !== -1) go(next);
  }

  // --- pictures: small ones where they can be seen, larger ones only while a key is held ---
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting || paused) continue;
      watcher.unobserve(entry.target);
      const cell = entry.target.closest(".cell");
      const image = document.createElement("img");
      image.alt = "";  // The cell itself says its state; a picture is never described.
      image.addEventListener("error", () => { entry.target.textContent = say("Not shown"); });
      image.src = `/previews/${cell.dataset.item}/1`;
      entry.target.replaceChildren(image);
    }
  }, { rootMargin: "40px" });
  function watch() {
    for (const frame of document.querySelectorAll("#grid .frame[data-preview]"))
      if (!frame.querySelector("img") && !isFolded(frame.closest(".cell"))) watcher.observe(frame);
  }
  async function why(url) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || answer.ok) return "Not shown.";
    return (await answer.json().catch(() => ({}))).detail ?? "Not shown.";
  }
  function picture(place, level) {
    const cell = cells[at];
    if (!cell || paused) return;
    const image = document.createElement("img");
    image.alt = say(`Item ${cell.dataset.number}, revealed while held`);
    const url = `/previews/${cell.dataset.item}/${level}`;
    image.addEventListener("error", async () => { place.textContent = say(await why(url)); });
    image.src = url;
    place.replaceChildren(image);
  }
  let expires = 0;
  function reveal(colour) {
    if (paused) return;
    document.body.classList.remove("blank");
    const best = colour && preferences.grey_only !== "on";
    if (inSingle) showLarge(best ? 4 : 3);
    else picture(viewer, best ? 4 : 2);
    clearTimeout(expires);
    expires = setTimeout(() => { if (held) release(); }, 20000);  // A stuck key ends too.
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
  /// Hold is the rule; who cannot hold a key presses once to reveal and once to cover.
  function press(what, colour) {
    if (preferences.reveal === "toggle" && held) return release();
    held = what;
    reveal(colour);
  }
  function let_go(what) { if (held === what && preferences.reveal !== "toggle") release(); }
  function showLarge(level) { picture(large, level); }
  function openSingle(open) {
    inSingle = open && cells.length > 0;
    single.hidden = !inSingle;
    by("grid").hidden = inSingle;
    cover();
    if (inSingle) showLarge(2);
    else if (cells[at]) { columnCount = 0; cells[at].focus(); }
  }
  function pause(on) {
    paused = on;
    by("paused").hidden = !on;
    cover();
    document.body.classList.toggle("blank", on);
    if (on) by("resume").focus();
    else { watch(); go(at); }
  }
  function density() {
    const sizes = ["160", "120", "240"];
    const now = document.body.dataset.density ?? "160";
    const next = sizes[(sizes.indexOf(now) + 1) % sizes.length];
    document.body.dataset.density = next;
    columnCount = 0;
    prefer("density", next);
  }

  // --- preferences ---
  async function prefer(name, value) {
    preferences[name] = value;
    const body = new URLSearchParams({ name, value, form_token: desk.dataset.token });
    const answer = await fetch("/preferences", { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) saved("This setting could not be kept.", true);
  }

  // --- keys: places on the keyboard, so that every layout works ---
  const actions = {
    next_open: ["next that is not decided", "KeyJ", "KeyF", () => { const next = nextOpen(at, 1); if (next !== -1) go(next); }],
    previous_open: ["previous that is not decided", "KeyK", "KeyS", () => { const previous = nextOpen(at, -1); if (previous !== -1) go(previous); }],
    reveal: ["reveal, with ⇧ in colour", "KeyR", "KeyU", null],
    blank: ["blank everything", "Period", "KeyZ", () => { cover(); document.body.classList.toggle("blank"); }],
    same: ["same as the last decision", "Equal", "KeyE", () => { if (last) decide({ ...last }); }],
    accept: ["accept the suggestion", "KeyY", "KeyH", acceptSuggestion],
    unsure: ["unsure: somebody else looks too", "KeyU", "KeyI", () => decide({ category: "unsure" })],
    furniture: ["page furniture", "KeyX", "KeyO", () => decide({ category: "furniture" })],
    not_loaded: ["not loaded", "KeyF", "KeyL", () => decide({ category: "not_loaded" })],
    urgent: ["a child may be at risk now", "KeyT", "KeyT", () => toggleFlag("child_at_risk")],
    stack: ["unfold or fold the stack", "KeyS", "KeyA", () => cells[at] && unfold(cells[at])],
    invert: ["choose what is not chosen", "KeyI", "KeyV", () => { for (const cell of cells) if (cell.dataset.part === "to_do") choose(cell, !chosen.has(cell)); showPanel(); }],
    goto: ["go to a number", "KeyG", "KeyG", () => { const number = Number(prompt(say("Go to item number"))); const found = cells.findIndex((c) => Number(c.dataset.number) === number); if (found !== -1) go(found); }],
    density: ["smaller or larger cells", "KeyW", "KeyW", density],
    colleague: ["call a colleague over", "KeyC", "KeyC", callOver],
    note: ["note on this item", "KeyN", "KeyN", note],
    history: ["to the last decisions", "KeyH", "KeyY", () => document.querySelector("#strip button")?.focus()],
    pause: ["pause now", "KeyP", "KeyP", () => pause(!paused)],
    undo: ["undo, with ⇧ redo", "KeyZ", "KeyK", null],
  };
  const own = (() => { try { return JSON.parse(preferences.keys || "{}"); } catch { return {}; } })();
  const usual = (name) => actions[name][preferences.left_handed === "on" ? 2 : 1];
  const keyOf = (name) => own[name] ?? usual(name);
  const keyName = (code) => ({ Period: ".", Equal: "=", Comma: ",", Slash: "/", Minus: "-", Semicolon: ";", Quote: "'", Backquote: "`", Backslash: "\\", BracketLeft: "[", BracketRight: "]" })[code] ?? code.replace(/^(Key|Digit)/, "");
  let codes = new Map();
  function readKeys() {
    codes = new Map(Object.keys(actions).map((name) => [keyOf(name), name]));
    for (const hint of document.querySelectorAll("[data-key]")) hint.textContent = keyName(keyOf(hint.dataset.key));
  }
  const kKept = /^(Digit|Numpad|Arrow)|^(Enter|Space|Escape|Tab|Home|End|PageUp|PageDown|Slash|Backspace|Delete|(Shift|Control|Alt|Meta)(Left|Right))$/;
  let changing = null;
  function listKeys() {
    for (const old of document.querySelectorAll("#key-list [data-own]")) old.remove();
    for (const [name, [text]] of Object.entries(actions)) {
      const key = document.createElement("dt");
      const meaning = document.createElement("dd");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = keyName(keyOf(name));
      button.setAttribute("aria-label", say(`Change the key for: ${text}. Now ${keyName(keyOf(name))}`));
      button.addEventListener("click", () => { changing = name; button.textContent = "…"; by("key-trouble").textContent = say(`Press the new key for: ${text}`); });
      key.dataset.own = meaning.dataset.own = name;
      key.append(button);
      meaning.textContent = say(text);
      by("key-list").append(key, meaning);
    }
  }
  function changeKey(code) {
    const name = changing;
    changing = null;
    const taken = codes.get(code);
    if (kKept.test(code)) by("key-trouble").textContent = say("This key has a fixed meaning. Choose another.");
    else if (taken && taken !== name) by("key-trouble").textContent = say(`This key is for: ${actions[taken][0]}. Change that one first.`);
    else {
      own[name] = code;
      by("key-trouble").textContent = say("Kept.");
      prefer("keys", JSON.stringify(own));
    }
    readKeys();
    listKeys();
  }
  function setHand(left) {
    for (const name of Object.keys(own)) delete own[name];
    prefer("keys", "");
    prefer("left_handed", left ? "on" : "");
    by("key-trouble").textContent = say(left ? "Left-handed keys." : "Usual keys.");
    readKeys();
    listKeys();
  }
  const keysOn = by("keys-on");
  keysOn.checked = preferences.single_keys !== "off";
  keysOn.addEventListener("change", () => prefer("single_keys", keysOn.checked ? "" : "off"));
  by("toggle-reveal").checked = preferences.reveal === "toggle";
  by("toggle-reveal").addEventListener("change", (event) => { prefer("reveal", event.target.checked ? "toggle" : ""); holdWords(); });
  by("grey-only").checked = preferences.grey_only === "on";
  by("grey-only").addEventListener("change", (event) => prefer("grey_only", event.target.checked ? "on" : ""));
  function holdWords() { for (const word of document.querySelectorAll(".hold-word")) word.textContent = say(preferences.reveal === "toggle" ? "Press" : "Hold"); }

  // --- colleagues and notes ---
  async function callOver() {
    if (!cells[at]) return;
    const answer = await fetch(`${base}/colleagues`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return saved((await answer?.json().catch(() => null))?.detail ?? "Nobody could be asked.", true);
    const { people } = await answer.json();
    by("call-people").replaceChildren(by("call-people").firstElementChild, ...(people.length ? people : [null]).map((person) => {
      const line = document.createElement("label");
      line.className = "choice";
      if (!person) { line.textContent = say("Nobody else is here at the moment."); return line; }
      const box = document.createElement("input");
      box.type = "checkbox";
      box.name = "person";
      box.value = person.id;
      line.append(box, ` ${person.name}`);
      return line;
    }));
    by("call").showModal();
  }
  by("call-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams({ form_token: desk.dataset.token });
    for (const box of by("call-people").querySelectorAll("input:checked")) body.append("person", box.value);
    const answer = await fetch(`${base}/items/${cells[at].dataset.item}/call`, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    by("call").close();
    saved(answer?.ok ? "Called over. Go on meanwhile." : (await answer?.json().catch(() => null))?.detail ?? "Not called.", !answer?.ok);
  });
  by("call-close").addEventListener("click", () => by("call").close());
  function note() { if (cells[at]) { by("note-words").value = ""; by("note-dialog").showModal(); } }
  by("note-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams({ form_token: desk.dataset.token, kind: by("note-kind").value, words: by("note-words").value });
    const answer = await fetch(`${base}/items/${cells[at].dataset.item}/notes`, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return saved("The note was not kept.", true);
    by("note-dialog").close();
    saved("✓ note saved");
  });
  by("note-close").addEventListener("click", () => by("note-dialog").close());

  // --- the keyboard ---
  const typing = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, dialog[open]");
  function move(index, range) {
    if (range) for (let i = Math.min(at, index); i <= Math.max(at, index); i += 1) if (!isFolded(cells[i])) choose(cells[i], true);
    go(index);
  }
  const moves = {
    ArrowRight: () => step(1), ArrowLeft: () => step(-1),
    ArrowDown: () => step(inSingle ? 1 : columns()), ArrowUp: () => step(inSingle ? -1 : -columns()),
    Home: () => seen(0, 1), End: () => seen(cells.length - 1, -1),
    PageDown: () => step(columns() * 4), PageUp: () => step(-columns() * 4),
  };
  const rtl = document.dir === "rtl" ? { ArrowRight: "ArrowLeft", ArrowLeft: "ArrowRight" } : {};
  const undo = () => send("/undo");
  const redo = () => send("/redo");

  document.addEventListener("keydown", (event) => {
    idle = Date.now();
    const target = event.target instanceof Element ? event.target : document.body;
    const { code } = event;
    if (changing) { event.preventDefault(); return changeKey(code); }
    if (typing(target)) return;
    if (event.ctrlKey || event.metaKey) {
      if (code === "Enter") { event.preventDefault(); finish(); }
      if (code === "KeyZ") { event.preventDefault(); event.shiftKey ? redo() : undo(); }
      if (code === "KeyK") { event.preventDefault(); showHelp(); }
      if (code === "KeyA") { event.preventDefault(); for (const cell of cells) if (cell.dataset.part === "to_do") choose(cell, true); showPanel(); }
      return;
    }
    if (event.altKey) return;
    if (paused && codes.get(code) !== "pause") return;
    const inside = desk.contains(target) || target === document.body;
    const way = moves[rtl[code] ?? code];
    if (way && inside) { event.preventDefault(); return move(way(), event.shiftKey); }
    if (code === "Escape") { chooseNone(); return openSingle(false); }
    if (code === "Space" && target.closest(".cell")) { event.preventDefault(); choose(cells[at], !chosen.has(cells[at])); return showPanel(); }
    if (code === "Enter" && !target.closest("button, summary, a:not(.cell), .casehead")) { event.preventDefault(); return openSingle(!inSingle); }
    if (!keysOn.checked || event.repeat) return;
    if (code === "Slash" && event.shiftKey) return showHelp();
    const name = codes.get(code);
    if (name === "reveal") { event.preventDefault(); return press(code, event.shiftKey); }
    if (name === "undo") return event.shiftKey ? redo() : undo();
    if (event.shiftKey) return;
    const number = /^(?:Digit|Numpad)(\d)$/.exec(code);
    if (!number && !name) return;
    event.preventDefault();
    // The stroke that has just moved on must not decide the next item too.
    if (moved.code === code && performance.now() - moved.time < 300) return saved("Too quick after the last one: press again");
    const before = at;
    number ? digit(Number(number[1])) : actions[name][3]();
    // Another key in between is no bounce.
    moved = at === before ? { code: "", time: 0 } : { code, time: performance.now() };
  });
  document.addEventListener("keyup", (event) => let_go(event.code));
  window.addEventListener("blur", () => { if (held) release(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) { cover(); document.body.classList.add("blank"); } });

  // --- pointer: clicking never reveals, and neither does hovering ---
  by("grid").addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (cell) { event.preventDefault(); move(cells.indexOf(cell), event.shiftKey); }
  });
  by("grid").addEventListener("focusin", (event) => {
    const index = cells.indexOf(event.target.closest(".cell"));
    if (index !== -1 && index !== at) go(index, true);
  });
  for (const button of choices) button.addEventListener("click", () => decide({ [button.dataset.set]: button.dataset.value }));
  for (const button of flagButtons) button.addEventListener("click", () => toggleFlag(button.dataset.flag));
  for (const name of ["same", "blank", "colleague", "note", "density"]) by(name).addEventListener("click", actions[name][3]);
  by("undo").addEventListener("click", undo);
  by("redo").addEventListener("click", redo);
  by("pause").addEventListener("click", () => pause(true));
  by("resume").addEventListener("click", () => pause(false));
  function showHelp() { listKeys(); by("key-trouble").textContent = ""; by("help").showModal(); }
  by("keys").addEventListener("click", showHelp);
  by("left-handed").addEventListener("click", () => setHand(true));
  by("usual-keys").addEventListener("click", () => setHand(false));
  by("help").addEventListener("close", () => { changing = null; cells[at]?.focus(); });
  for (const [id, colour] of [["reveal", false], ["colour", true]]) {
    const button = by(id);
    button.addEventListener("pointerdown", () => press(id, colour));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) button.addEventListener(end, () => let_go(id));
  }
  document.addEventListener("pointermove", () => { idle = Date.now(); }, { passive: true });
  // Nobody looks: after a minute everything is covered again, and no minute is counted.
  setInterval(() => { if (Date.now() - idle > 60000 && !paused) { cover(); document.body.classList.add("blank"); saved(`Covered: nothing happened for a minute. ${keyName(keyOf("blank"))} shows it again`); } }, 5000);

  // --- finishing: only once everything is saved; not within two seconds of opening the case ---
  const form = by("finish");
  const ready = () => performance.now() - started > 2000 && queue.length === 0 && !sending;
  function finish() { if (ready()) form.requestSubmit(form.querySelector("button.first")); else saved("Still saving. Press again in a moment."); }
  form.addEventListener("submit", (event) => {
    if (ready()) return;
    event.preventDefault();
    saved("Still saving. Press again in a moment.");
  });

  document.body.dataset.density = preferences.density || "160";
  readKeys();
  holdWords();
  for (const cell of cells) cell.tabIndex = -1;
  watch();
  if (cells.length) { const first = nextOpen(-1, 1); go(first === -1 ? 0 : first, false); }
  showPanel();
  document.documentElement.dataset.ready = "1";  // For the tests: from here on every key counts.
}
