// The test set: verdicts that messages are expected to get, and how many of them do.

const WORDS = { M: "match", N: "no match", U: "undecided" };
/** A number of a message, from 1, and the letter of its verdict: as in links, questions and answers. */
const ONE = /(\d+)([MNU])/g;
const ALL = /^(?:[1-9]\d{0,15}[MNU])*$/;

/** Characters of a name. */
const MOST_OF_NAME = 200;

/** A verdict in words. */
export const worded = (letter) => WORDS[letter] ?? "no verdict";

export class TestSet {
  #sets = new Map();
  #now = new Map();
  #allNames = new Map();
  #names = new Map();
  #cleared = null;
  #changed;

  /** `changed()` is called when another verdict is expected. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Turn to the verdicts that are expected of other messages; those of before are kept. */
  use(id) {
    if (!this.#sets.has(id)) this.#sets.set(id, new Map());
    this.#now = this.#sets.get(id);
    if (!this.#allNames.has(id)) this.#allNames.set(id, new Map());
    this.#names = this.#allNames.get(id);
    this.#cleared = null;
    this.#changed();
  }

  /** The letter of the verdict that is expected of a message; undefined where there is none. */
  of(number) {
    return this.#now.get(number);
  }

  /** Expect a verdict of each of some messages; an empty letter expects none. */
  expect(numbers, letterOf) {
    for (const number of numbers) {
      const letter = letterOf(number);
      if (letter in WORDS) this.#now.set(number, letter);
      else this.#now.delete(number);
    }
    this.#cleared = null;
    this.#changed();
  }

  /** What someone calls a message's case; undefined where nobody has said it here. */
  nameOf(number) {
    return this.#names.get(number);
  }

  /** Call a message's case something; empty takes its name away. */
  name(number, text) {
    this.#names.set(number, text);
    this.#changed();
  }

  /** The names that were given here, by the numbers of the messages, from 1. */
  get names() {
    return Object.fromEntries([...this.#names].map(([number, name]) => [number + 1, name]));
  }

  get hasNames() {
    return this.#names.size > 0;
  }

  /** Take the names of a link for these `count` messages; whether it has such. */
  readNames(text, count) {
    let found = null;
    try {
      found = JSON.parse(text);
    } catch {
      return false;
    }
    const pairs = found !== null && typeof found === "object" ? Object.entries(found) : [];
    const isName = ([key, name]) => /^[1-9]\d{0,15}$/.test(key) && key <= count && typeof name === "string" && name.length <= MOST_OF_NAME;
    if (!pairs.length || !pairs.every(isName)) return false;
    for (const [key, name] of pairs) this.#names.set(Number(key) - 1, name);
    this.#changed();
    return true;
  }

  /** Expect nothing any more; where that was done just now, take it back. */
  clear() {
    const before = this.#cleared;
    this.#cleared = before === null ? [...this.#now] : null;
    this.#now.clear();
    for (const [number, letter] of before ?? []) this.#now.set(number, letter);
    this.#changed();
  }

  get isCleared() {
    return this.#cleared !== null;
  }

  /** Forget the messages before a number. */
  forget(first) {
    for (const kept of [this.#now, this.#names]) {
      for (const number of kept.keys()) if (number < first) kept.delete(number);
    }
  }

  get size() {
    return this.#now.size;
  }

  /** All as one text. */
  get text() {
    const sorted = [...this.#now].sort(([one], [other]) => one - other);
    return sorted.map(([number, letter]) => `${number + 1}${letter}`).join("");
  }

  /** Take the verdicts of a text for these `count` messages; why not, if so. */
  read(text, count) {
    if (!ALL.test(text)) return "they are no numbers with letters, as 1M4N18U";
    const found = [...text.matchAll(ONE)].map(([, number, letter]) => [Number(number) - 1, letter]);
    const beyond = found.find(([number]) => number >= count);
    if (beyond) return `there is no message ${beyond[0] + 1}`;
    this.#now.clear();
    this.#names.clear();
    this.#cleared = null;
    for (const [number, letter] of found) this.#now.set(number, letter);
    this.#changed();
    return "";
  }

  /** How many verdicts are as expected, by a function from a number to its letter. */
  count(verdictOf) {
    let good = 0;
    for (const [number, letter] of this.#now) if (verdictOf(number) === letter) good += 1;
    return good;
  }
}
