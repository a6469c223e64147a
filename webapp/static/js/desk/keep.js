// A copy of what is not saved yet, on this device, one per drawing. It is removed once the server has the text.

const key = (drawing) => `vermilion.desk.${drawing}`;

export function keep(drawing, copy) {
  try {
    localStorage.setItem(key(drawing), JSON.stringify({ ...copy, at: Date.now() }));
  } catch {
    // A full or forbidden store: the text is still in the page.
  }
}

export function kept(drawing) {
  try {
    return JSON.parse(localStorage.getItem(key(drawing)));
  } catch {
    return null;
  }
}

export function forget(drawing) {
  localStorage.removeItem(key(drawing));
}
