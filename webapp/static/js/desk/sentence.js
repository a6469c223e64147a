// Other wordings of one sentence: the one with the cursor in it.

import { say, send, words } from "./request.js";

const PATIENCE = 90_000;

/** Returns the action that asks for them. */
export function sentence(desk, letter) {
  const box = document.getElementById("sentence");
  const list = box.querySelector("[data-options]");
  const waiting = box.querySelector("[data-waiting]");
  let asked = 0;

  const close = () => {
    asked += 1;
    box.hidden = true;
  };

  const replace = (old, option) => {
    const start = letter.field.value.indexOf(old);
    if (start >= 0) letter.put(option, start, start + old.length);
    close();
    letter.save();
    letter.field.focus();
  };

  const answer = async (url, mine) => {
    const until = Date.now() + PATIENCE;
    while (mine === asked && Date.now() < until) {
      const found = await send("GET", url);
      if (found.done) return found;
      await new Promise((resolve) => { setTimeout(resolve, 700); });
    }
    return { options: [] };
  };

  box.querySelector("[data-sentence-close]").addEventListener("click", close);

  return async () => {
    const { field } = letter;
    if (field.readOnly) return;
    if (!field.value.trim()) { say(words.sentenceFirst); return; }
    const mine = (asked += 1);
    list.replaceChildren();
    waiting.hidden = false;
    box.hidden = false;
    try {
      const { url } = await send("POST", `${desk.url}/sentence`, {
        text: field.value,
        at: field.selectionStart,
        instruction: document.getElementById("instruction").value,
      });
      const found = await answer(url, mine);
      if (mine !== asked) return;
      waiting.hidden = true;
      if (!found.options.length) { close(); say(words.sentenceFailed); return; }
      list.replaceChildren(...found.options.map((option) => {
        const item = document.createElement("li");
        const button = Object.assign(document.createElement("button"), { type: "button", className: "sentence__option letter", textContent: option });
        button.addEventListener("click", () => replace(found.sentence, option));
        item.append(button);
        return item;
      }));
      list.querySelector("button").focus();
    } catch (error) {
      close();
      say(error.message || words.failed);
    }
  };
}
