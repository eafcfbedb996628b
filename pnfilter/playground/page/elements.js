// Elements made from plain text: nothing that is shown is ever read as markup.

/** An element with attributes and children; a child that is no node is text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const GRAVITY = { error: 0, warning: 1, info: 2 };

/** Findings, the gravest first, and in their order. */
export const byGravity = (findings) => [...findings].sort((one, other) => GRAVITY[one.severity] - GRAVITY[other.severity]);

/** A text in which what stands between backticks is code: the children for an element. */
export function prose(text) {
  return text.split(/(`[^`]+`)/).map((part) =>
    part.length > 2 && part.startsWith("`") && part.endsWith("`") ? make("code", {}, part.slice(1, -1)) : part,
  );
}

/** A text with spans of it marked: the children for an element. `spans` are in the browser's places, one after the other. */
export function marked(text, spans) {
  const pieces = [];
  let end = 0;
  for (const [start, stop] of spans) {
    pieces.push(text.slice(end, start), make("mark", {}, text.slice(start, stop)));
    end = stop;
  }
  return [...pieces, text.slice(end)].filter((piece) => piece !== "");
}

export const byId = (id) => document.getElementById(id);

/** A number as people read it. */
export const figure = (number) => number.toLocaleString("en");

export const counted = (number, noun) => `${figure(number)} ${noun}${number === 1 ? "" : "s"}`;

/** Run a function once when nothing has asked for it for some milliseconds. */
export function settled(milliseconds, run) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds, ...values);
  };
}

const say = settled(600, (text) => {
  byId("status").textContent = text;
});

/** Tell screen readers, once typing has come to a rest. */
export const announce = (text) => say(text);

/** Show what stands in the way, or that nothing does any more. */
export function trouble(text) {
  const place = byId("trouble");
  place.textContent = text;
  place.hidden = !text;
}

/** Say something of the messages below their list, until there are others. */
export function note(text) {
  byId("problems").append(make("p", {}, text));
}

/** Give a text as a file. */
export function download(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Put a text on the clipboard, and say so on the button. */
export async function copy(text, button) {
  // The second of two clicks finds "Copied" there.
  button.dataset.label ??= button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    announce("Copied");
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => {
    button.textContent = button.dataset.label;
  }, 1500);
}
