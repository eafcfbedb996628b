// The filter's text: its colours, marks under what was found, and suggestions at the caret.

import { announce, byGravity, counted, make } from "./elements.js";

const TOKENS =
  /(?<text>"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?)|(?<word>\b(?:like|contains)\b|\b(?:true|false|null)\b)|(?<number>\b\d[\w.]*)|(?<path>[A-Za-z_][\w.]*)|(?<sign>[=!<>&|+\-*/%^~]+)/gi;

/** Characters of a filter, as the server takes it. */
export const MOST = 8_192;

/** Cuts a text into pieces with a class each; one that is too long to be a filter stays as it is. */
function coloured(text) {
  if (text.length > MOST) return [text];
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    if (match.index > end) pieces.push(text.slice(end, match.index));
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    pieces.push(make("span", { class: kind }, match[0]));
    end = match.index + match[0].length;
  }
  // A line break at the end would else have no height.
  pieces.push(`${text.slice(end)}\u200b`);
  return pieces;
}

/** Spans over what was found, the gravest on top; they may not overlap. */
function marked(text, findings) {
  const taken = [];
  for (const { start, end, severity } of byGravity(findings)) {
    const stop = Math.max(end, Math.min(start + 1, text.length));
    if (!taken.some((other) => start < other.stop && other.start < stop)) {
      taken.push({ start, stop, severity });
    }
  }
  taken.sort((a, b) => a.start - b.start);
  const pieces = [];
  let position = 0;
  for (const { start, stop, severity } of taken) {
    pieces.push(text.slice(position, start));
    // At the end of the text there is nothing to stand under.
    pieces.push(make("span", { class: severity }, text.slice(start, stop) || "\u00a0"));
    position = stop;
  }
  pieces.push(`${text.slice(position)}\u200b`);
  return pieces;
}

export class Editor {
  #input;
  #colours;
  #marks;
  #menu;
  #changed;
  #offered = null;
  #chosen = 0;
  #typed = false;

  /** `changed(isAsked)` is called when the text is another one, and when suggestions are asked for. */
  constructor(box, changed) {
    this.#input = box.querySelector("textarea");
    this.#colours = box.querySelector(".colours");
    this.#marks = box.querySelector(".marks");
    this.#menu = box.querySelector("[role=listbox]");
    this.#changed = changed;
    this.#input.addEventListener("input", () => {
      this.#typed = true;
      this.#close();
      this.#draw();
      changed(false);
    });
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#input.addEventListener("blur", () => this.#close());
    this.#input.addEventListener("click", () => this.#close());
    // The text keeps the focus while one is clicked.
    this.#menu.addEventListener("mousedown", (event) => event.preventDefault());
    this.#menu.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item !== null) this.#take(Number(item.dataset.at));
    });
  }

  get text() {
    return this.#input.value;
  }

  set text(text) {
    this.#input.value = text;
    this.#typed = false;
    this.#close();
    this.#draw();
  }

  get caret() {
    return this.#input.selectionStart;
  }

  focus() {
    this.#input.focus();
  }

  get hasFocus() {
    return document.activeElement === this.#input;
  }

  /** Select a part, and go there. */
  select(start, end) {
    this.#input.focus();
    this.#input.setSelectionRange(start, end);
  }

  /** Make edits, which undo takes back one by one; `edits` stand in the order of the text. */
  edit(edits) {
    this.#close();
    for (const { start, end, text } of [...edits].reverse()) this.#replace(start, end, text);
  }

  /** Mark what was found: each with start, end and severity. */
  mark(findings) {
    this.#marks.replaceChildren(...marked(this.text, findings));
  }

  /** Offer suggestions, if someone asked for them or is in the middle of a word. */
  offer({ start, end, items }, isAsked) {
    this.#close();
    const isTyping = this.#typed && start < this.caret;
    if (!items.length || !this.hasFocus || !(isAsked || isTyping)) {
      if (isAsked) announce("No suggestions");
      return;
    }
    this.#offered = { start, end, items };
    this.#menu.replaceChildren(
      ...items.map((item, at) =>
        make(
          "li",
          { role: "option", id: `suggestion-${at}`, "data-at": at, class: item.kind },
          make("b", {}, item.label),
          " ",
          make("span", {}, item.detail),
        ),
      ),
    );
    this.#menu.hidden = false;
    this.#place(start);
    this.#choose(0);
    announce(`${counted(items.length, "suggestion")}: ${items[0].label}`);
  }

  #draw() {
    this.#colours.replaceChildren(...coloured(this.text));
    this.#marks.replaceChildren();
  }

  #replace(start, end, text) {
    this.#input.focus();
    this.#input.setSelectionRange(start, end);
    // Only so can it be undone.
    const isDone = text
      ? document.execCommand("insertText", false, text)
      : start === end || document.execCommand("delete");
    if (!isDone) {
      this.#input.setRangeText(text, start, end, "end");
      this.#draw();
      this.#changed(false);
    }
  }

  /** Put the menu under the character where what it replaces begins. */
  #place(start) {
    const walker = document.createTreeWalker(this.#colours, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode();
    let left = start;
    while (left > node.length) {
      left -= node.length;
      node = walker.nextNode();
    }
    const range = document.createRange();
    range.setStart(node, left);
    range.collapse(true);
    const place = range.getBoundingClientRect();
    const box = this.#colours.getBoundingClientRect();
    const room = Math.max(0, box.width - this.#menu.offsetWidth - 8);
    this.#menu.style.left = `${Math.min(Math.max(0, place.left - box.left - 8), room)}px`;
    this.#menu.style.top = `${place.bottom - box.top + 6}px`;
  }

  #choose(at) {
    const items = [...this.#menu.children];
    this.#chosen = (at + items.length) % items.length;
    items.forEach((item, each) => {
      item.setAttribute("aria-selected", each === this.#chosen ? "true" : "false");
    });
    items[this.#chosen].scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", items[this.#chosen].id);
  }

  #take(at) {
    const { start, end, items } = this.#offered;
    this.#replace(start, end, items[at].label);
    this.#close();
    this.#typed = false;
  }

  #close() {
    this.#offered = null;
    this.#menu.hidden = true;
    this.#menu.replaceChildren();
    this.#input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.#changed(true);
      return;
    }
    if (this.#offered === null || event.isComposing) return;
    const taken = () => this.#take(this.#chosen);
    const actions = {
      ArrowDown: () => this.#choose(this.#chosen + 1),
      ArrowUp: () => this.#choose(this.#chosen - 1),
      Escape: () => this.#close(),
      Enter: taken,
      Tab: taken,
    };
    const action = event.ctrlKey || event.altKey || event.shiftKey ? undefined : actions[event.key];
    if (action !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      action();
    } else if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      this.#close();
    }
  }
}
