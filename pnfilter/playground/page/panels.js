// What is told of a filter: counts, findings, the tree, its text for SDKs, and why a message fits.

import { announce, byGravity, byId, copy, counted, figure, make, marked, prose } from "./elements.js";
import { fromServer } from "./places.js";

const VERDICTS = { MATCH: ["M", "match"], NO_MATCH: ["N", "no match"], UNDECIDED: ["U", "undecided"] };

/** Counts, the bar and the reasons; `judged` is null where the text is no filter. */
export function showCounts(judged, isEmpty, total) {
  const bar = byId("bar");
  const [matching, undecided] = bar.children;
  if (judged === null) {
    const text = isEmpty ? "No filter: every message is delivered" : "This is no filter yet";
    byId("counts").replaceChildren(text);
    byId("reasons").replaceChildren();
    for (const part of bar.children) part.style.width = "0";
    for (const place of document.querySelectorAll("[data-count]")) place.textContent = "";
    bar.setAttribute("aria-label", "no verdicts");
    announce(text);
    return;
  }
  const { M, U } = judged.counts;
  const late = judged.counts["-"];
  for (const [letter, number] of Object.entries(judged.counts)) {
    const place = document.querySelector(`[data-count=${letter === "-" ? "late" : letter}]`);
    if (place !== null) place.textContent = figure(number);
  }
  const words = [
    make("strong", {}, figure(M)),
    ` of ${counted(total, "message")} ${M === 1 ? "matches" : "match"}`,
  ];
  if (U) words.push(", ", make("strong", { class: "undecided" }, figure(U)), " undecided");
  if (late) words.push(`, ${figure(late)} not looked at: this filter takes too long`);
  byId("counts").replaceChildren(...words);
  const share = (part) => (part && total ? `${Math.max(0.6, (100 * part) / total)}%` : "0");
  matching.style.width = share(M);
  undecided.style.width = share(U);
  bar.setAttribute("aria-label", `${figure(M)} matching, ${figure(U)} undecided, of ${figure(total)}`);
  const reasons = judged.reasons.map(({ text, count }) => `${figure(count)} undecided: ${text}`);
  if (judged.advice) reasons.push(judged.advice);
  byId("reasons").textContent = reasons.join(" · ");
  announce(byId("counts").textContent);
}

/** The findings; `fix(finding)` takes its fix, `go(finding)` selects its place, `explain(finding)` opens its rule. */
export function showFindings(findings, { fix, go, explain }) {
  const items = byGravity(findings).map((finding) =>
    make(
      "li",
      { class: finding.severity },
      make(
        "p",
        { class: "headline" },
        make("span", { class: "badge" }, finding.severity),
        " ",
        make(
          "button",
          {
            type: "button",
            class: "code",
            "aria-label": `What ${finding.code} means`,
            "aria-expanded": "false",
            onclick: (event) => explain(finding, event.currentTarget),
          },
          finding.code,
        ),
        " ",
        ...prose(finding.message),
      ),
      make(
        "button",
        { type: "button", class: "excerpt", "aria-label": `Go to ${finding.code}`, onclick: () => go(finding) },
        finding.excerpt.join("\n"),
      ),
      finding.help ? make("p", { class: "help" }, ...prose(finding.help)) : "",
      finding.fix === null
        ? ""
        : make(
            "button",
            {
              type: "button",
              class: finding.fix.safe ? "fix" : "fix unsafe",
              title: finding.fix.safe ? "Can't change what you mean" : "May change what you mean",
              onclick: () => fix(finding),
            },
            finding.fix.safe ? "Fix: " : "Perhaps: ",
            make("code", {}, changed(finding)),
          ),
    ),
  );
  if (!items.length) items.push(make("li", { class: "none quiet" }, "Nothing was found."));
  byId("findings").replaceChildren(...items);
}

/** Take the text of a rule away from the finding whose code is `button`; whether there was one. */
export function hideRule(button) {
  const open = button.closest("li").querySelector(".rule");
  open?.remove();
  button.setAttribute("aria-expanded", "false");
  return open !== null;
}

/** Put the text of a rule below the finding whose code is `button`. */
export function showRule(button, rule) {
  // The answer to the second of two clicks takes the place of the first.
  hideRule(button);
  button.setAttribute("aria-expanded", "true");
  const example = (label, text) =>
    text ? [make("dt", {}, label), make("dd", {}, make("a", { href: `#filter=${encodeURIComponent(text)}` }, make("code", {}, text)))] : [];
  button.closest("li").append(
    make(
      "div",
      { class: "rule" },
      make("p", {}, make("strong", {}, rule.name), ": ", ...prose(rule.summary)),
      make("p", {}, ...prose(rule.why)),
      make("dl", {}, ...example("instead of", rule.bad), ...example("write", rule.good)),
    ),
  );
  announce(`${rule.name}: ${rule.summary}`);
}

/** What a fix writes, as far as that is short. */
function changed(finding) {
  const texts = finding.fix.edits.map((edit) => edit.text).filter(Boolean);
  const text = texts.join(" … ");
  return text.length > 40 ? `${text.slice(0, 39)}…` : text || "remove it";
}

/** The filter in programs. */
export function showSnippets(snippets) {
  const items = snippets.flatMap(({ name, code }) => {
    const button = make("button", { type: "button", "aria-label": `Copy for ${name}` }, "Copy");
    button.addEventListener("click", () => copy(code, button));
    return [make("dt", {}, name), make("dd", {}, make("pre", { tabindex: "0", role: "region", "aria-label": name }, code), button)];
  });
  byId("snippets").replaceChildren(...items);
}

/** The syntax tree; `go(part)` selects what a node stands on. */
export function showTree(lines, go) {
  const nested = (from, level) => {
    const items = [];
    let at = from;
    while (at < lines.length && lines[at].level === level) {
      const line = lines[at];
      const [inner, next] = nested(at + 1, level + 1);
      const button = make("button", { type: "button", class: "part", onclick: () => go(line) }, line.label);
      items.push(make("li", {}, button, inner.length ? make("ul", {}, ...inner) : ""));
      at = next;
    }
    return [items, at];
  };
  byId("tree").replaceChildren(...nested(0, 0)[0]);
}

/** Why a filter says what it says of a message; `go(part)` selects a sub-expression. */
export function showExplanation({ index, message, marks, fields, explanation }, go) {
  byId("explanation-hint").hidden = true;
  const parts = [];
  if (explanation === null) {
    parts.push(make("p", { class: "quiet" }, "The text is no filter, so that there is nothing to explain."));
  } else {
    parts.push(make("ul", { class: "why" }, part(explanation, go)));
  }
  const place = fromServer(message);
  const spans = marks.map((span) => span.map(place));
  parts.push(
    make("h4", {}, `Message ${figure(index + 1)}`),
    ...readFields(fields),
    make(
      "pre",
      { class: "message", tabindex: "0", role: "region", "aria-label": "The message" },
      ...marked(message, spans),
    ),
  );
  byId("explanation-body").replaceChildren(...parts);
}

const STATES = { present: "The filter reads", missing: "Missing", unreadable: "Can't be read here" };

/** Which fields the filter reads: those that the message has, which are marked in it, and others. */
function readFields(fields) {
  const groups = Object.entries(STATES).flatMap(([state, words]) => {
    const found = fields.filter((field) => field.state === state);
    const codes = found.map(({ text }) => make(state === "present" ? "mark" : "code", { class: state }, text));
    return found.length ? [make("span", {}, `${words}: `, ...codes.flatMap((code) => [code, " "]))] : [];
  });
  return groups.length ? [make("p", { class: "fields small" }, ...groups)] : [];
}

/** An explanation in few words. */
export function spoken({ index, explanation }) {
  const verdict = explanation === null ? "no filter" : VERDICTS[explanation.verdict]?.[1];
  return `Message ${figure(index + 1)}: ${verdict}. ${explanation?.note ?? ""}`.trim();
}

export function hideExplanation() {
  byId("explanation-hint").hidden = false;
  byId("explanation-body").replaceChildren();
}

function part(explained, go) {
  const [letter, words] = VERDICTS[explained.verdict] ?? ["", ""];
  const notes = [];
  if (letter) notes.push(make("span", { class: `badge ${letter}` }, words));
  if (explained.value !== null) notes.push(make("code", { class: "value" }, explained.value));
  if (explained.note) notes.push(make("span", { class: "quiet note" }, ...prose(explained.note)));
  return make(
    "li",
    {},
    make(
      "div",
      { class: "line" },
      make("button", { type: "button", class: "part", onclick: () => go(explained) }, explained.text),
      ...notes.flatMap((note) => [" ", note]),
    ),
    explained.parts.length ? make("ul", {}, ...explained.parts.map((each) => part(each, go))) : "",
  );
}
