// The list of messages: any number of rows, of which only those in sight are there.

import { figure, make, marked, settled } from "./elements.js";
import { fromServer } from "./places.js";
import { worded } from "./testset.js";

const ROW = 48;
const SPARE = 8;
/** Milliseconds without typing and scrolling until marks are asked for. */
const REST = 40;
/** What the keys expect in the list; "=" is the verdict that the message has. */
const EXPECTED = { "+": "M", "-": "N", "?": "U", "=": "=", Delete: "", Backspace: "" };
const WORDS = { M: "matches", N: "doesn't match", U: "undecided", "-": "not looked at in time" };
const SIGNS = { M: "✓", N: "·", U: "?", "-": "…" };

export class MessageList {
  #box;
  #rows = [];
  #first = 0;
  #verdicts = "";
  #show = "all";
  #listed = null;
  #active = -1;
  #drawing = false;
  #drawn = new Map();
  #strip;
  #isStripOld = true;
  #marks = new Map();
  #areMarksOld = true;
  #choose;
  #expected;
  #expect;
  #named;
  #askForMarks;

  /**
   * `strip` shows where matches are; `choose(number)` explains a message; `marks(numbers, columns)` asks for rows
   * with what the filter reads; `expected(number)` is the verdict expected, and `expect(number, letter)` sets it;
   * `named(number, name)` is what a row is called that came with a name, or with none.
   */
  constructor(box, strip, { choose, marks, expected, expect, named }) {
    this.#box = box;
    this.#expected = expected;
    this.#expect = expect;
    this.#named = named;
    this.#askForMarks = settled(REST, () => {
      const numbers = this.#unmarked();
      if (numbers.length) marks(numbers, this.#columns());
    });
    this.#strip = strip;
    strip.addEventListener("click", (event) => {
      const share = event.offsetY / strip.clientHeight;
      box.scrollTop = share * box.scrollHeight - box.clientHeight / 2;
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#list());
    this.#choose = choose;
    box.addEventListener("scroll", () => this.#later(), { passive: true });
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => {
      this.#areMarksOld = true;
      this.#list();
    }).observe(box);
  }

  /** Other messages: an array of rows, each with metadata, payload and perhaps a channel. */
  replace(rows) {
    this.#rows = rows;
    this.#drawn.clear();
    this.#marks.clear();
    this.#first = 0;
    this.#verdicts = "";
    this.#active = -1;
    this.#list();
    this.#box.scrollTop = 0;
  }

  /** More messages, published after those that are there; `first` is the oldest number still kept. */
  extend(rows, first, after) {
    const atEnd = this.#box.scrollTop + this.#box.clientHeight >= this.#box.scrollHeight - ROW;
    const keeps = after === this.#first + this.#rows.length && this.#rows.length > 0;
    // The server may keep older ones, from before this page looked on.
    const older = Math.max(0, first - this.#first);
    const gone = keeps ? Math.min(older, this.#rows.length) : this.#rows.length;
    this.#rows = [...this.#rows.slice(gone), ...rows];
    if (gone) this.#drawn.clear();
    this.#verdicts = this.#verdicts.slice(gone);
    this.#first = keeps ? this.#first + gone : after;
    if (this.#active >= 0) this.#active = Math.max(-1, this.#active - gone);
    this.#list();
    if (atEnd) this.#box.scrollTop = this.#box.scrollHeight;
  }

  /** The number of the first message; one that is never reached where there is none yet. */
  get first() {
    return this.#rows.length ? this.#first : Number.MAX_SAFE_INTEGER;
  }

  /** Whether there is a message of that number. */
  has(number) {
    return number >= this.#first && number < this.#first + this.#rows.length;
  }

  get length() {
    return this.#rows.length;
  }

  /** How many are listed. */
  get listed() {
    return this.#listed === null ? this.#rows.length : this.#listed.length;
  }

  /** The letters of verdicts, the first for the message with the number `first`; empty for none. */
  judge(verdicts, first) {
    const gap = this.#first - first;
    this.#verdicts = gap >= 0 ? verdicts.slice(gap) : verdicts && "-".repeat(-gap) + verdicts;
    this.#areMarksOld = true;
    if (!verdicts) this.#marks.clear();
    this.#list();
  }

  /** Rows with what the filter reads marked. */
  mark(rows) {
    if (this.#areMarksOld) this.#marks.clear();
    this.#areMarksOld = false;
    for (const row of rows) this.#marks.set(row.index, row);
    this.#later();
  }

  /** Show other verdicts that are expected. */
  refresh() {
    this.#list();
  }

  /** The numbers of the rows in sight that are not marked yet. */
  #unmarked() {
    if (!this.#verdicts) return [];
    const numbers = [...this.#drawn.keys()].map((at) => this.#first + at);
    return this.#areMarksOld ? numbers : numbers.filter((number) => !this.#marks.has(number));
  }

  /** How many characters of a row are in sight. */
  #columns() {
    const line = this.#box.querySelector(".data");
    const pen = this.#strip.getContext("2d");
    pen.font = getComputedStyle(line).font;
    return Math.min(1_000, Math.max(1, Math.floor(line.clientWidth / pen.measureText("0").width)));
  }

  /** List all messages, or those with one verdict. */
  show(which) {
    this.#show = which;
    this.#list();
    this.#box.scrollTop = 0;
  }

  /** The number of the chosen message, or null. */
  get chosen() {
    return this.#active < 0 ? null : this.#first + this.#active;
  }

  /** Choose the first match, where nothing is chosen yet; its number, or null. */
  chooseFirstMatch() {
    const at = this.#active < 0 ? this.#verdicts.indexOf("M") : -1;
    if (at < 0 || this.#placeOf(at) < 0) return null;
    this.#go(this.#placeOf(at), false);
    return this.#first + at;
  }

  verdictOf(number) {
    return this.#verdicts[number - this.#first];
  }

  #list() {
    this.#listed = null;
    const isTestSet = this.#show === "E" || this.#show === "X";
    if (isTestSet || (this.#show !== "all" && this.#verdicts)) {
      this.#listed = [];
      for (let at = 0; at < this.#rows.length; at += 1) {
        if (isTestSet ? this.#isInTestSet(at) : this.#verdicts[at] === this.#show) this.#listed.push(at);
      }
    }
    this.#isStripOld = true;
    this.#later();
  }

  #isInTestSet(at) {
    const expected = this.#expected(this.#first + at);
    return expected !== undefined && (this.#show === "E" || expected !== this.#verdicts[at]);
  }

  /** The numbers of the messages that are listed, in their order. */
  get numbers() {
    const all = this.#listed ?? this.#rows.map((_, at) => at);
    return all.map((at) => this.#first + at);
  }

  #later() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #at(place) {
    return this.#listed === null ? place : this.#listed[place];
  }

  #placeOf(at) {
    return this.#listed === null ? at : this.#listed.indexOf(at);
  }

  #draw() {
    const count = this.listed;
    const from = Math.max(0, Math.floor(this.#box.scrollTop / ROW) - SPARE);
    const to = Math.min(count, Math.ceil((this.#box.scrollTop + this.#box.clientHeight) / ROW) + SPARE);
    const rows = [];
    for (let place = from; place < to; place += 1) rows.push(this.#row(place, count));
    this.#drawn = new Map(rows.map((row) => [Number(row.dataset.at), row]));
    if (this.#isStripOld) this.#drawStrip(count);
    const content = this.#box.firstElementChild;
    content.style.height = `${count * ROW}px`;
    const before = content.children;
    if (rows.length !== before.length || rows.some((row, at) => row !== before[at])) {
      content.replaceChildren(...rows);
    }
    const active = content.querySelector("[aria-selected=true]");
    if (active) this.#box.setAttribute("aria-activedescendant", active.id);
    else this.#box.removeAttribute("aria-activedescendant");
    this.#askForMarks();
  }

  /** A line for each match and each undecided message, where it is in the whole list. */
  #drawStrip(count) {
    this.#isStripOld = false;
    const height = (this.#strip.height = Math.max(1, this.#box.clientHeight));
    const pen = this.#strip.getContext("2d");
    const colours = getComputedStyle(this.#box);
    // A list that is in sight as a whole stands beside its marks.
    const places = Math.max(count, height / ROW);
    const thick = Math.max(2, height / places);
    for (const [letter, name] of [["U", "--undecided"], ["M", "--match"]]) {
      pen.fillStyle = colours.getPropertyValue(name);
      let last = -1;
      for (let place = 0; place < count; place += 1) {
        const top = Math.floor((place * height) / places);
        if (top !== last && this.#verdicts[this.#at(place)] === letter) {
          pen.fillRect(0, top, this.#strip.width, thick);
          last = top;
        }
      }
    }
  }

  /** The row at a place: the one that is there already, where only what is said of it is another. */
  #row(place, count) {
    const at = this.#at(place);
    const verdict = this.#verdicts[at] ?? "";
    const row = this.#drawn.get(at) ?? this.#made(at);
    const selected = at === this.#active ? "true" : "false";
    const expected = this.#expected(this.#first + at) ?? "";
    const state = `${verdict} ${place} ${count} ${selected} ${expected}`;
    const marks = this.#marks.get(this.#first + at);
    const name = this.#named(this.#first + at, this.#rows[at][2]);
    if (row.marks !== marks || row.named !== name) {
      row.marks = marks;
      row.named = name;
      this.#fill(row, at, marks);
    }
    if (row.dataset.state === state) return row;
    row.dataset.state = state;
    row.className = `row ${verdict === "-" ? "late" : verdict}`;
    row.setAttribute("aria-selected", selected);
    row.setAttribute("aria-setsize", count);
    row.setAttribute("aria-posinset", place + 1);
    row.style.transform = `translateY(${place * ROW}px)`;
    row.firstElementChild.textContent = SIGNS[verdict] ?? "";
    row.querySelector(".hidden").textContent = ` ${WORDS[verdict] ?? ""} `;
    const isGood = verdict === expected;
    row.lastElementChild.className = expected && verdict ? `expected ${isGood ? "good" : "bad"}` : "expected";
    // Where there is little room the words between are for the ear only.
    const words = isGood ? ["✓ ", make("span", {}, "as expected")] : [verdict ? "✗ " : "", make("span", {}, "expected: "), worded(expected)];
    row.lastElementChild.replaceChildren(...(expected ? words : []));
    return row;
  }

  /** The two lines of a row: plain, or with what the filter reads marked and what is missing named. */
  #fill(row, at, marks) {
    const [meta, data] = this.#rows[at];
    const name = row.named;
    const line = (text, found) => {
      if (found === undefined) return [text];
      const place = fromServer(found.text);
      const gone = found.missing.map((field) => make("span", { class: "missing" }, `no ${field}`));
      return [...gone.flatMap((each) => [each, " "]), ...marked(found.text, found.marks.map((span) => span.map(place)))];
    };
    row.querySelector(".data").replaceChildren(...line(data, marks?.data));
    const before = name === undefined ? [] : [make("span", { class: "name" }, name), " "];
    row.querySelector(".meta").replaceChildren(...before, ...line(meta, marks?.meta));
  }

  #made(at) {
    const [meta, data] = this.#rows[at];
    return make(
      "div",
      { role: "option", id: `message-${at}`, "data-at": at },
      make("span", { class: "sign", "aria-hidden": "true" }),
      make("span", { class: "number" }, figure(this.#first + at + 1)),
      make("span", { class: "hidden" }),
      make("span", { class: "data" }, data),
      make("span", { class: "meta" }, meta),
      make("span", { class: "expected" }),
    );
  }

  #click(event) {
    const row = event.target.closest("[data-at]");
    if (row !== null) this.#go(this.#placeOf(Number(row.dataset.at)), true);
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const place = this.#active < 0 ? -1 : this.#placeOf(this.#active);
    const page = Math.max(1, Math.floor(this.#box.clientHeight / ROW) - 1);
    const last = this.listed - 1;
    const goals = {
      ArrowDown: place + 1,
      ArrowUp: place - 1,
      PageDown: place + page,
      PageUp: place - page,
      Home: 0,
      End: last,
      n: this.#match(place, 1),
      p: this.#match(place, -1),
    };
    if (event.key in goals) {
      const goal = goals[event.key];
      if (goal !== null) this.#go(Math.max(0, Math.min(last, goal)), false);
    } else if (event.key in EXPECTED && place >= 0) {
      const letter = EXPECTED[event.key];
      this.#expect(this.#first + this.#active, letter === "=" ? this.#verdicts[this.#active] : letter);
    } else if ((event.key === "Enter" || event.key === " ") && place >= 0) {
      this.#go(place, true);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** The place of the next match in a direction; null where there is none. */
  #match(place, step) {
    for (let next = place + step; next >= 0 && next < this.listed; next += step) {
      if (this.#verdicts[this.#at(next)] === "M") return next;
    }
    return null;
  }

  #go(place, explains) {
    if (place < 0 || place >= this.listed) return;
    this.#active = this.#at(place);
    const top = place * ROW;
    if (top < this.#box.scrollTop) this.#box.scrollTop = top;
    else if (top + ROW > this.#box.scrollTop + this.#box.clientHeight) {
      this.#box.scrollTop = top + ROW - this.#box.clientHeight;
    }
    this.#draw();
    if (explains) this.#choose(this.#first + this.#active);
  }
}
