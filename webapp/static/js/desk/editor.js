// The letter: choosing, writing, saving, accepting. What is typed is kept on this device until the server has it.

import { clock } from "./clock.js";
import { forget, keep, kept } from "./keep.js";
import { Offline, Refused, say, send, words } from "./request.js";

const PAUSE = 900; // ms without typing before the text is saved
const RETRY = 5000; // ms between attempts while there is no network

/**
 * Wire the letter of this page; returns what keys and the other parts of the desk may ask of it. `reopened` is called
 * when an accepted comment is open again.
 */
export function editor(desk, { reopened }) {
  const letter = document.getElementById("letter");
  const field = document.getElementById("text");
  const marks = document.getElementById("marks");
  const remarks = document.getElementById("remarks");
  const saved = document.getElementById("saved");
  const offline = document.getElementById("offline");
  const clash = document.getElementById("clash");
  const accept = document.getElementById("accept");
  const reopen = document.getElementById("reopen");
  const time = clock();

  let revision = Number(letter.dataset.revision);
  let draft = letter.dataset.draft || null;
  let stored = { text: field.value, draft };
  let timer;
  let running = Promise.resolve(true);

  const dirty = () => field.value !== stored.text || draft !== stored.draft;
  const grow = () => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  };

  /** Replace the whole text, or the part from start to end, so that the browser's own undo can bring it back. */
  const put = (text, start = 0, end = field.value.length) => {
    const before = document.activeElement;
    field.focus({ preventScroll: true });
    field.setSelectionRange(start, end);
    if (!document.execCommand(text ? "insertText" : "delete", false, text)) field.setRangeText(text, start, end, "end");
    if (before !== field) field.blur();
    typed();
  };

  const showDoubts = (answer) => {
    marks.replaceChildren(...answer.pieces.map(([text, reasons]) => {
      const piece = document.createElement("span");
      piece.textContent = text;
      if (reasons.length) piece.className = "doubt";
      return piece;
    }));
    remarks.replaceChildren(...answer.remarks.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  };

  const showChosen = () => {
    for (const slip of document.querySelectorAll("[data-draft].slip")) {
      const chosen = slip.dataset.draft === draft;
      slip.classList.toggle("slip--chosen", chosen);
      const button = slip.querySelector("[data-choose]");
      button.setAttribute("aria-pressed", String(chosen));
      button.querySelector("span").textContent = chosen ? words.chosen : words.choose;
    }
  };

  const took = (answer) => {
    revision = answer.revision;
    const accepted = answer.state === "accepted";
    letter.classList.toggle("is-accepted", accepted);
    field.readOnly = accepted;
    accept.hidden = accepted;
    reopen.hidden = !accepted;
    for (const control of document.querySelectorAll("#instruct :is(input, button)")) control.disabled = accepted;
    if (answer.pieces && answer.text === field.value) showDoubts(answer);
  };

  const failed = (error, wanted) => {
    keep(desk.id, { text: field.value, draft, revision });
    if (error instanceof Offline) {
      offline.hidden = false;
      saved.textContent = words.kept;
      clearTimeout(timer);
      timer = setTimeout(save, RETRY);
    } else if (error instanceof Refused && error.status === 409) {
      disagree(error.data, wanted);
    } else {
      saved.textContent = "";
      say(error.message);
    }
    return false;
  };

  /** Send the text if it is not sent yet; true when the server has it. One request at a time, in order. */
  const save = () => {
    clearTimeout(timer);
    running = running.then(async () => {
      if (!dirty() || !clash.hidden || field.readOnly) return !dirty();
      const sent = { text: field.value, draft, revision, seconds: time.take() };
      saved.textContent = words.saving;
      try {
        const answer = await send("PUT", `${desk.url}/comment`, sent);
        stored = { text: sent.text, draft: sent.draft };
        offline.hidden = true;
        took(answer);
        if (dirty()) return false; // typed on meanwhile: that is saved next
        forget(desk.id);
        saved.textContent = words.saved;
        return true;
      } catch (error) {
        time.give(sent.seconds);
        return failed(error);
      }
    });
    return running;
  };

  const typed = () => {
    grow();
    if (!dirty()) return;
    marks.replaceChildren();
    keep(desk.id, { text: field.value, draft, revision });
    saved.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  };

  /** Two texts, and the teacher decides. Keeping ours means to write it over the other, which stays in the history. */
  const disagree = (theirs, then) => {
    const mine = { text: field.value, draft };
    if (theirs.text === mine.text) return resolve(theirs, mine, then);
    clash.querySelector("[data-mine]").textContent = mine.text;
    clash.querySelector("[data-theirs]").textContent = theirs.text;
    clash.hidden = false;
    saved.textContent = "";
    clash.querySelector("[data-keep]").focus();
    clash.onclick = (event) => {
      const kind = event.target.closest("[data-keep]")?.dataset.keep;
      if (kind) resolve(theirs, kind === "mine" ? mine : theirs, then);
    };
    return false;
  };

  const resolve = (theirs, chosen, then) => {
    clash.hidden = true;
    revision = theirs.revision;
    stored = { text: theirs.text, draft: theirs.draft };
    draft = chosen.draft;
    const reopened = theirs.state === "accepted" && chosen !== theirs;
    took({ revision, state: reopened ? "open" : theirs.state });
    if (field.value !== chosen.text) put(chosen.text);
    showChosen();
    forget(desk.id);
    if (dirty()) save();
    then?.();
  };

  const choose = (id) => {
    const slip = document.querySelector(`.slip[data-draft="${id}"]`);
    if (!slip || field.readOnly) return;
    const text = slip.querySelector(".slip__text").textContent;
    const own = field.value.trim() && dirty();
    draft = id;
    put(text);
    showChosen();
    if (own) say(words.replaced);
    save();
  };

  const takeAccept = async () => {
    if (!field.value.trim()) return say(words.empty);
    clearTimeout(timer);
    await running;
    if (!clash.hidden || field.readOnly) return undefined;
    accept.disabled = true;
    const sent = { text: field.value, draft, revision, seconds: time.take() };
    try {
      const answer = await send("POST", `${desk.url}/accept`, sent);
      stored = { text: sent.text, draft: sent.draft };
      forget(desk.id);
      took(answer);
      location.href = answer.next;
    } catch (error) {
      time.give(sent.seconds);
      failed(error);
    } finally {
      accept.disabled = false;
    }
    return undefined;
  };

  const change = async (action, data) => {
    await save();
    try {
      const answer = await send("POST", `${desk.url}/${action}`, { revision, ...data });
      draft = answer.draft;
      stored = { text: answer.text, draft };
      took(answer);
      if (field.value !== answer.text) put(answer.text);
      showDoubts(answer);
      showChosen();
      saved.textContent = words.saved;
    } catch (error) {
      failed(error);
    }
  };

  field.addEventListener("input", typed);
  field.addEventListener("blur", save);
  addEventListener("online", save);
  addEventListener("pagehide", () => {
    if (dirty()) keep(desk.id, { text: field.value, draft, revision });
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (button) choose(button.dataset.choose);
  });
  accept.addEventListener("click", takeAccept);
  reopen.addEventListener("click", () =>
    change("reopen").then(() => {
      reopened();
      field.focus();
    }),
  );

  grow();
  document.fonts?.ready.then(grow);
  addEventListener("resize", grow);

  const copy = kept(desk.id);
  if (copy && (copy.text !== field.value || copy.draft !== draft)) {
    const server = { text: field.value, draft, revision, state: field.readOnly ? "accepted" : "open" };
    if (copy.revision === revision && !field.readOnly) {
      draft = copy.draft;
      put(copy.text);
      showChosen();
      say(words.unsent);
      save();
    } else {
      field.value = copy.text;
      draft = copy.draft;
      disagree(server);
    }
  } else if (copy) {
    forget(desk.id);
  }

  return {
    field,
    choose,
    put,
    save,
    showChosen,
    accept: takeAccept,
    restore: (number) => change("restore", { number }),
    undo: () => {
      field.focus();
      document.execCommand("undo");
    },
    own: () => {
      if (field.readOnly) return;
      draft = null;
      put("");
      showChosen();
      field.focus();
    },
    /** Have the text checked again, after a fact was corrected. */
    check: async () => {
      if (!revision || field.readOnly || !(await save())) return;
      const answer = await send("PUT", `${desk.url}/comment`, { text: field.value, draft, revision, seconds: 0 });
      took(answer);
    },
  };
}
