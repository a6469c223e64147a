// A class of photos: each file is its own request, sent again until it has arrived; labels are saved as they are typed;
// the state of every drawing is asked for while there is something to wait for.

import { dictation } from "../dictation.js";

const page = document.getElementById("upload");
const say = page.dataset;
const token = document.querySelector('meta[name="csrf-token"]').content;
const post = (url, body) =>
  fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token, Accept: "application/json" } });
const pause = (seconds) => new Promise((done) => {
  setTimeout(done, seconds * 1000);
  addEventListener("online", done, { once: true });
});

// Sending

const drop = page.querySelector("[data-drop]");
const sending = page.querySelector("[data-sending-list]");
const AT_ONCE = 2;
const queue = [];
let active = 0;
let sent = 0;
let total = 0;
let place = Number(say.next); // photos keep the order in which they were chosen, however they arrive

class Refused extends Error {}

function line(file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.className = "rows__main";
  name.textContent = file.name;
  const state = document.createElement("span");
  state.className = "soft small";
  state.textContent = say.waiting;
  item.append(name, state);
  sending.querySelector("[data-queue]").append(item);
  return { item, state };
}

function count() {
  sending.hidden = total === 0;
  sending.querySelector("[data-sent-bar]").value = total ? sent / total : 0;
  sending.querySelector("[data-sent-words]").textContent = say.sent.replace("%d", sent).replace("%t", total);
}

function add(files) {
  for (const file of files) {
    if (!file.size && !file.name) continue;
    const shown = line(file);
    total += 1;
    if (file.size > Number(say.mostMb) * 1e6) finish(shown, say.heavy);
    else { queue.push({ file, at: place, ...shown }); place += 1; }
  }
  count();
  while (active < AT_ONCE && queue.length) run();
}

async function run() {
  active += 1;
  for (let next = queue.shift(); next; next = queue.shift()) await send(next);
  active -= 1;
  if (!active) watch();
}

async function send({ file, at, item, state }) {
  for (let attempt = 0; ; attempt += 1) {
    state.textContent = say.sending;
    try {
      const body = new FormData();
      body.append("photo", file, file.name);
      body.append("position", at);
      const answer = await post(drop.action, body);
      if (answer.status >= 400 && answer.status < 500) throw new Refused();
      if (!answer.ok) throw new Error(String(answer.status));
      const [result] = await answer.json();
      if (result.row) { show(result.row); watch(); }
      finish({ item, state }, result.problem);
      return;
    } catch (error) {
      if (error instanceof Refused || attempt === 6) {
        offer({ file, item, state });
        return;
      }
      state.textContent = say.lost;
      await pause(Math.min(30, 2 ** attempt));
    }
  }
}

function finish({ item, state }, problem) {
  sent += 1;
  if (problem) {
    state.textContent = problem;
    state.className = "photo__why small";
  } else {
    item.remove();
  }
  count();
}

function offer({ file, item, state }) {
  state.textContent = say.failed;
  state.className = "photo__why small";
  const again = document.createElement("button");
  again.className = "btn btn-quiet";
  again.type = "button";
  again.textContent = say.again;
  again.addEventListener("click", () => { item.remove(); total -= 1; add([file]); });
  item.append(again);
}

function show(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  page.querySelector("[data-labels]").hidden = false;
  const row = holder.content.querySelector(".photo");
  const list = page.querySelector("[data-photos]");
  const later = [...list.children].find((other) => Number(other.dataset.position) > Number(row.dataset.position));
  list.insertBefore(row, later ?? null);
  number(list);
  page.querySelector("[data-deletes]").append(...holder.content.querySelectorAll("form"));
  dictation(row);
}

/** Drawings are called by their place: refused and erased ones leave no gap in the numbers. */
function number(list) {
  for (const [at, row] of [...list.children].entries()) {
    for (const named of row.querySelectorAll("[data-numbered]")) {
      const name = named.dataset.numbered.replace("%d", at + 1);
      if (named.matches("label")) named.textContent = name;
      else named.setAttribute(named.matches("img") ? "alt" : "aria-label", name);
    }
  }
}

if (drop) {
  for (const input of drop.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => { add([...input.files]); input.value = ""; });
  }
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("drop--over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    drop.addEventListener(name, () => drop.classList.remove("drop--over"));
  }
  drop.addEventListener("drop", (event) => { event.preventDefault(); add([...event.dataTransfer.files]); });
  // A photo let go beside the field must not replace the page, and with it all that was typed.
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
  addEventListener("beforeunload", (event) => { if (active) event.preventDefault(); });
  for (const button of page.querySelectorAll("[data-without-script]")) button.hidden = true;
}

// Labels

async function save(field) {
  const body = new FormData();
  body.append(field.dataset.field, field.value);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      const answer = await post(field.closest("[data-label]").dataset.label, body);
      if (answer.ok) {
        field.setCustomValidity("");
        watch();
        return;
      }
    } catch { /* the network is away */ }
    field.setCustomValidity(say.unsaved);
    field.reportValidity();
    await pause(2 ** attempt);
  }
}

page.querySelector("[data-photos]")?.addEventListener("change", (event) => {
  if (event.target.dataset.field) save(event.target);
});

// Enter goes to the next drawing's words instead of sending the form.
page.querySelector("[data-photos]")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.dataset.field !== "words" || event.isComposing) return;
  event.preventDefault();
  const fields = [...page.querySelectorAll('[data-field="words"]')];
  (fields[fields.indexOf(event.target) + 1] ?? page.querySelector(".go .btn-primary")).focus();
});

// Progress

let watching = false;

async function watch() {
  if (watching) return;
  watching = true;
  for (let busy = true; busy;) {
    try {
      const answer = await fetch(say.progress, { headers: { Accept: "application/json" } });
      if (answer.status >= 400 && answer.status < 500) break;
      const progress = await answer.json();
      const bar = page.querySelector("[data-count]");
      if (bar) bar.innerHTML = progress.count;
      const left = page.querySelector("[data-left]");
      if (left && left.dataset.last !== progress.left) left.innerHTML = left.dataset.last = progress.left;
      for (const { id, status, picture } of progress.rows) update(id, status, picture);
      busy = progress.busy;
    } catch { /* asked again soon */ }
    if (busy) await new Promise((done) => { setTimeout(done, document.hidden ? 8000 : 1500); });
  }
  watching = false;
}

function update(id, status, picture) {
  const row = page.querySelector(`[data-drawing="${id}"]`);
  if (!row) return;
  const place = row.querySelector("[data-status]");
  if (place.dataset.last !== status) {
    place.dataset.last = status;
    place.innerHTML = status;
  }
  const image = row.querySelector("img");
  if (image && image.getAttribute("src") !== picture) image.src = picture;
}

dictation(page);
if (say.busy === "yes") watch();
