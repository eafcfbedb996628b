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
