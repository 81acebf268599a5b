// The page: asks the machine, follows what happens, and hands it to the picture, the curves and the lists.

import { follow, get, onTokenNeeded, Refused } from './api.js';
import { addDialog } from './add.js';
import { Chart } from './chart.js';
import { askForToken, sure, toast } from './dialogs.js';
import { $, bytes, count, counted, el, millis, number, say } from './dom.js';
import { Groups } from './groups.js';
import { Lists } from './lists.js';
import { SlotMap } from './map.js';
import { LOOKS, Machine, Rate, Series } from './model.js';
import { SourcePanel } from './source.js';
import { drawn } from './turn.js';

const LOOK_MILLIS = 1_000;
/** What no event tells is seen then: a flag, a lost event, what waits. */
const WHOLE_LOOK_MILLIS = 15_000;
/** Where a figure says that something is not seen, and whenever workers or dropped events say so: not sooner than that. */
const DOUBT_MILLIS = 5_000;
const CHANGE_MILLIS = 1_000;
const SOON_MILLIS = 150;

const machine = new Machine();
const rates = { records: new Rate(), bytes: new Rate() };
const throughput = new Series();
const latency = new Series();
const charts = [
  new Chart($('rate-curve'), throughput, [{ value: 0, colour: 'running', fill: true }], number),
  new Chart($('latency-curve'), latency, [
    { value: 0, colour: 'chosen', fill: true },
    { value: 1, colour: 'backoff', dash: [] },
    { value: 2, colour: 'backoff', dash: [3, 3] },
  ], millis),
];
let colours = {};
let panel = null;
let wholeLook = Promise.resolve();
let wholeLookAt = -Infinity;
let wholeLookTimer = 0;
let lookTimer = 0;
/** The one stream of this page, and whose records come in it. */
let events = null;
let heardOf = null;

const map = new SlotMap(machine, $('cells'), $('slots'), {
  choose: (slot) => openSlot(slot),
  point: (slot, x, y) => showTip(slot, x, y),
  move: (slot) => say($('said'), told(slot)),
  cut: (left) => {
    $('map-note').hidden = left === 0;
    say($('map-note'), left === 0 ? '' : counted(left, 'more worker') + ' without room in the picture; search finds their sources.');
  },
});
const lists = new Lists(machine, map, { open: (id) => openSource(id) });
const groups = new Groups({ told: toast, changed: () => lookAtAllSoon() });

// ---- what the machine says

async function look() {
  try {
    const now = await get('/api/v1/machine');
    const age = performance.now() - wholeLookAt;
    if (age > WHOLE_LOOK_MILLIS || (age > DOUBT_MILLIS && machine.failing !== now.totals.failing)) {
      await lookAtAll();
    }
    showFigures(now);
    if (events === null && !document.hidden) {
      listen();
    }
  } catch (error) {
    link('lost', error instanceof Refused ? error.message : 'no answer from the machine');
  }
  clearTimeout(lookTimer);
  lookTimer = document.hidden ? 0 : setTimeout(look, LOOK_MILLIS);
}

/** One at a time; whoever asks meanwhile gets the one that is under way, and a later event asks again. */
function lookAtAll() {
  wholeLook = wholeLook.then(async () => {
    const since = machine.told;
    const changed = await machine.load(await get('/api/v1/slots'), since);
    wholeLookAt = performance.now();
    if (changed === null) {
      await drawn(); // what was read took its time already
      map.forget();
      map.reset(colours);
      followHash();
    } else {
      map.changed(changed);
    }
    followChosen();
    lists.soon();
    groups.look();
  }).catch(() => { wholeLookAt = -Infinity; });
  return wholeLook;
}

function lookAtAllSoon() {
  const rest = Math.max(SOON_MILLIS, wholeLookAt + CHANGE_MILLIS - performance.now());
  wholeLookTimer ||= setTimeout(() => { wholeLookTimer = 0; lookAtAll(); }, rest);
}

/** Opens the stream, or goes on with another one where the last one was: nothing is missed between them. */
function listen(records = panel?.id ?? null) {
  const last = events?.last() ?? null;
  events?.stop();
  heardOf = records;
  let isSeamless = last !== null;
  let isFirst = true;
  events = follow('/api/v1/events' + (records === null ? '' : '?records=' + encodeURIComponent(records)), {
    open: () => {
      link('live', 'live');
      isFirst = true;
      if (!isSeamless) {
        lookAtAllSoon();
      }
    },
    lost: (rest) => {
      isSeamless = false;
      link('lost', 'connection lost, next try in ' + Math.max(1, Math.round(rest / 1000)) + ' s');
    },
    refused: (error) => {
      if (error.status === 404 && records !== null) {
        listen(null); // it was released; the machine goes on
      } else {
        events = null;
        link('lost', error.message);
      }
    },
    event: (name, data) => {
      switch (name) {
        case 'slot':
          slotHappened(data);
          break;
        case 'record':
          if (panel?.id === data.source) {
            panel.record(data);
          }
          break;
        case 'overdue':
          overdue(isFirst ? machine.onlyOverdue(data.overdue) : machine.overdue(data));
          isFirst = false;
          break;
        case 'dropped':
          if (data.source !== undefined) {
            panel?.dropped(data.count);
            break;
          }
          lookAtAllSoon();
          break;
        default: // a worker has changed
          lookAtAllSoon();
      }
    },
  }, last);
}

function slotHappened(event) {
  const slot = machine.happened(event);
  if (slot) {
    map.flash(slot, event.to === 'RUNNING' ? 'wake' : event.from === 'RUNNING' && event.to === 'BACKOFF' ? 'end' : 'other');
  }
  if (panel?.id === event.source) {
    panel.happened(event);
    followChosen();
    if (heardOf !== panel.id) {
      listen();
    }
  }
  lists.soon();
}

function overdue(slots) {
  map.changed(slots);
  slots.filter((slot) => slot.look === 'O').forEach((slot) => map.flash(slot, 'overdue'));
  lists.soon();
}

function link(state, text) {
  $('link').dataset.link = state;
  say($('link-text'), text);
}

// ---- figures and curves

const FIGURES = [
  ['running', 'Running'], ['waiting', 'Waiting'], ['failing', 'Failing'], ['records', 'Records/s'], ['bytes', 'Data/s'],
  ['delivery', 'To disk'], ['wake', 'Wake p99'], ['alarms', 'Alarms'],
];
const figures = Object.fromEntries(FIGURES.map(([key, name]) => {
  const value = el('dd');
  $('figures').append(el('div', { 'data-figure': key }, el('dt', {}, name), value));
  return [key, value];
}));
const ofAll = $('figures').querySelector('[data-figure=running] dt');

function showFigures(now) {
  const at = performance.now();
  const sources = Object.values(now.totals.sources).reduce((sum, one) => sum + one, 0);
  const perSecond = rates.records.add(now.totals.records, at);
  const bytesPerSecond = rates.bytes.add(now.totals.bytes, at);
  const deliveries = Object.values(now.deliveryMillis).filter((value) => value > 0);
  const delivery = deliveries.length === 0 ? null : Math.max(...deliveries);
  const hasLatency = now.latencyMillis.count > 0;
  const waiting = now.totals.sources.WAITING ?? 0;
  figure('running', count(now.totals.sources.RUNNING ?? 0));
  say(ofAll, 'Running of ' + count(sources));
  figure('waiting', count(waiting), waiting > 0 ? 'warn' : '');
  figure('failing', count(now.totals.failing), now.totals.failing > 0 ? 'bad' : '');
  figure('records', perSecond === null ? '…' : number(perSecond));
  figure('bytes', bytesPerSecond === null ? '…' : bytes(bytesPerSecond));
  figure('delivery', millis(delivery));
  figure('wake', now.wakeMillis.count === 0 ? '–' : millis(now.wakeMillis.p99));
  figure('alarms', count(now.alarms.length), now.alarms.length > 0 ? 'bad' : '');
  say($('machine-size'), counted(now.size.workers, 'worker') + ' × ' + counted(now.size.slots, 'slot')
    + (now.headroom === null ? '' : ' · room for ' + count(now.headroom) + ' more at ' + number(now.headroomRate) + ' Hz'));
  if (perSecond !== null) {
    throughput.add(Date.now(), [perSecond]);
  }
  latency.add(Date.now(), [delivery, hasLatency ? now.latencyMillis.p50 : null, hasLatency ? now.latencyMillis.p99 : null]);
  charts.forEach((chart) => chart.draw());
  say($('rate-now'), perSecond === null ? '' : number(perSecond));
  say($('latency-now'), millis(delivery));
  $('latency-told').hidden = !hasLatency;
  $('latency-untold').hidden = hasLatency;
  document.title = (now.alarms.length > 0 ? '(' + now.alarms.length + ') ' : '') + 'Stationmaster';
  lists.showAlarms(now.alarms);
}

function figure(key, text, kind = '') {
  say(figures[key], text);
  figures[key].parentElement.dataset.kind = kind;
}

// ---- one source

function openSlot(slot) {
  if (slot.id !== null) {
    openSource(slot.id);
  } else {
    closeSource();
    say($('said'), told(slot));
    toast('Slot ' + slot.s + ' of ' + machine.workers[slot.w].id + ' is idle: it waits, warm, for a source.');
  }
}

function openSource(id) {
  if (panel?.id !== id) {
    panel?.close();
    panel = new SourcePanel($('source'), id, colours, { close: () => closeSource(true), sure, told: toast });
    history.replaceState(null, '', '#' + encodeURIComponent(id));
    if (events !== null) {
      listen();
    }
  }
  followChosen();
  const title = $('source-title');
  title.focus({ preventScroll: true });
  const seen = $('source').getBoundingClientRect();
  if (seen.top < 0 || seen.top > innerHeight * 0.7) {
    $('source').scrollIntoView({ block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  }
}

function closeSource(back = false) {
  if (panel) {
    panel.close();
    panel = null;
    if (events !== null) {
      listen();
    }
    history.replaceState(null, '', location.pathname);
    followChosen();
    if (back) {
      $('slots').focus({ preventScroll: true });
    }
  }
}

function followChosen() {
  map.choose(panel ? machine.slotOf(panel.id) ?? null : null);
}

function followHash() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id !== '' && panel?.id !== id) {
    openSource(id);
  }
}

addEventListener('hashchange', followHash);

function told({ w, s, id, look: letter }) {
  return machine.workers[w].id + ' slot ' + s + ': ' + (id === null ? '' : id + ', ') + LOOKS[letter].name.toLowerCase();
}

function showTip(slot, x, y) {
  const tip = $('tip');
  tip.hidden = slot === null;
  if (slot) {
    say(tip, told(slot));
    const room = $('map').clientWidth;
    tip.style.left = Math.max(0, Math.min(room - tip.offsetWidth, x + 14)) + 'px';
    tip.style.top = y + 18 + 'px';
  }
}

onTokenNeeded((again) => {
  link('wait', 'a token is needed');
  return askForToken(again);
});

addDialog((id) => {
  lookAtAllSoon();
  groups.look(true);
  openSource(id);
});

// ---- theme, keys, life

function readColours() {
  const names = [...Object.values(LOOKS).map(({ key }) => key), 'ink', 'quiet', 'paper', 'rule', 'chosen', 'flash'];
  const probe = document.body.appendChild(el('span', { hidden: true }));
  colours = Object.fromEntries(names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color]; // as the theme has it
  }));
  probe.remove();
  lists.colours(colours);
  map.reset(colours);
  charts.forEach((chart) => chart.colours(colours));
  panel?.colours(colours);
}

$('theme').addEventListener('click', () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = isDark ? 'light' : 'dark';
  readColours();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', readColours);

addEventListener('keydown', (event) => {
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === '/' && !isTyping && !document.querySelector('dialog[open]')) {
    event.preventDefault();
    $('query').focus();
    $('query').select();
  } else if (event.key === 'Escape' && !document.querySelector('dialog[open]')) {
    if (!lists.showAll()) {
      closeSource(true);
    }
  }
});

// A page that nobody sees asks for nothing: a browser opens six connections to a host, for all its pages together.
function seenOrNot() {
  if (document.hidden) {
    events?.stop();
    events = null;
    panel?.rest();
    clearTimeout(lookTimer);
    lookTimer = 0;
    link('wait', 'resting');
  } else {
    wholeLookAt = -Infinity;
    panel?.wake();
    look();
  }
}

/** For whoever measures the page, and for its tests. */
globalThis.stationmaster = {
  frames: map.frames,
  told: () => machine.told,
  /** How the cell of a source looks, as it is drawn; null: it has none. */
  cell: (id) => {
    const slot = machine.slotOf(id);
    return slot === undefined ? null : { look: LOOKS[slot.look].key, ...map.seen(slot) };
  },
};

/** A browser makes a sheet of a style that did not come as well, and lets nobody look into it. */
function hasRules(sheet) {
  try {
    return sheet.cssRules.length > 0;
  } catch {
    return false;
  }
}

/** A part of the page in each frame: a slow computer would stand for a quarter of a second. No frame waits for the style. */
async function begin() {
  const style = $('style');
  if (style.sheet === null) {
    await new Promise((done) => ['load', 'error'].forEach((end) => style.addEventListener(end, done)));
  }
  if (!hasRules(style.sheet)) {
    return; // and late.js says so
  }
  style.sheet.media.mediaText = 'all';
  $('late').hidden = true;
  for (const part of document.querySelectorAll('.skip, .bar, main > [hidden]')) {
    part.hidden = false;
    await drawn();
  }
  readColours();
  document.addEventListener('visibilitychange', seenOrNot);
  look();
}

begin();
