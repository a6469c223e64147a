// The class: asks how far it is while a worker is busy, and stops asking when nothing is left to wait for.

import { Offline, say, send, words } from "./request.js";

const OFTEN = 1500;

/** Returns `watch()`, which begins (again) to follow the class. `arrived` is called when this drawing has new drafts. */
export function film(desk, { arrived, measured }) {
  const here = document.querySelector(`[data-frame="${desk.id}"]`);
  here?.scrollIntoView({ block: "nearest", inline: "center" });
  let timer;

  const show = ({ id, state, label, thumb }) => {
    const frame = document.querySelector(`[data-frame="${id}"]`);
    if (!frame || frame.dataset.state === state) return;
    frame.dataset.state = state;
    frame.querySelector(".state").outerHTML = label;
    const image = frame.querySelector("img");
    if (image.getAttribute("src") !== thumb) image.src = thumb;
  };

  const look = async () => {
    clearTimeout(timer);
    let busy = true;
    try {
      const answer = await send("GET", desk.film);
      busy = answer.busy;
      document.getElementById("count").innerHTML = answer.count;
      answer.drawings.forEach(show);
      const mine = answer.drawings.find((drawing) => drawing.id === desk.id);
      if (mine) {
        const unmeasured = ["received", "waiting"];
        const wasUnmeasured = unmeasured.includes(desk.state);
        const changed = mine.rounds !== desk.rounds || (mine.state !== desk.state && mine.state !== "accepted");
        const news = mine.rounds > desk.rounds;
        Object.assign(desk, { rounds: mine.rounds, state: mine.state });
        if (wasUnmeasured && !unmeasured.includes(mine.state)) await measured();
        else if (changed) await arrived();
        if (news) say(words.ready);
      }
    } catch (error) {
      if (!(error instanceof Offline)) return;
    }
    if (busy) timer = setTimeout(look, document.hidden ? 4 * OFTEN : OFTEN);
  };

  look();
  return look;
}
