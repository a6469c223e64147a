// The keyboard: everything on the desk, without leaving it.

const apple = /Mac|iPhone|iPad/.test(navigator.platform);

/** `actions` are functions by name; letters act outside fields only, so that writing stays writing. */
export function keys(actions) {
  const writing = (target) => target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
  const plain = {
    j: actions.after, k: actions.before, e: actions.edit, i: actions.instruct, s: actions.subjects, m: actions.overlay,
    "+": actions.in, "=": actions.in, "-": actions.out, 0: actions.fit, "[": actions.left, "]": actions.right, "?": actions.help,
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const control = apple ? event.metaKey : event.ctrlKey;
    const inField = writing(event.target);
    let action;
    if (control && event.key === "Enter") action = actions.accept;
    else if (control && !event.shiftKey && event.key.toLowerCase() === "z" && !inField) action = actions.undo;
    else if (event.altKey && !control) {
      const digit = /^Digit([1-4])$/.exec(event.code);
      if (digit) action = () => actions.choose(Number(digit[1]));
      else if (event.code === "KeyR") action = actions.sentence;
      // On a Mac, Alt with an arrow moves by words while writing.
      else if (event.key === "ArrowRight" && !(apple && inField)) action = actions.after;
      else if (event.key === "ArrowLeft" && !(apple && inField)) action = actions.before;
    } else if (event.key === "Escape" && inField) action = () => event.target.blur();
    else if (!control && !event.metaKey && !inField && !event.target.closest("[popover]")) {
      action = /^[1-4]$/.test(event.key) ? () => actions.choose(Number(event.key)) : plain[event.key];
    }
    if (!action) return;
    event.preventDefault();
    action();
  });
}
