// Runs before the first paint, so it is a plain script: light or dark as the person chose, else as the system says.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = localStorage.getItem("theme");
    document.documentElement.dataset.bsTheme = chosen ?? (system.matches ? "dark" : "light");
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      const show = () => button.setAttribute("aria-pressed", String(document.documentElement.dataset.bsTheme === "dark"));
      show();
      button.addEventListener("click", () => {
        localStorage.setItem("theme", document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark");
        apply();
        show();
      });
    }
  });
})();
