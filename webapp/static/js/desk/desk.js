// The desk of one drawing: puts its parts together.

import { dictation } from "../dictation.js";
import { editor } from "./editor.js";
import { facts } from "./facts.js";
import { film } from "./film.js";
import { keys } from "./keys.js";
import { picture } from "./picture.js";
import { say, send, words } from "./request.js";
import { sentence } from "./sentence.js";

const page = document.getElementById("desk");
const desk = {
  id: page.dataset.drawing,
  url: page.dataset.url,
  film: page.dataset.film,
  rounds: Number(page.dataset.rounds),
  state: page.dataset.state,
};
const drafts = document.getElementById("drafts");
const letter = editor(desk, { reopened: () => watch() });
let shown = "";
const showDrafts = async (round) => {
  const html = await send("GET", `${desk.url}/drafts${round ? `?round=${round}` : ""}`);
  if (html === shown) return; // the same ones: a finger may be on its way to a button, a reader in a sentence
  drafts.innerHTML = html;
  shown = html;
  letter.showChosen();
};
const reload = async () => {
  if (await letter.save()) location.reload();
};
const watch = film(desk, { arrived: () => showDrafts(), measured: reload });

// Another fact: other doubts about the drafts and about the letter.
const checkAnew = async () => {
  await showDrafts();
  await letter.check();
};
facts(desk, checkAnew);
const look = picture(desk, checkAnew);
document.getElementById("facts")?.addEventListener("desk:facts", (event) => dictation(event.target));
dictation();

drafts.addEventListener("click", (event) => {
  const round = event.target.closest("[data-round]");
  if (round) showDrafts(round.dataset.round).catch((error) => say(error.message || words.failed));
});

const instruct = document.getElementById("instruct");
instruct.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await letter.save();
    await send("POST", `${desk.url}/instruct`, { instruction: instruct.instruction.value });
    instruct.reset();
    await showDrafts();
    watch();
  } catch (error) {
    say(error.message || words.failed);
  }
});

document.getElementById("student").addEventListener("change", async (event) => {
  try {
    await letter.save();
    await send("POST", `${desk.url}/student`, { student: event.target.value });
    location.reload();
  } catch (error) {
    say(error.message || words.failed);
  }
});

const go = async (where) => {
  const url = page.dataset[where];
  if (!url) return;
  await letter.save();
  location.href = url;
};
for (const link of document.querySelectorAll("[data-go]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    go(link.dataset.go);
  });
}

const history = document.getElementById("history");
const showHistory = async () => {
  try {
    await letter.save();
    history.querySelector("[data-list]").innerHTML = await send("GET", `${desk.url}/history`);
    history.showModal();
  } catch (error) {
    say(error.message || words.failed);
  }
};
history.addEventListener("click", (event) => {
  const button = event.target.closest("[data-restore]");
  if (!button) return;
  history.close();
  letter.restore(Number(button.dataset.restore));
});

const copy = async () => {
  await navigator.clipboard.writeText(letter.field.value);
  say(words.copied);
};
const help = () => document.getElementById("keys").showModal();
const rewrite = sentence(desk, letter);
const tools = { undo: letter.undo, sentence: rewrite, own: letter.own, copy, history: showHistory, keys: help };
for (const button of document.querySelectorAll("[data-do]")) {
  // A tool must not take the cursor out of the sentence it works on.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", tools[button.dataset.do]);
}

keys({
  ...look,
  left: () => look.turn?.(-1),
  right: () => look.turn?.(1),
  accept: letter.accept,
  undo: letter.undo,
  sentence: rewrite,
  help,
  after: () => go("after"),
  before: () => go("before"),
  edit: () => letter.field.focus(),
  instruct: () => document.getElementById("instruction").focus(),
  subjects: () => document.getElementById("subjects")?.focus(),
  choose: (key) => {
    const slip = drafts.querySelectorAll(".slip[data-draft]")[key - 1];
    if (slip) letter.choose(slip.dataset.draft);
  },
});
