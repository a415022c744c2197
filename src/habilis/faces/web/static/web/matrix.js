// The matrix of a profile: groups fold without a new page, and leaving with changes that are not saved asks first.
const groups = document.querySelectorAll("details.matrix");
document.querySelectorAll("[data-fold]").forEach((link) =>
  link.addEventListener("click", (event) => {
    const form = document.querySelector(".matrix-form");
    if (!form) return; // nothing to lose: the page comes again, and its link with it
    event.preventDefault();
    groups.forEach((group) => (group.open = link.dataset.fold === "open"));
  }),
);
document.querySelectorAll(".matrix-form").forEach((form) => {
  let sent = false;
  const changed = () => form.querySelectorAll(".choice input:checked:not([data-saved])").length;
  form.addEventListener("submit", () => (sent = true));
  window.addEventListener("beforeunload", (event) => {
    if (!sent && changed()) event.preventDefault();
  });
});
