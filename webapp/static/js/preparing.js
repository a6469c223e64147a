// Keeps the notice about the models up to date, and takes it away when they are ready.

const notice = document.querySelector("[data-preparing]");

while (notice?.isConnected) {
  await new Promise((resume) => setTimeout(resume, 3000));
  const answer = await fetch(notice.dataset.preparing).catch(() => null);
  if (answer?.status === 204) notice.remove();
  if (answer?.status === 200) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    notice.firstElementChild.replaceWith(page.querySelector("[data-preparing]").firstElementChild);
  }
}
