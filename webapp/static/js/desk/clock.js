// Seconds that the teacher really spent on this drawing: the page is visible, and something was done lately.

const IDLE = 60_000;

/** Starts counting; `take()` gives the seconds since it was last called, `give()` returns those that could not be sent. */
export function clock() {
  let counted = 0;
  let since = performance.now();
  let active = since;
  const add = () => {
    const now = performance.now();
    const until = Math.min(now, active + IDLE);
    if (!document.hidden && until > since) counted += until - since;
    since = now;
  };
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "scroll"]) {
    addEventListener(kind, () => { add(); active = performance.now(); }, { passive: true, capture: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      const now = performance.now();
      counted += Math.max(0, Math.min(now, active + IDLE) - since);
      since = now;
    } else {
      since = active = performance.now();
    }
  });
  return {
    take() {
      add();
      const seconds = Math.round(counted) / 1000;
      counted = 0;
      return seconds;
    },
    give(seconds) {
      counted += seconds * 1000;
    },
  };
}
