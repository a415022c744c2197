"""
A person at a browser, who reads labels and presses buttons; every page they come to is examined.

Examined means: nothing that axe finds fault with, no error in the console, and nothing wider than a phone.

Axe takes a second or two for a page. Its rules are asked once about each structure at each width, for what they find
hangs on elements, classes, roles, on what is empty and what scrolls, not on words; and the one about contrast, which is
most of that time, about each text whose colours, size and ground it has not judged yet.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SAID = "found => found.violations.map(one => one.id + ': ' + one.help + '\\n    ' \
+ one.nodes.slice(0, 5).map(node => node.html.slice(0, 200)).join('\\n    '))"
RULES = f"""() => axe.run(document, {{resultTypes: ['violations'], rules: {{'color-contrast': {{enabled: false}}}}}})
  .then({SAID})"""
CONTRAST = f"""colours => {{
  const of = new Map(colours.flatMap(colour => window.coloured[colour].map(node => [node, colour])));
  const options = {{runOnly: ['color-contrast'], elementRef: true, resultTypes: ['violations', 'passes']}};
  return axe.run({{include: [...of.keys()]}}, options).then(found => ({{
    faults: ({SAID})(found),
    judged: [...found.passes, ...found.violations].flatMap(one => one.nodes.map(node => of.get(node.element))),
  }}));
}}"""
WIDER = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= innerWidth) return [];
  const inside = node => node.parentElement && getComputedStyle(node.parentElement).overflowX !== 'visible'
    && node.parentElement !== document.body && node.parentElement !== page;
  return ['scrolls to ' + page.scrollWidth, ...[...document.querySelectorAll('body *')]
    .filter(node => node.getBoundingClientRect().right > innerWidth + 1 && !inside(node))
    .slice(0, 5).map(node => node.outerHTML.slice(0, 160))];
}"""
LOOKS = (Path(__file__).parent / "looks.js").read_text(encoding="utf-8")
WIDE, NARROW = 1280, 390
LINES = "li:not(.menu-head)"  # of the menu: its headings lead somewhere too


class Gallery:
    """The pages already examined, and where their pictures go."""

    def __init__(self, folder: str | None) -> None:
        self.folder = Path(folder) if folder else None
        self.seen: set[str] = set()
        self.structures: set[str] = set()
        self.colours: set[str] = set()
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)

    def is_new(self, html: str) -> bool:
        """Whether nobody has seen this page, tokens aside."""
        bare = re.sub(r'value="[A-Za-z0-9]{64}"', "", html)
        new = bare not in self.seen
        self.seen.add(bare)
        return new

    def faults(self, page: Any, width: int) -> list[str]:
        """What axe finds in what it has not seen, and names that are given twice, or to nothing."""
        looks = page.evaluate(LOOKS)
        faults = list(looks["faults"])
        colours = [colour for colour in looks["colours"] if colour not in self.colours]
        new = looks["structure"] not in self.structures
        if (new or colours) and not page.evaluate("'axe' in window"):
            page.evaluate(AXE)
        if new:
            self.structures.add(looks["structure"])
            faults += page.evaluate(RULES)
        if colours:
            contrast = page.evaluate(CONTRAST, colours)
            self.colours.update(contrast["judged"])  # and no other: what axe could not judge, it is shown again
            faults += contrast["faults"]
        return [f"{width}: {fault}" for fault in faults]

    def keep(self, page: Any, title: str, width: int) -> None:
        """Take a picture, if pictures are asked for."""
        if self.folder:
            slug = re.sub(r"[^\w]+", "-", title).strip("-")[:70]
            page.screenshot(path=self.folder / f"{len(self.seen):03}-{slug}-{width}.png", full_page=True)


class Visitor:
    """A browser and whoever sits before it."""

    def __init__(self, page: Any, gallery: Gallery, *, scripts: bool) -> None:
        self.page = page
        self.gallery = gallery
        self.scripts = scripts
        self.errors: list[tuple[str, str]] = []
        page.on("console", lambda said: self.hear(said.type, said.text, said.location.get("url", "")))
        page.on("pageerror", lambda error: self.errors.append((str(error), page.url)))

    def hear(self, kind: str, text: str, where: str) -> None:
        """Remember what the console complains of."""
        if kind in ("error", "warning"):
            self.errors.append((text, where))

    # --- going about

    def sign_in(self, address: str, password: str) -> None:
        """Through the page of everybody."""
        self.go("/accounts/login/")
        self.fill("Adresse électronique", address)
        self.fill("Mot de passe", password)
        self.press("Se connecter")

    def enter(self, portal: str) -> None:
        """Choose a portal among one's own; whoever has but one is in it already."""
        there = self.page.get_by_role("banner").get_by_role("link").filter(has_text=portal)
        if not there.count():
            self.follow(self.main.get_by_role("link").filter(has_text=portal))

    def go(self, path: str, status: int = 200) -> Visitor:
        """Type an address."""
        self.arrive(self.page.goto(path), status)
        return self

    def click(self, name: str, *, within: Any = None, status: int = 200) -> None:
        """Follow the link of that name."""
        self.follow((within or self.page).get_by_role("link", name=name, exact=True), status)

    def menu(self, name: str) -> None:
        """Follow a line of the menu."""
        self.click(name, within=self.menu_bar.locator(LINES))

    def press(self, name: str, *, within: Any = None, status: int = 200) -> None:
        """Press the button of that name."""
        self.follow((within or self.main).get_by_role("button", name=name, exact=True), status)

    def follow(self, thing: Any, status: int = 200) -> None:
        """Click, and look at the page where that leads."""
        with self.page.expect_navigation() as arriving:
            thing.click()
        self.arrive(arriving.value, status)

    def reload(self, status: int = 200) -> None:
        """Ask for the same page once more."""
        self.arrive(self.page.reload(), status)

    def arrive(self, response: Any, status: int) -> None:
        """Insist on the answer's status, then examine the page."""
        assert status == response.status, f"{response.status} at {response.url}\n{self.text[:1500]}"
        self.examine(answered=response.status)

    # --- filling in

    def field(self, label: str) -> Any:
        """The control that a label names."""
        words = r"\s+".join(map(re.escape, label.split()))  # French puts a space that does not break before a colon
        return self.main.get_by_label(re.compile(rf"^{words}\s*\*?$"))

    def fill(self, label: str, text: str) -> None:
        """Type into a field."""
        self.field(label).fill(text)

    def choose(self, label: str, option: str) -> None:
        """Choose in a list."""
        self.field(label).select_option(label=option)

    def tick(self, name: str) -> None:
        """Tick a box, or choose one of several."""
        self.option(name).check()

    def option(self, name: str) -> Any:
        """A box or a choice whose label begins so."""
        named = re.compile(rf"^{re.escape(name)}")
        return self.main.get_by_role("checkbox", name=named).or_(self.main.get_by_role("radio", name=named)).first

    # --- seeing

    @property
    def main(self) -> Any:
        """The page without what surrounds it."""
        return self.page.locator("main")

    @property
    def menu_bar(self) -> Any:
        """The menu at the side."""
        return self.page.get_by_role("navigation", name=re.compile("^Menu$"))

    @property
    def menu_lines(self) -> list[str]:
        """What the menu offers."""
        return [" ".join(line.split()) for line in self.menu_bar.locator(LINES).get_by_role("link").all_inner_texts()]

    @property
    def text(self) -> str:
        """What the page says."""
        return plain(self.main.inner_text())

    @property
    def title(self) -> str:
        """What the page is called."""
        return plain(self.page.locator("h1").first.inner_text())

    @property
    def tabs(self) -> list[str]:
        """What the tabs of the page are called."""
        return [plain(" ".join(tab.split())) for tab in self.main.locator(".tabs a").all_inner_texts()]

    @property
    def buttons(self) -> list[str]:
        """What the buttons of the page say."""
        return [plain(" ".join(said.split())) for said in self.main.get_by_role("button").all_inner_texts()]

    @property
    def titles(self) -> list[str]:
        """The first cell of each line of the list."""
        return [" ".join(cell.split()) for cell in self.main.locator("tbody th").all_inner_texts()]

    def column(self, label: str) -> list[str]:
        """The cells of one column of the list."""
        return [plain(cell.inner_text()).strip() for cell in self.main.locator(f'tbody td[data-label="{label}"]').all()]

    def options(self, label: str) -> list[str]:
        """What a list offers, its invitation to choose left out."""
        offered = self.field(label).locator("option").all_inner_texts()
        return [option.strip() for option in offered if option.strip() != "Choisir…"]

    def has_link(self, name: str) -> bool:
        """Whether the page offers this link."""
        return bool(self.main.get_by_role("link", name=name, exact=True).count())

    def has_button(self, name: str) -> bool:
        """Whether the page offers this button."""
        return bool(self.main.get_by_role("button", name=name, exact=True).count())

    # --- examining

    def examine(self, answered: int = 200) -> None:
        """Look at the page, wide and narrow."""
        faults = [f"console: {text} ({where})" for text, where in self.errors if not owing_to(text, answered)]
        self.errors.clear()
        if self.scripts and self.gallery.is_new(self.page.content()):
            faults += self.gallery.faults(self.page, WIDE)
            name = self.page.title()
            self.gallery.keep(self.page, name, WIDE)
            self.page.set_viewport_size({"width": NARROW, "height": 844})
            faults += [f"{NARROW}: {fault}" for fault in self.page.evaluate(WIDER)]
            faults += self.gallery.faults(self.page, NARROW)
            self.gallery.keep(self.page, name, NARROW)
            self.page.set_viewport_size({"width": WIDE, "height": 900})
        assert not faults, f"{self.page.url}\n" + "\n".join(faults)


def plain(text: str) -> str:
    """A text whose unbreakable spaces are spaces."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


def owing_to(text: str, answered: int) -> bool:
    """Whether the console only repeats that the page was refused."""
    return answered >= 400 and f"status of {answered}" in text
