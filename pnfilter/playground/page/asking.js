// Questions to the server, and their answers in the right order.

const TOKEN = "pnfilter.token";

/** What the server refused, in words for people. */
export class Refused extends Error {
  constructor(status, message, help) {
    super(help ? `${message}: ${help}` : message);
    this.status = status;
  }
}

/** Keep the token of the link that the emulator told, and take it out of the address. */
export function takeToken(parameters) {
  const token = parameters.get("token");
  if (token) sessionStorage.setItem(TOKEN, token);
  parameters.delete("token");
  return Boolean(token);
}

/** The answer to a question. `Refused` where it is none, an `AbortError` where it was given up. */
export async function ask(name, question, signal) {
  const headers = { "Content-Type": "application/json" };
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers.Authorization = `Bearer ${token}`;
  let reply;
  let answer;
  try {
    reply = await fetch(`/playground/api/${name}`, {
      method: "POST",
      headers,
      body: JSON.stringify(question),
      signal,
    });
    answer = await reply.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "The server doesn't answer", "is it still running?");
  }
  if (!reply.ok) throw new Refused(reply.status, answer.message, answer.help);
  return answer;
}

/**
 * Asks one question again and again, as someone types: a newer one gives the older one up, and an answer
 * that comes late all the same is left alone.
 */
export class Latest {
  #name;
  #sequence = 0;
  #running = null;

  constructor(name) {
    this.#name = name;
  }

  /** The answer, or null where a newer question was asked meanwhile. */
  async ask(question) {
    const sequence = ++this.#sequence;
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    try {
      const answer = await ask(this.#name, { ...question, seq: sequence }, running.signal);
      return sequence === this.#sequence ? answer : null;
    } catch (error) {
      if (sequence !== this.#sequence || error.name === "AbortError") return null;
      throw error;
    }
  }

  /** Let no answer to what was asked so far come through. */
  forget() {
    this.#sequence += 1;
    this.#running?.abort();
  }
}
