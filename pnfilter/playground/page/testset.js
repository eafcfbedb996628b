// The test set: verdicts that messages are expected to get, and how many of them do.

const WORDS = { M: "match", N: "no match", U: "undecided" };
/** A number of a message, from 1, and the letter of its verdict: as in links, questions and answers. */
const ONE = /(\d+)([MNU])/g;
const ALL = /^(?:[1-9]\d{0,15}[MNU])*$/;

/** A verdict in words. */
export const worded = (letter) => WORDS[letter] ?? "no verdict";

export class TestSet {
  #sets = new Map();
  #now = new Map();
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
    for (const number of this.#now.keys()) if (number < first) this.#now.delete(number);
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
