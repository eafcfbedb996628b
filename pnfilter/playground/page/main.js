// The page: a text goes to the server at each keystroke, and what it answers is shown.

import { Latest, Refused, ask, takeToken } from "./asking.js";
import { Editor, MOST } from "./editor.js";
import { announce, byGravity, byId, copy, make, settled, trouble } from "./elements.js";
import { MessageList } from "./list.js";
import {
  hideExplanation,
  hideRule,
  showCounts,
  showExplanation,
  showFindings,
  showRule,
  showSnippets,
  showTree,
  spoken,
} from "./panels.js";
import { fromServer, toServer } from "./places.js";
import { Sources } from "./sources.js";

const EXAMPLES = [
  'data.mag > 4 && ("ak", "us") CONTAINS meta.net',
  'data.place LIKE "*alaska*"',
  "data.dmin * 111 < 5",
  'data.tsunami == "1"',
  "data.mag > 3 AND data.place LIKE *Alaska*",
];

const checks = new Latest("check");
const explanations = new Latest("explain");
const editor = new Editor(byId("editor"), (isAsked) => check(isAsked));
const list = new MessageList(byId("list"), byId("strip"), (number) => explain(number, true));
const sources = new Sources(list, (areOthers) => {
  if (areOthers) {
    unexplain();
    areNew = sources.id !== "live";
  }
  check(false);
});

let explained = null;
// Of messages that have just come the first match is explained.
let areNew = false;
let answered = { findings: [], fixed: null, formatted: null, snippets: [], tree: [] };

const remember = settled(250, () => history.replaceState(null, "", `#${state()}`));

/** What a link holds. */
function state() {
  const values = new URLSearchParams({ filter: editor.text, ...sources.state });
  const show = chosenShow();
  if (show !== "all") values.set("show", show);
  return values.toString();
}

function chosenShow() {
  return document.querySelector("input[name=show]:checked").value;
}

/** Go to a part of the text, given in the browser's places. */
const go = ({ start, end }) => editor.select(start, end);

/** Ask the server about the text as it is now. */
async function check(isAsked) {
  const text = editor.text;
  if (text.length > MOST) {
    checks.forget();
    show({ findings: [], fixed: null, judged: null, tree: [], snippets: [], first: 0 }, text);
    trouble(`A filter here has at most ${MOST.toLocaleString("en")} characters.`);
    return;
  }
  remember();
  if (sources.id === null) {
    // The server was away when they were asked for.
    await sources.again();
    return;
  }
  const question = { id: sources.id, text };
  // Not those that another page has seen before.
  if (sources.id === "live") question.since = list.first;
  const { caret } = editor;
  if (editor.hasFocus) question.caret = toServer(text, caret);
  try {
    const answer = await checks.ask(question);
    if (answer === null || text !== editor.text) return;
    if (answer.gone) {
      await sources.again();
      return;
    }
    trouble("");
    show(inPlaces(answer, text), text);
    if (answer.completion && caret === editor.caret) {
      const place = fromServer(text);
      const { start, end, items } = answer.completion;
      editor.offer({ start: place(start), end: place(end), items }, isAsked);
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    trouble(error.message);
  }
}

/** An answer with its places as the browser counts them. */
function inPlaces(answer, text) {
  const place = fromServer(text);
  const moved = (part) => ({ ...part, start: place(part.start), end: place(part.end) });
  return {
    ...answer,
    tree: answer.tree.map(moved),
    findings: answer.findings.map((finding) => ({
      ...finding,
      ...moved(finding.span),
      fix: finding.fix && { ...finding.fix, edits: finding.fix.edits.map(moved) },
    })),
  };
}

function show(answer, text) {
  const isEmpty = !text.trim();
  answered = isEmpty ? { ...answer, findings: [], fixed: null } : answer;
  const { findings, judged, fixed, formatted } = answered;
  list.judge(judged === null ? "" : judged.verdicts, answer.first);
  showCounts(judged, isEmpty, list.length);
  editor.mark(findings);
  showFindings(findings, { fix: (finding) => editor.edit(finding.fix.edits), go, explain: explainRule });
  showForms();
  byId("fix").disabled = fixed === null;
  byId("format").disabled = !formatted || formatted === text;
  showEmpty();
  if (areNew && judged !== null) {
    areNew = false;
    explained = list.chooseFirstMatch();
  }
  if (explained !== null && text.length <= MOST) explain(explained);
  document.body.dataset.shown = text;
}

/** What stands in boxes that are closed most of the time is made when they are open. */
function showForms() {
  const boxes = [
    ["snippets-box", answered.snippets, showSnippets],
    ["tree-box", answered.tree, (lines) => showTree(lines, go)],
  ];
  for (const [id, parts, fill] of boxes) {
    const box = byId(id);
    box.hidden = !parts.length;
    if (box.open) fill(parts);
  }
}

function showEmpty() {
  const isEmpty = !list.listed;
  byId("empty").hidden = !isEmpty;
  byId("listed").hidden = isEmpty;
  if (list.length) byId("empty").textContent = "No message of this kind.";
}

function unexplain() {
  hideExplanation();
  explained = null;
}

/** `isAsked` by someone, who hears the verdict; it is told anew as the text changes, and then counts are heard. */
async function explain(number, isAsked = false) {
  if (!list.has(number)) {
    // Of live messages the oldest go.
    unexplain();
    return;
  }
  explained = number;
  const text = editor.text;
  try {
    const answer = await explanations.ask({ id: sources.id, text, index: number });
    if (answer === null) return;
    if (answer.gone) {
      await sources.again();
      return;
    }
    const place = fromServer(text);
    showExplanation(answer, ({ start, end }) => go({ start: place(start), end: place(end) }));
    if (isAsked) announce(spoken(answer));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // A live message may be gone.
    unexplain();
  }
}

function replaceAll(text) {
  if (text) editor.edit([{ start: 0, end: editor.text.length, text }]);
}

const format = () => replaceAll(answered.formatted);

/** Findings that go by the messages. */
const BY_MESSAGES = /^W44|^W458/;

/** Take the first safe fix, or else the first one that the messages show to be right. */
function takeFirstFix() {
  const fixable = byGravity(answered.findings.filter((each) => each.fix));
  const finding = fixable.find((each) => each.fix.safe) ?? fixable.find((each) => BY_MESSAGES.test(each.code));
  if (finding) editor.edit(finding.fix.edits);
}

/** Open or close what a finding's code means. */
async function explainRule(finding, button) {
  if (hideRule(button)) return;
  try {
    showRule(button, await ask("rule", { code: finding.code }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    trouble(error.message);
  }
}

function nextFinding() {
  const after = answered.findings.find((finding) => finding.start > editor.caret);
  const finding = after ?? answered.findings[0];
  if (finding) go(finding);
}

function changePlace() {
  if (editor.hasFocus && !byId("listed").hidden) byId("list").focus();
  else editor.focus();
}

function key(event) {
  const name = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.key}`;
  const actions = {
    "Ctrl+.": takeFirstFix,
    "Ctrl+Enter": format,
    F8: nextFinding,
    F6: changePlace,
    F1: () => byId("keys-dialog").showModal(),
  };
  if (name in actions && !event.altKey && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    actions[name]();
  }
}

/** Show what an address says. */
async function restore(address) {
  const values = new URLSearchParams(new URL(address).hash.slice(1));
  if (takeToken(values)) history.replaceState(null, "", `#${values}`);
  editor.text = values.get("filter") ?? EXAMPLES[0];
  const wanted = document.querySelector(`input[name=show][value="${CSS.escape(values.get("show") ?? "all")}"]`);
  if (wanted) wanted.checked = true;
  list.show(chosenShow());
  if (values.get("messages")) await sources.use(values.get("messages"), "From the link");
  else await sources.choose(values.get("from") === "live" ? "live" : "start");
}

byId("examples").append(
  ...EXAMPLES.map((text) => make("button", { type: "button", class: "example", onclick: () => replaceAll(text) }, text)),
);
for (const id of ["snippets-box", "tree-box"]) byId(id).addEventListener("toggle", showForms);
document.querySelector(".skip").addEventListener("click", (event) => {
  // What stands behind the # is the page's state.
  event.preventDefault();
  editor.focus();
});
byId("fix").addEventListener("click", () => replaceAll(answered.fixed));
byId("format").addEventListener("click", format);
byId("show-keys").addEventListener("click", () => byId("keys-dialog").showModal());
byId("show-language").addEventListener("click", () => byId("language-dialog").showModal());
byId("copy-link").addEventListener("click", (event) => {
  copy(`${location.origin}/#${state()}`, event.currentTarget);
});
byId("show").addEventListener("change", () => {
  list.show(chosenShow());
  showEmpty();
  remember();
});
document.addEventListener("keydown", key);
// Its own one: what is remembered meanwhile may have changed the address again.
window.addEventListener("hashchange", (event) => restore(event.newURL));
editor.focus();
restore(location.href);
