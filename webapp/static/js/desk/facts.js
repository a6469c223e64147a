// The facts: each opens what it can be corrected to, beside the word it corrects.

import { say, send } from "./request.js";

/** `changed` is called when a fact or a word was corrected. */
export function facts(desk, changed) {
  const box = document.getElementById("facts");
  if (!box) return;
  let opener;

  const correct = async (path, data) => {
    const again = opener?.getAttribute("popovertarget");
    try {
      box.innerHTML = await send("POST", `${desk.url}/${path}`, data);
      box.querySelector(`[popovertarget="${again}"]`)?.focus();
      box.dispatchEvent(new CustomEvent("desk:facts"));
      await changed();
    } catch (error) {
      say(error.message);
    }
  };

  const palette = (form) => [...form.querySelectorAll("li")].flatMap((row) => {
    const { checked, value: name, dataset } = row.querySelector("[name=colour]");
    const share = Number(row.querySelector("[name=share]").value);
    return checked ? [{ name, hex: dataset.hex, share: share > 0 ? share : 5 }] : [];
  });

  box.addEventListener("click", (event) => {
    opener = event.target.closest(".fact") ?? opener;
    if (event.target.closest("[data-measured-again]")) correct("facts", {});
  });

  // Beside its word, inside the window.
  box.addEventListener("toggle", (event) => {
    if (event.newState !== "open" || !opener) return;
    const word = opener.getBoundingClientRect();
    const form = event.target;
    const size = form.getBoundingClientRect();
    const left = Math.max(8, Math.min(word.left, innerWidth - size.width - 8));
    const below = word.bottom + 6 + size.height < innerHeight;
    form.style.left = `${left}px`;
    form.style.top = `${Math.max(8, below ? word.bottom + 6 : word.top - 6 - size.height)}px`;
  }, true);

  let byKey = false;
  box.addEventListener("keydown", (event) => {
    byKey = event.key.startsWith("Arrow");
    // Arrows walk through the choices; Enter takes one.
    if (event.key === "Enter" && event.target.matches("[type=radio]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  box.addEventListener("pointerdown", () => { byKey = false; });
  box.addEventListener("change", (event) => {
    if (event.target.id === "subjects") event.target.form.requestSubmit();
    if (event.target.matches(".correction [type=radio]") && !byKey) event.target.form.requestSubmit();
    if (event.target.name === "colour") {
      const share = event.target.closest("li").querySelector("[name=share]");
      if (event.target.checked) share.focus();
      else share.value = "";
    }
  });
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    if (form.id === "subjects-form") {
      if (form.subjects.value !== form.subjects.defaultValue) correct("subjects", { subjects: form.subjects.value });
    } else if (form.dataset.fact === "palette") {
      correct("facts", { fact: "palette", value: palette(form) });
    } else {
      correct("facts", { fact: form.dataset.fact, value: form.elements.value.value });
    }
  });
}
