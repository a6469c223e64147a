// Requests to our own server: JSON or HTML, with the CSRF token, and with errors that say what to do.

export const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

/** The server answered that it cannot; `status` and `data` are its answer. */
export class Refused extends Error {
  constructor(status, data) {
    super(data.error ?? data.detail ?? words.failed);
    this.status = status;
    this.data = data;
  }
}

/** Nothing answered: the network is down, or the server is. */
export class Offline extends Error {}

/** Send, and give back the answer: an object for JSON, a string for HTML. Throws Refused or Offline. */
export async function send(method, url, data) {
  const headers = { Accept: "application/json, text/html" };
  const options = { method, headers, credentials: "same-origin" };
  if (method !== "GET") {
    headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
    headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(data ?? {});
  }
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new Offline();
  }
  if ([502, 503, 504].includes(response.status)) throw new Offline();
  // A page instead of an answer: the session ended, and we were led to the sign-in.
  if (response.redirected) throw new Refused(401, { error: words.signedOut });
  const json = response.headers.get("Content-Type")?.includes("json");
  const answer = json ? await response.json() : await response.text();
  if (!response.ok) throw new Refused(response.status, json ? answer : {});
  return answer;
}

/** Say something in passing: shown for a few seconds, read out by screen readers. */
export function say(text) {
  const box = document.getElementById("say");
  box.textContent = text;
  box.classList.add("say--shown");
  clearTimeout(box.timer);
  box.timer = setTimeout(() => box.classList.remove("say--shown"), 5000);
}
