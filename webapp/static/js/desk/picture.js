// The drawing: zoom with buttons, wheel, keys or two fingers; move it with one; turn it; lay the measuring over it.

import { say, send, words } from "./request.js";

const MOST = 8;

/** Wire the picture of this page; returns the actions that keys may call. `turned`: it was, and its facts with it. */
export function picture(desk, turned) {
  const mount = document.getElementById("mount");
  if (!mount) return {};
  const layers = mount.querySelector(".mount__layers");
  const drawing = document.getElementById("drawing");
  const overlay = document.getElementById("overlay");
  const pressed = document.querySelector("[data-look=overlay]");
  let view = { scale: 1, x: 0, y: 0 };

  const show = () => {
    const { width, height } = mount.getBoundingClientRect();
    // The picture never leaves its mount: at most so far that its edge meets the mount's.
    const room = { x: (width * (view.scale - 1)) / 2, y: (height * (view.scale - 1)) / 2 };
    view.x = Math.max(-room.x, Math.min(room.x, view.x));
    view.y = Math.max(-room.y, Math.min(room.y, view.y));
    layers.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    mount.classList.toggle("mount--zoomed", view.scale > 1);
  };

  const zoom = (factor, clientX, clientY) => {
    const box = mount.getBoundingClientRect();
    const scale = Math.max(1, Math.min(MOST, view.scale * factor));
    const at = {
      x: (clientX ?? box.x + box.width / 2) - box.x - box.width / 2,
      y: (clientY ?? box.y + box.height / 2) - box.y - box.height / 2,
    };
    const grown = scale / view.scale;
    view = { scale, x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown };
    show();
  };

  const fit = () => {
    view = { scale: 1, x: 0, y: 0 };
    show();
  };

  const toggleOverlay = () => {
    overlay.src ||= overlay.dataset.src;
    overlay.hidden = !overlay.hidden;
    pressed.setAttribute("aria-pressed", String(!overlay.hidden));
  };

  const turn = async (by) => {
    try {
      const answer = await send("POST", `${desk.url}/turn`, { by });
      drawing.src = answer.drawing;
      overlay.dataset.src = answer.overlay;
      if (overlay.src) overlay.src = answer.overlay;
      const thumb = document.querySelector(`[data-frame="${desk.id}"] img`);
      if (thumb) thumb.src = answer.thumb;
      const facts = document.getElementById("facts");
      facts.innerHTML = answer.facts;
      facts.dispatchEvent(new CustomEvent("desk:facts"));
      fit();
      say(words.turned);
      await turned();
    } catch (error) {
      say(error.message || words.failed);
    }
  };

  const actions = { in: () => zoom(1.5), out: () => zoom(1 / 1.5), fit, overlay: toggleOverlay };
  for (const button of document.querySelectorAll("[data-look]")) {
    button.addEventListener("click", actions[button.dataset.look]);
  }
  for (const button of document.querySelectorAll("[data-turn]")) {
    button.addEventListener("click", () => turn(Number(button.dataset.turn)));
  }

  mount.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && view.scale === 1) return; // the wheel scrolls the page until the picture is enlarged
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
  }, { passive: false });
  mount.addEventListener("dblclick", (event) => (view.scale > 1 ? fit() : zoom(2.5, event.clientX, event.clientY)));

  const fingers = new Map();
  const gap = () => {
    const [a, b] = [...fingers.values()];
    return { size: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  mount.addEventListener("pointerdown", (event) => {
    if (view.scale > 1 || event.pointerType === "touch") mount.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  mount.addEventListener("pointermove", (event) => {
    const old = fingers.get(event.pointerId);
    if (!old) return;
    const before = fingers.size === 2 && gap();
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (before) {
      const now = gap();
      zoom(now.size / before.size, now.x, now.y);
    } else if (view.scale > 1) {
      view.x += event.clientX - old.x;
      view.y += event.clientY - old.y;
      show();
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    mount.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
  addEventListener("resize", show);

  return { ...actions, turn };
}
