// Where messages come from: those at the start, a text or a file of one's own, what is published now.

import { Refused, ask } from "./asking.js";
import { byId, figure, note, trouble } from "./elements.js";

/** Bytes of a text of messages, as the server takes it. */
const MOST = 16 * 1024 * 1024;
/** Characters of a text that still fits into a link. */
const SHORT = 4_000;
const TOO_LONG = `it has more than ${figure(MOST)} bytes: \`pnfilter playground FILE\` reads its beginning`;
const PAUSE = 2_000;

export class Sources {
  #list;
  #changed;
  #own = null;
  #before = null;
  #shown = "start";
  #id = null;
  #watch = 0;
  #loading = 0;
  #running = new AbortController();

  /**
   * `changed(answer, isImport)` is called when there are other messages, with the server's answer, and without one when
   * there are more of them; `isImport`: someone has just given them. `list` shows them.
   */
  constructor(list, changed) {
    this.#list = list;
    this.#changed = changed;
    byId("source").addEventListener("change", () => this.choose(byId("source").value));
    byId("paste").addEventListener("click", () => {
      byId("paste-dialog").returnValue = "";
      byId("paste-dialog").showModal();
    });
    byId("paste-dialog").addEventListener("close", () => {
      if (byId("paste-dialog").returnValue === "use") this.use(byId("paste-text").value, "Pasted");
    });
    byId("open").addEventListener("click", () => byId("file").click());
    byId("file").addEventListener("change", () => {
      const [file] = byId("file").files;
      byId("file").value = "";
      if (file) this.#read(file);
    });
    this.#takeDrops();
  }

  /** The id by which the server knows the messages; null as long as there are none. */
  get id() {
    return this.#id;
  }

  /** What a link has to say of the messages. */
  get state() {
    if (this.#id === "live") return { from: "live" };
    if (this.#id === "start" || this.#own === null) return {};
    return this.#own.text.length <= SHORT ? { messages: this.#own.text } : {};
  }

  /** Whether a link holds the messages, or says where they are. */
  get isLinked() {
    return this.#id === "start" || this.#id === "live" || "messages" in this.state;
  }

  /** Show the messages of a source: `start`, `own` or `live`. */
  async choose(source) {
    this.#turn();
    byId("source").value = source;
    if (source === "live") await this.#follow(this.#watch);
    else if (source === "own" && this.#own !== null) await this.use(this.#own.text, this.#own.name, false);
    else await this.#load({ id: "start" });
  }

  /** Show the messages of a text; why not, if so: then those of before are still there. */
  async use(text, name, isImport = true) {
    if (text.length > MOST) {
      trouble(`${name}: ${TOO_LONG}`);
      return TOO_LONG;
    }
    this.#turn();
    this.#name({ text, name });
    byId("source").value = "own";
    return this.#load({ text }, isImport);
  }

  #name(own) {
    this.#own = own;
    const option = byId("source").querySelector("[value=own]");
    option.hidden = own === null;
    option.textContent = own === null ? "" : own.name;
  }

  /** Others can't be had: those of before are still there. Where there were none, they are asked for again. */
  #stay() {
    if (this.#id === null) return;
    if (byId("source").value === "own") this.#name(this.#before);
    byId("source").value = this.#shown;
    if (this.#shown === "live") this.choose("live");
  }

  /** Ask for the messages again, where the server doesn't have them any more, or could not be reached. */
  async again() {
    if (this.#id === null && this.#loading) return;
    if (this.#own !== null && byId("source").value === "own") await this.#load({ text: this.#own.text });
    else await this.choose("start");
  }

  /** Give up what is asked for the messages so far: a question that waits takes one of the browser's few connections. */
  #turn() {
    this.#watch += 1;
    this.#running.abort();
    this.#running = new AbortController();
  }

  async #load(question, isImport = false) {
    const turn = this.#watch;
    this.#loading += 1;
    let answer;
    try {
      answer = await ask("messages", question, this.#running.signal);
      if (turn !== this.#watch) return "";
      const [problem] = answer.problems;
      if (isImport && !answer.count) throw new Refused(400, `No message in it${problem ? `: ${problem}` : ""}`);
      this.#id = answer.id;
      trouble("");
      if (answer.name) byId("source").querySelector("[value=start]").textContent = answer.name;
      this.#list.replace(answer.rows);
      this.#tell(answer);
    } catch (error) {
      if (turn !== this.#watch) return "";
      if (!(error instanceof Refused)) throw error;
      this.#stay();
      trouble(error.message);
      const isBad = error.status === 400;
      // What can't be read is not sent again.
      if (isBad && this.#id === null) this.#name(null);
      return isBad ? error.message : "";
    } finally {
      this.#loading -= 1;
    }
    this.#before = this.#own;
    this.#shown = byId("source").value;
    this.#changed(answer, isImport);
    return "";
  }

  #tell({ count, problems, more, form }) {
    const texts = [...problems];
    if (form) texts.unshift(`Read as ${form}.`);
    if (more) texts.unshift(`The first ${figure(count)} messages; there are more than the playground takes.`);
    byId("problems").replaceChildren();
    texts.forEach(note);
    byId("empty").textContent = "No messages here.";
  }

  /** Show what is published, until another source is chosen. */
  async #follow(turn) {
    this.#id = "live";
    this.#shown = "live";
    this.#list.replace([]);
    byId("problems").replaceChildren();
    byId("empty").textContent = "Waiting for messages: publish one to this emulator with any SDK.";
    this.#changed({ test_set: null, count: 0 }, false);
    let after = null;
    while (turn === this.#watch) {
      try {
        const answer = await ask("live", { after }, this.#running.signal);
        if (turn !== this.#watch) return;
        trouble("");
        const isFirst = after === null;
        after = answer.after + answer.rows.length;
        if (!isFirst && answer.rows.length) {
          this.#list.extend(answer.rows, answer.first, answer.after);
          this.#changed(null, false);
        }
      } catch (error) {
        if (turn !== this.#watch) return;
        if (!(error instanceof Refused)) throw error;
        trouble(error.message);
        if (error.status === 401 || error.status === 403) return;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
  }

  async #read(file) {
    try {
      await this.use(await contentOf(file), file.name);
    } catch (error) {
      trouble(`${file.name}: ${error.message}`);
    }
  }

  #takeDrops() {
    const isFile = (event) => event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (event) => {
      if (isFile(event)) {
        event.preventDefault();
        document.body.classList.add("dropping");
      }
    });
    document.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) document.body.classList.remove("dropping");
    });
    document.addEventListener("drop", (event) => {
      document.body.classList.remove("dropping");
      if (!isFile(event)) return;
      event.preventDefault();
      this.#read(event.dataTransfer.files[0]);
    });
  }
}

/** The text of a file, unpacked where it is gzip; an error that says why it can't be read. */
async function contentOf(file) {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  let stream = file.stream();
  if (start[0] === 0x1f && start[1] === 0x8b) stream = stream.pipeThrough(new DecompressionStream("gzip"));
  else if (start[0] === 0x28 && start[1] === 0xb5) throw new Error("it is Zstandard: `pnfilter playground FILE` reads it");
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  const reader = stream.getReader();
  for (let { value: chunk, done } = await reader.read(); !done; { value: chunk, done } = await reader.read()) {
    size += chunk.length;
    if (size > MOST) throw new Error(TOO_LONG);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
