// Files dropped on the form of an intake join those that were chosen. Without this, they are chosen.
document.querySelectorAll("[data-drop]").forEach((zone) => {
  const input = zone.querySelector("input[type=file]");
  const said = zone.querySelector("[data-drop-said]");
  const tell = () => {
    const chosen = [...zone.querySelectorAll("input[type=file]")].flatMap((one) => [...one.files]);
    said.textContent = chosen.length ? `${chosen.length} ${said.dataset.words}` : "";
    input.setCustomValidity(chosen.length > Number(zone.dataset.most) ? zone.dataset.tooMany : "");
  };
  zone.addEventListener("change", tell);
  ["dragenter", "dragover"].forEach((name) =>
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("drop-over");
    }),
  );
  zone.addEventListener("dragleave", () => zone.classList.remove("drop-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("drop-over");
    const all = new DataTransfer();
    [...input.files, ...event.dataTransfer.files].forEach((file) => all.items.add(file));
    input.files = all.files;
    tell();
  });
});
