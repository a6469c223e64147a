// Dictation with the browser's own speech recognition, where there is one.
// <button data-dictate="id-of-a-field" hidden> appears, and writes what is said into the field. Import and call dictation().

const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;

const spoken = (field) => {
  const language = field.lang || field.closest("[lang]")?.lang || document.documentElement.lang;
  if (language.startsWith("zh")) return "zh-CN";
  return navigator.language.startsWith("en") ? navigator.language : "en-GB";
};

const join = (field, said) => {
  const before = field.value.trimEnd();
  if (!before) return said;
  if (field.dataset.list !== undefined) return `${before}${spoken(field) === "zh-CN" ? "，" : ", "}${said}`;
  return spoken(field) === "zh-CN" ? before + said : `${before} ${said}`;
};

/** Show the buttons of this page (or part of one) and make them listen. Nothing happens without speech recognition. */
export function dictation(root = document) {
  if (!Recognition) return;
  for (const button of root.querySelectorAll("[data-dictate]")) {
    const field = document.getElementById(button.dataset.dictate);
    if (!field || field.readOnly || field.disabled) continue;
    button.hidden = false;
    let listening;
    button.addEventListener("click", () => {
      if (listening) { listening.stop(); return; }
      listening = new Recognition();
      listening.lang = spoken(field);
      listening.interimResults = false;
      listening.onresult = (event) => {
        const said = [...event.results].map((result) => result[0].transcript.trim()).join(" ");
        field.value = join(field, said.replace(/[.。]$/, ""));
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new Event("change", { bubbles: true }));
      };
      listening.onend = () => {
        listening = undefined;
        button.setAttribute("aria-pressed", "false");
      };
      button.setAttribute("aria-pressed", "true");
      listening.start();
    });
  }
}
