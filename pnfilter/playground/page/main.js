// The page: a text goes to the server at each keystroke, and what it answers is shown.

import { Latest, Refused, ask, takeToken } from "./asking.js";
import { Editor, MOST } from "./editor.js";
import { announce, byGravity, byId, copy, counted, download, figure, make, note, settled, trouble } from "./elements.js";
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
import { TestSet, worded } from "./testset.js";

/** Characters of the expected verdicts that still fit into a link, and messages of which they are taken at once. */
const SHORT = 4_000;
const MANY = 500;

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
const markings = new Latest("marks");
const list = new MessageList(byId("list"), byId("strip"), {
  choose: (number) => explain(number, true),
  marks: (numbers, columns) => mark(numbers, columns),
  expected: (number) => testSet.of(number),
  expect: (number, letter) => expect(number, letter),
  named: (number, name) => named(number, name),
});
const testSet = new TestSet(() => {
  list.refresh();
  showTestSet();
  remember();
});
const sources = new Sources(list, (answer, isImport) => {
  if (answer !== null) {
    unexplain();
    areNew = sources.id !== "live";
    testSet.use(sources.id);
    digest = answer.digest ?? null;
    takeTestSet(answer, isImport);
  } else {
    testSet.forget(list.first);
  }
  check(false);
});

// What a link says of the test set, until its messages are there.
let linked = null;
// What the messages that are there from the start are known by.
let digest = null;
// What the cases of the messages' own test set are called.
let names = [];
// Whether the text of the messages expects verdicts, so that a link without any has to say so.
let hasOwnTestSet = false;
let explained = null;
// Of messages that have just come the first match is explained.
let areNew = false;
let answered = { findings: [], judged: null, fixed: null, formatted: null, snippets: [], tree: [] };

const remember = settled(250, () => history.replaceState(null, "", `#${state()}`));

/** What a link holds. */
function state() {
  const values = new URLSearchParams({ filter: editor.text, ...sources.state });
  const show = chosenShow();
  if (show !== "all") values.set("show", show);
  if (sources.id !== "live" && sources.isLinked && linkedSize() <= SHORT) {
    if (testSet.size || hasOwnTestSet) values.set("expect", testSet.text);
    // Others may be there when the link is opened.
    if (testSet.size && sources.id === "start") values.set("of", digest);
    if (testSet.size && testSet.hasNames) values.set("names", JSON.stringify(testSet.names));
  }
  return values.toString();
}

/** Characters of the test set in a link. */
function linkedSize() {
  return testSet.text.length + (testSet.hasNames ? JSON.stringify(testSet.names).length : 0);
}

/** What a link leaves out, in words; empty where it has everything. */
function leftOut() {
  if (!sources.isLinked) return `The link is without the messages and the test set: it holds ${figure(SHORT)} characters of messages.`;
  if (!testSet.size) return "";
  if (sources.id === "live") return "The link is without the test set: live messages are not kept.";
  return linkedSize() > SHORT ? "The link is without the test set: too many verdicts are expected." : "";
}

/** Take the verdicts expected of other messages, and their filter: a link's, or those of a test set that someone gave. */
function takeTestSet({ test_set: found, count, digest: known }, isImport) {
  const link = linked;
  linked = null;
  hasOwnTestSet = found !== null;
  names = found?.names ?? [];
  if (link === null && !(isImport && found)) return;
  const expected = link?.expect ?? found?.expected;
  if (expected && link?.of && link.of !== known) {
    note("The link expects verdicts of other messages than those that are loaded here: they are left out.");
  } else if (expected || link === null) {
    const reason = testSet.read(expected ?? "", count);
    if (reason) note(`The verdicts that the link expects can't be read: ${reason}.`);
    else if (link?.names && !testSet.readNames(link.names, count)) note("The names of the link's cases can't be read.");
  }
  if (!found || (link !== null && link.hasFilter)) return;
  if (link !== null) editor.text = found.filter;
  else replaceAll(found.filter);
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
  showTestSet();
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

/** Ask for what the filter reads in some messages of the list. */
async function mark(numbers, columns) {
  const { id } = sources;
  const text = editor.text;
  if (id === null || text.length > MOST) return;
  try {
    const answer = await markings.ask({ id, text, indexes: numbers, columns });
    // Without them the list is as it was.
    if (answer !== null && !answer.gone && id === sources.id && text === editor.text) list.mark(answer.rows);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

/** Expect a verdict of a message, or none. */
function expect(number, letter) {
  testSet.expect([number], () => letter);
  const expected = testSet.of(number);
  announce(`Message ${figure(number + 1)}: ${expected ? `expected: ${worded(expected)}` : "nothing expected"}. ${byId("test-set-summary").textContent}`);
}

/** What a message's case is called; empty where it has no name. */
const nameOf = (number) => testSet.nameOf(number) ?? names[number] ?? "";

/** What is shown before a row: its name, or its channel and its name. */
function named(number, name) {
  const given = testSet.nameOf(number);
  if (given === undefined) return name;
  return (sources.id === "live" ? `${name}  ${given}` : given.trim()) || undefined;
}

/** How many verdicts are as expected, and what is expected of the message that is explained. */
function showTestSet() {
  const { size } = testSet;
  const isJudged = answered.judged !== null;
  const good = isJudged ? testSet.count((number) => list.verdictOf(number)) : 0;
  const summary = byId("test-set-summary");
  summary.className = size && isJudged ? (good === size ? "good" : "bad") : "quiet";
  summary.textContent = !size
    ? "Choose a message and say what is expected of it, below or by + − ? in the list."
    : isJudged
      ? `${good === size ? "✓" : "✗"} ${figure(good)} of ${figure(size)} as expected`
      : `${counted(size, "verdict")} expected`;
  byId("export").disabled = !size || !isJudged;
  byId("add-listed").disabled = !isJudged || !list.listed || list.listed > MANY;
  byId("clear-set").disabled = !size && !testSet.isCleared;
  byId("clear-set").textContent = testSet.isCleared ? "Bring back" : "Clear";
  document.querySelector("[data-count=E]").textContent = size ? figure(size) : "";
  document.querySelector("[data-count=X]").textContent = size && isJudged ? figure(size - good) : "";
  for (const kind of ["E", "X"]) {
    // One that is chosen stays, or nothing would be.
    const input = document.querySelector(`input[name=show][value=${kind}]`);
    input.parentElement.hidden = !size && !input.checked;
  }
  const letter = explained === null ? "" : (testSet.of(explained) ?? "");
  byId("expect").hidden = explained === null;
  document.querySelector(`input[name=expect][value="${letter}"]`).checked = true;
  byId("case").hidden = !letter;
  const name = letter ? nameOf(explained) : "";
  if (byId("case-name").value !== name) byId("case-name").value = name;
  const verdict = explained === null ? undefined : list.verdictOf(explained);
  const result = byId("expect-result");
  result.className = letter && isJudged ? (letter === verdict ? "good" : "bad") : "";
  result.textContent = !letter || !isJudged ? "" : letter === verdict ? "✓ as expected" : `✗ it is: ${worded(verdict)}`;
  showEmpty();
}

/** Show the test set as a file of the form that is chosen. */
async function showExport() {
  const form = document.querySelector("input[name=form]:checked").value;
  const question = { id: sources.id, text: editor.text, expected: testSet.text, names: testSet.names, form };
  try {
    const answer = await ask("cases", question);
    if (answer.gone) {
      await sources.again();
      await showExport();
      return;
    }
    byId("export-text").textContent = answer.text;
    byId("export-name").textContent = answer.name;
    if (!byId("export-dialog").open) byId("export-dialog").showModal();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    byId("export-dialog").close();
    trouble(error.message);
  }
}

function unexplain() {
  hideExplanation();
  byId("expect").hidden = true;
  byId("case").hidden = true;
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
    showTestSet();
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
  linked = { expect: values.get("expect"), of: values.get("of"), names: values.get("names"), hasFilter: values.has("filter") };
  editor.text = values.get("filter") ?? EXAMPLES[0];
  const wanted = document.querySelector(`input[name=show][value="${CSS.escape(values.get("show") ?? "all")}"]`);
  if (wanted) wanted.checked = true;
  list.show(chosenShow());
  if (values.get("messages")) {
    const reason = await sources.use(values.get("messages"), "From the link");
    if (!reason) return;
    linked = null;
    if (sources.id === null) await sources.choose("start");
    else await check(false);
    list.show(chosenShow());
    note(`The messages of the link can't be read: ${reason}.`);
  } else await sources.choose(values.get("from") === "live" ? "live" : "start");
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
  trouble(leftOut());
});
byId("show").addEventListener("change", () => {
  list.show(chosenShow());
  showEmpty();
  remember();
});
byId("expect").addEventListener("change", (event) => expect(explained, event.target.value));
byId("case-name").addEventListener("input", (event) => testSet.name(explained, event.target.value));
byId("add-listed").addEventListener("click", () => {
  testSet.expect(list.numbers, (number) => testSet.of(number) ?? list.verdictOf(number));
  announce(byId("test-set-summary").textContent);
});
byId("clear-set").addEventListener("click", () => {
  testSet.clear();
  announce(byId("test-set-summary").textContent);
});
byId("export").addEventListener("click", showExport);
byId("form").addEventListener("change", showExport);
byId("export-copy").addEventListener("click", (event) => copy(byId("export-text").textContent, event.currentTarget));
byId("export-save").addEventListener("click", () => download(byId("export-text").textContent, byId("export-name").textContent));
document.addEventListener("keydown", key);
// Its own one: what is remembered meanwhile may have changed the address again.
window.addEventListener("hashchange", (event) => restore(event.newURL));
editor.focus();
restore(location.href);
