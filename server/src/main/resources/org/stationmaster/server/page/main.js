// The page: asks the machine, follows what happens, and hands it to the picture, the curves and the lists.

import { change, follow, get, onTokenNeeded, Refused, sourcePath } from './api.js';
import { Chart } from './chart.js';
import { $, bytes, clock, count, el, millis, number, say } from './dom.js';
import { paint, SlotMap } from './map.js';
import { LOOKS, Machine, Rate, Series } from './model.js';
import { SourcePanel } from './source.js';

const LOOK_MILLIS = 1_000;
/** What no event tells (a flag, a lost event) is seen then. */
const WHOLE_LOOK_MILLIS = 15_000;
const IDS_SHOWN = 60;
const NEWS_SHOWN = 40;
const TOAST_MILLIS = 6_000;

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
let only = null;
let status = null;
let events = null;
let listsDue = 0;
let wholeLook = Promise.resolve();
let wholeLookAt = 0;
let lookTimer = 0;

const map = new SlotMap(machine, $('cells'), $('slots'), {
  choose: ({ w, s }) => openSlot(w, s),
  point: (place, x, y) => showTip(place, x, y),
  move: ({ w, s }) => say($('said'), told(w, s)),
  cut: (left) => {
    $('map-note').hidden = left === 0;
    say($('map-note'), left === 0 ? '' : count(left) + ' more workers do not fit into the picture; search finds their sources.');
  },
});

// ---- what the machine says

async function look() {
  try {
    const now = await get('/api/v1/machine');
    const first = status === null;
    status = now;
    if (first || failingKnown() !== now.totals.failing || performance.now() - wholeLookAt > WHOLE_LOOK_MILLIS) {
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

function failingKnown() {
  return machine.workers.reduce((sum, worker) => sum + worker.failing.size, 0);
}

/** One at a time; whoever asks meanwhile gets the one that is under way, and a later event asks again. */
function lookAtAll() {
  const before = machine.workers.length + ':' + (machine.workers[0]?.states.length ?? 0);
  wholeLook = wholeLook.then(async () => {
    const changed = machine.load(await get('/api/v1/slots'));
    wholeLookAt = performance.now();
    const after = machine.workers.length + ':' + (machine.workers[0]?.states.length ?? 0);
    if (before !== after) {
      map.reset(colours);
      followHash();
    } else {
      map.changed(changed);
    }
    followChosen();
    listsSoon();
  }).catch(() => { wholeLookAt = 0; });
  return wholeLook;
}

let wholeLookTimer = 0;

function lookAtAllSoon() {
  wholeLookTimer ||= setTimeout(() => { wholeLookTimer = 0; lookAtAll(); }, 150);
}

function listen() {
  events = follow('/api/v1/events', {
    open: () => { link('live', 'live'); lookAtAllSoon(); },
    lost: (rest) => link('lost', 'connection lost, next try in ' + Math.max(1, Math.round(rest / 1000)) + ' s'),
    refused: (error) => { link('lost', error.message); events = null; },
    event: (name, data) => {
      if (name === 'slot') {
        slotHappened(data);
      } else {
        lookAtAllSoon(); // a worker has changed, or events were dropped
      }
    },
  });
}

function slotHappened(event) {
  const place = machine.happened(event);
  if (place) {
    map.flash(place, event.to === 'RUNNING' ? 'wake' : event.from === 'RUNNING' && event.to === 'BACKOFF' ? 'end' : 'other');
  }
  if (panel?.id === event.source) {
    panel.happened(event);
    followChosen();
  }
  listsSoon();
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
  say($('machine-size'), count(now.size.workers) + ' workers × ' + count(now.size.slots) + ' slots'
    + (now.headroom === null ? '' : ' · room for ' + count(now.headroom) + ' more at ' + number(now.headroomRate) + ' Hz'));
  if (perSecond !== null) {
    throughput.add(Date.now(), [perSecond]);
  }
  latency.add(Date.now(), [delivery, hasLatency ? now.latencyMillis.p50 : null, hasLatency ? now.latencyMillis.p99 : null]);
  charts.forEach((chart) => chart.draw());
  say($('rate-now'), perSecond === null ? '' : number(perSecond));
  say($('latency-now'), millis(delivery));
  say($('latency-key'), '▬ receipt → sink' + (hasLatency ? '   ▬ station → receipt p50, ┅ p99' : '; these protocols carry no time of the station'));
  document.title = (now.alarms.length > 0 ? '(' + now.alarms.length + ') ' : '') + 'Stationmaster';
  showAlarms(now.alarms);
}

function figure(key, text, kind = '') {
  say(figures[key], text);
  figures[key].parentElement.dataset.kind = kind;
}

// ---- lists

function listsSoon() {
  listsDue ||= setTimeout(() => { listsDue = 0; showLists(); }, 400);
}

function showLists() {
  showLegend();
  showIds('waiting', machine.waiting, 'nobody');
  showIds('failing', machine.idsOf('F'), 'nobody');
  $('news').replaceChildren(...machine.events.slice(0, NEWS_SHOWN).map(news));
  showFound();
}

function showIds(list, ids, none) {
  say($(list + '-count'), ids.length === 0 ? none : count(ids.length));
  $(list).replaceChildren(...ids.slice(0, IDS_SHOWN).map(idButton), ...more(ids.length - IDS_SHOWN));
}

function idButton(id) {
  return el('li', {}, el('button', { type: 'button', class: 'id', onclick: () => openSource(id) }, id));
}

function more(left) {
  return left > 0 ? [el('li', { class: 'quiet' }, 'and ' + count(left) + ' more')] : [];
}

function showAlarms(alarms) {
  say($('alarms-count'), alarms.length === 0 ? 'all is well' : count(alarms.length));
  const shown = alarms.slice(0, IDS_SHOWN).map((alarm) => {
    const isSource = machine.where.has(alarm.subject);
    return el('li', {},
      el('b', {}, alarm.kind.toLowerCase().replace('_', ' ')), ' ',
      isSource ? el('button', { type: 'button', class: 'id', onclick: () => openSource(alarm.subject) }, alarm.subject) : alarm.subject,
      el('span', { class: 'quiet' }, ' since ' + clock(alarm.since) + ' UTC'),
      el('p', {}, alarm.message));
  });
  $('alarms').replaceChildren(...shown, ...more(alarms.length - IDS_SHOWN));
}

function news(event) {
  const kind = event.to === 'RUNNING' ? 'running' : event.to === 'BACKOFF' ? 'failing' : event.to.toLowerCase();
  const why = event.reason === 'NONE' || event.to === 'RUNNING' || event.to === 'STARTING' ? '' : ' ' + event.reason.toLowerCase().replace('_', ' ');
  return el('li', { 'data-state': kind },
    el('span', { class: 'at' }, clock(event.at)),
    el('button', { type: 'button', class: 'id', onclick: () => openSource(event.source) }, event.source),
    el('span', { title: event.detail ?? '' }, event.to.toLowerCase() + why),
    el('span', { class: 'quiet' }, event.worker + '/' + event.slot));
}

const legend = Object.fromEntries(Object.entries(LOOKS).map(([letter, { name, tells }]) => {
  const swatch = el('canvas', { width: 28, height: 28, class: 'swatch', 'aria-hidden': 'true' });
  const value = el('b');
  const button = el('button', {
    type: 'button', title: tells, 'aria-pressed': 'false', 'data-look': letter, onclick: () => showOnly(only === letter ? null : letter),
  }, swatch, name, ' ', value);
  $('legend').append(button);
  return [letter, { button, swatch, value }];
}));

function showLegend() {
  const counts = machine.counts();
  Object.entries(legend).forEach(([letter, { value }]) => say(value, count(counts[letter])));
}

function showOnly(letter) {
  only = letter;
  if (letter !== null) {
    $('query').value = '';
  }
  Object.entries(legend).forEach(([other, { button }]) => button.setAttribute('aria-pressed', String(other === letter)));
  dim();
  showFound();
}

// ---- search

function dim() {
  const query = $('query').value.trim().toLowerCase();
  if (only !== null) {
    map.only((w, s) => machine.look(w, s) === only);
  } else if (query !== '') {
    map.only((w, s) => (machine.workers[w].sources[s] ?? '').toLowerCase().includes(query));
  } else {
    map.only(null);
  }
}

function showFound() {
  const query = $('query').value.trim();
  const isAsked = query !== '' || (only !== null && only !== 'I');
  $('found').hidden = !isAsked;
  if (!isAsked) {
    return;
  }
  const ids = query !== '' ? machine.search(query) : machine.idsOf(only);
  say($('found-title'), query !== '' ? 'Found' : LOOKS[only].name);
  say($('found-count'), ids.length === 0 ? 'nothing' : count(ids.length));
  $('found-list').replaceChildren(...ids.slice(0, IDS_SHOWN).map(idButton), ...more(ids.length - IDS_SHOWN));
}

$('query').addEventListener('input', () => {
  if ($('query').value.trim() !== '' && only !== null) {
    showOnly(null);
  }
  dim();
  showFound();
});

$('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const ids = machine.search($('query').value.trim());
  if (ids.length > 0 && $('query').value.trim() !== '') {
    openSource(ids[0]);
  }
});

// ---- one source

function openSlot(w, s) {
  const id = machine.workers[w].sources[s];
  if (id !== null) {
    openSource(id);
  } else {
    closeSource();
    say($('said'), told(w, s));
    toast('Slot ' + s + ' of ' + machine.workers[w].id + ' is idle: it waits, warm, for a source.');
  }
}

function openSource(id) {
  if (panel?.id !== id) {
    panel?.close();
    panel = new SourcePanel($('source'), id, colours, { close: () => closeSource(true), sure, told: toast });
    history.replaceState(null, '', '#' + encodeURIComponent(id));
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
    history.replaceState(null, '', location.pathname);
    followChosen();
    if (back) {
      $('slots').focus({ preventScroll: true });
    }
  }
}

function followChosen() {
  map.choose(panel ? machine.where.get(panel.id) ?? null : null);
}

function followHash() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id !== '' && panel === null) {
    openSource(id);
  }
}

addEventListener('hashchange', followHash);

function told(w, s) {
  const worker = machine.workers[w];
  const id = worker.sources[s];
  return worker.id + ' slot ' + s + ': ' + (id === null ? '' : id + ', ') + LOOKS[machine.look(w, s)].name.toLowerCase();
}

function showTip(place, x, y) {
  const tip = $('tip');
  tip.hidden = place === null;
  if (place) {
    say(tip, told(place.w, place.s));
    const room = $('map').clientWidth;
    tip.style.left = Math.max(0, Math.min(room - tip.offsetWidth, x + 14)) + 'px';
    tip.style.top = y + 18 + 'px';
  }
}

// ---- dialogs

function toast(text) {
  const node = $('toast');
  node.hidden = false;
  say(node, text);
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { node.hidden = true; }, TOAST_MILLIS);
}

function sure({ title, text, yes }) {
  const dialog = $('sure-dialog');
  say($('sure-title'), title);
  say($('sure-text'), text);
  say($('sure-yes'), yes);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener('close', () => answer(dialog.returnValue === 'yes'), { once: true }));
}

onTokenNeeded((again) => {
  const dialog = $('token-dialog');
  link('wait', 'a token is needed');
  if (again) {
    say($('token-why'), 'That token is not known here. Try another.');
  }
  dialog.showModal();
  return new Promise((given) => {
    $('token-form').addEventListener('submit', () => {
      const token = $('token').value.trim();
      $('token').value = '';
      given(token);
    }, { once: true });
  });
});

$('token-dialog').addEventListener('cancel', (event) => event.preventDefault()); // there is nothing to see without one

$('add').addEventListener('click', () => {
  say($('add-error'), '');
  $('add-dialog').showModal();
});
$('add-cancel').addEventListener('click', () => $('add-dialog').close());
$('add-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  const given = (name) => form.elements[name].value.trim();
  const field = (name) => form.elements[name];
  [...form.querySelectorAll('[aria-invalid]')].forEach((input) => input.removeAttribute('aria-invalid'));
  const missing = ['id', 'protocol', 'host', 'port'].find((name) => given(name) === '');
  if (missing) {
    wrong(field(missing), 'Give the ' + missing + '.');
    return;
  }
  const source = { protocol: given('protocol'), host: given('host'), port: plain(given('port')) };
  if (given('rate') !== '') {
    source.rate = plain(given('rate'));
  }
  if (given('groups') !== '') {
    source.groups = given('groups').split(/[\s,]+/).filter((group) => group !== '');
  }
  if (field('duplex').checked) {
    source.duplex = true;
  }
  try {
    const known = await change('PUT', sourcePath(given('id')), JSON.stringify(source));
    $('add-dialog').close();
    form.reset();
    lookAtAllSoon();
    openSource(known.id);
  } catch (error) {
    wrong(field(error.field ?? ''), error instanceof Refused ? error.message : 'the machine does not answer');
  }
});

/** A number where it is one; else the text, about which the machine says what is wrong. */
function plain(text) {
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function wrong(input, message) {
  say($('add-error'), message);
  input?.setAttribute('aria-invalid', 'true');
  input?.focus();
}

// ---- theme, keys, life

function readColours() {
  const names = [...Object.values(LOOKS).map(({ key }) => key), 'ink', 'quiet', 'paper', 'rule', 'chosen', 'flash'];
  const probe = document.body.appendChild(el('span', { hidden: true }));
  colours = Object.fromEntries(names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color]; // as the theme has it
  }));
  probe.remove();
  Object.entries(legend).forEach(([letter, { swatch }]) => {
    const context = swatch.getContext('2d');
    context.clearRect(0, 0, 28, 28);
    paint(context, letter, 2, 2, 24, colours);
  });
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
    if ($('query').value !== '' || only !== null) {
      $('query').value = '';
      showOnly(null);
      $('query').blur();
    } else {
      closeSource(true);
    }
  }
});

// A page that nobody sees asks for nothing: a browser opens six connections to a host, for all its pages together.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    events?.stop();
    events = null;
    panel?.rest();
    clearTimeout(lookTimer);
    lookTimer = 0;
    link('wait', 'resting');
  } else {
    wholeLookAt = 0;
    panel?.wake();
    look();
  }
});

/** For whoever measures the page. */
globalThis.stationmaster = { frames: map.frames, told: () => machine.told };

readColours();
look();
