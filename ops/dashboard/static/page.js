// Keeps the page true: puts in what the server pushes, counts ages up, and says so when it hears nothing.
"use strict";

const LOST_MS = 3000;
const RETRY_MS = 2000; // a line that broke is tried again
const PATIENCE_MS = 6000; // a line that is only silent is waited on: a slow server asked anew would begin anew
const TICK_MS = 250;
const LAST_HEARD = "Last heard: ";

const root = document.documentElement;
const link = document.getElementById("link");
const lost = document.getElementById("lost");
const lostWhy = document.getElementById("lost-why");

let source = null; // the open stream
let openedMs = 0;
let spoken = false; // it has told everything once, and would now tell changes only
let broken = false; // its line is down, not only silent
let signedOut = false;
const opened = new Map(); // what the reader opened or closed, by the part and the block's name
let looked = { us: Number(document.body.dataset.atUs), ...now() }; // the server's time, and when we heard of it

// Two clocks: one that never jumps, and one that goes on while the machine sleeps.
function now() {
  return { steadyMs: performance.now(), wallMs: Date.now() };
}

function sinceMs(then) {
  return Math.max(performance.now() - then.steadyMs, Date.now() - then.wallMs, 0);
}

// Ages are counted from the server's own time: this machine's clock may be off.
function serverUs() {
  return looked.us + (performance.now() - looked.steadyMs) * 1000;
}

function ageText(ageS) {
  for (const [sizeS, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    if (Math.abs(ageS) >= 2 * sizeS) return `${Math.round(ageS / sizeS)} ${unit}`;
  }
  return `${Math.round(ageS)} s`;
}

function countAges() {
  const atUs = serverUs();
  for (const time of document.querySelectorAll("time[data-us]")) {
    say(time, ageText((atUs - Number(time.dataset.us)) / 1e6));
  }
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Makes one element like another, touching only what differs: a selection or a focus in it stays.
function become(old, made) {
  if (old.nodeType !== made.nodeType || old.nodeName !== made.nodeName) {
    old.replaceWith(made);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== made.data) old.data = made.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!made.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of [...made.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.dataset.chart) return; // drawn by charts.js
  const [olds, mades] = [[...old.childNodes], [...made.childNodes]];
  mades.forEach((child, place) => (place < olds.length ? become(olds[place], child) : old.append(child)));
  olds.slice(mades.length).forEach((child) => child.remove());
}

// What the reader opened or closed stays so, wherever its block comes next, and when it comes again after its file was gone.
function keepOpened(id, old, made) {
  const name = (block) => `${id} ${block.querySelector("summary").firstChild.data}`;
  for (const block of old.querySelectorAll("details")) opened.set(name(block), block.open);
  for (const block of made.querySelectorAll("details")) block.open = opened.get(name(block)) ?? block.open;
}

function put(parts) {
  for (const [id, text] of Object.entries(parts)) {
    const old = document.getElementById(id);
    const template = document.createElement("template");
    template.innerHTML = text; // escaped by the server; no script in it would run under the page's policy
    for (const unseen of template.content.querySelectorAll("noscript")) unseen.remove(); // parsed as if there were no script, they would show
    const made = template.content.firstElementChild;
    if (!old || !made) continue;
    keepOpened(id, old, made);
    become(old, made);
  }
}

function heard(event) {
  const { at_us, parts } = JSON.parse(event.data);
  spoken = true;
  looked = { us: at_us, ...now() };
  put(parts);
  Charts.refresh(at_us / 1e6);
  root.dataset.link = "live";
  signedOut = false;
  lost.hidden = true;
  refresh();
}

function refresh() {
  countAges();
  if (root.dataset.link !== "live") return;
  say(link, `live, looked ${ageText(Math.round(sinceMs(looked) / 1000))} ago`);
  const level = document.getElementById("headline").dataset.level;
  document.title = { ok: "✓ hedge", warn: "△ hedge", error: "✕ hedge" }[level] ?? "hedge";
}

// Nothing that is shown may look true any more.
function unknown(why) {
  root.dataset.link = "lost";
  document.title = "LOST · hedge";
  say(link, "not live");
  say(lostWhy, why);
  lost.hidden = false;
  for (const state of document.querySelectorAll("main [data-state]")) {
    state.dataset.state = "unknown";
    if (state.classList.contains("state")) say(state, "UNKNOWN"); // a panel's head has a state too, and keeps its words
  }
  const line = document.querySelector("#headline strong");
  if (!line.textContent.startsWith(LAST_HEARD)) say(line, LAST_HEARD + line.textContent);
  for (const tile of document.querySelectorAll("main [data-level]")) tile.dataset.level = "unknown";
}

function listen() {
  hush();
  openedMs = performance.now();
  spoken = broken = false;
  source = new EventSource("events");
  source.onmessage = heard;
  source.onerror = () => (broken = true);
}

// How long a stream is left alone while nothing is heard.
function patienceMs() {
  if (spoken) return 0;
  return broken ? RETRY_MS : PATIENCE_MS;
}

// Why nobody speaks: the server is gone, or it is there and does not know this browser any more (or sends it to a sign-in).
async function ask() {
  try {
    const answer = await fetch("/static/icon.svg", { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
    signedOut = answer.status === 401 || answer.type === "opaqueredirect";
  } catch {
    signedOut = false;
  }
}

function hush() {
  if (source) source.close();
  source = null;
}

function tick() {
  if (document.hidden) return;
  if (sinceMs(looked) > LOST_MS) {
    const s = ageText(Math.round(sinceMs(looked) / 1000));
    const gone = `the page's server has not spoken for ${s}; what is below is old. Start it: hedge up, or python -m ops.dashboard`;
    const shut = `this browser is signed out, the server lives; what is below is ${s} old. Sign in: open /?token=TOKEN once, or reload the page`;
    unknown(signedOut ? shut : gone);
    if (performance.now() - openedMs > patienceMs()) {
      listen(); // whoever answers first tells everything anew
      ask();
    }
  } else {
    refresh();
  }
}

// A page nobody sees costs nothing; seen again, it says nothing before it knows.
function seen() {
  if (document.hidden) {
    hush();
    unknown("this page slept while it was hidden");
  } else if (!source) {
    listen();
  }
}

document.addEventListener("visibilitychange", seen);
window.addEventListener("pageshow", (event) => event.persisted && seen());
window.addEventListener("pagehide", hush);
setInterval(tick, TICK_MS);
seen();
