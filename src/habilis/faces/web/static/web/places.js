// A box that stands for all the others of its group ticks them, and follows them. Without this, the server reads it so.
document.querySelectorAll(".region").forEach((region) => {
  const whole = region.querySelector("[data-whole] input");
  if (!whole) return;
  const others = [...region.querySelectorAll("input[type=checkbox]")].filter((box) => box !== whole);
  const follow = () => {
    const ticked = others.filter((box) => box.checked).length;
    whole.checked = ticked === others.length;
    whole.indeterminate = ticked > 0 && ticked < others.length;
  };
  region.addEventListener("change", (event) => {
    if (event.target === whole) others.forEach((box) => (box.checked = whole.checked));
    follow();
  });
  if (whole.checked) others.forEach((box) => (box.checked = true));
  follow();
});
