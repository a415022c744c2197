/*
How this page looks to axe: its structure, and the colours that its texts are read on.

The structure keeps the elements, in order, with what styles them, gives them a role or a state, whether they have a
name and a text, and whether they scroll at this width. Alike siblings, as the lines of a list, count once. Words are
kept where axe compares them: the names of landmarks. Beside it come the faults that do hang on words: a label, or
whatever names another element, that points at nothing or at two things.
*/
() => {
  const LITERAL = new Set(["class", "style", "role", "type", "lang", "dir", "tabindex", "scope", "colspan", "rowspan",
    "autocomplete", "hidden", "disabled", "required", "readonly", "open", "checked", "multiple", "inert", "rel",
    "method", "media", "charset", "contenteditable", "accesskey"]);
  const POINTERS = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "aria-details",
    "aria-errormessage", "aria-activedescendant", "headers", "list"];
  const LANDMARKS = "nav, aside, section, form, header, main, footer, search, [role]";

  const attributes = node => [...node.attributes].map(({name, value}) => {
    if (LITERAL.has(name) || (name === "href" && node.matches("link")) || (name === "content" && node.name === "viewport"))
      return `${name}=${value}`;
    if (name.startsWith("aria-") && !POINTERS.includes(name) && (name !== "aria-label" || node.matches(LANDMARKS)))
      return `${name}=${value}`;
    return value.trim() ? name : `${name}=`;
  }).sort().join(" ");

  const scrolls = node => {
    if (node.scrollWidth <= node.clientWidth && node.scrollHeight <= node.clientHeight) return "";
    const {overflowX, overflowY} = getComputedStyle(node);
    return /auto|scroll/.test(overflowX + overflowY) ? "~" : "";
  };

  const made = node => {
    const within = [];
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE && child.data.trim()) within.push("text");
      if (child.nodeType === Node.ELEMENT_NODE) within.push(made(child));
    }
    return `<${node.localName} ${attributes(node)}${scrolls(node)}>${[...new Set(within)].join("")}</>`;
  };

  // What is painted below a text, from the outside in; and by text, that with its own colour and size.
  const PLAIN = "rgba(0, 0, 0, 0) none 1 static none normal";
  const grounds = new Map();
  const ground = node => {
    if (!node) return "";
    if (!grounds.has(node)) {
      const {backgroundColor, backgroundImage, opacity, position, filter, mixBlendMode} = getComputedStyle(node);
      const own = [backgroundColor, backgroundImage, opacity, position, filter, mixBlendMode].join(" ");
      grounds.set(node, ground(node.parentElement) + (own === PLAIN ? "" : ` / ${own}`));
    }
    return grounds.get(node);
  };
  window.coloured = {};
  for (const node of document.body.querySelectorAll("*")) {
    const said = [...node.childNodes].some(child => child.nodeType === Node.TEXT_NODE && child.data.trim());
    const {width, height} = node.getBoundingClientRect();
    const shown = width > 1 && height > 1 && node.checkVisibility({visibilityProperty: true});
    if (!shown || !(said || node.matches("input, select, textarea"))) continue;
    const {color, fontSize, fontWeight, textShadow} = getComputedStyle(node);
    (window.coloured[[color, fontSize, fontWeight, textShadow, ground(node)].join(" ")] ||= []).push(node);
  }

  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(node => node.localName);
  const steps = [...new Set(headings.map((level, n) => `${headings[n - 1]} ${level}`))].sort();
  const landmarks = document.querySelectorAll("nav, aside, main, [role=navigation], [role=region]").length;

  const faults = [];
  for (const attribute of POINTERS)
    for (const node of document.querySelectorAll(`[${attribute}]`))
      for (const id of node.getAttribute(attribute).split(/\s+/).filter(Boolean)) {
        const found = document.querySelectorAll(`[id="${CSS.escape(id)}"]`).length;
        if (found !== 1 && !(found === 0 && attribute === "aria-controls"))
          faults.push(`${attribute}="${id}" names ${found} elements`);
      }
  const structure = [innerWidth, landmarks, steps, made(document.documentElement)].join("\n");
  return {structure, colours: Object.keys(window.coloured), faults};
}
