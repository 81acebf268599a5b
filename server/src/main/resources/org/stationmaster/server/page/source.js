// One source: what it does, its last records, what can be done with it.

import { change, get, Refused, sourcePath } from './api.js';
import { ago, bytes, clock, count, duration, el, millis, number, say } from './dom.js';
import { Chart } from './chart.js';
import { Rate, Series } from './model.js';

const LOOK_MILLIS = 1_000;
const RECORDS_KEPT = 60;
const GAPS_KEPT = 20;
const BYTES_SHOWN = 96;
/** A pause in the records that is longer than so many of their periods is a gap. */
const GAP_PERIODS = 3;
const LEAST_GAP_SECONDS = 2;

/**
 * The panel of one source, alive until it is closed; what streams is given to it. Handlers: close(), sure(question), told(text).
 */
export class SourcePanel {
  #id;
  #node;
  #handlers;
  #colours;
  #rate = new Rate();
  #series = new Series();
  #chart;
  #timer = 0;
  #rests = true;
  #over = false;
  #records = [];
  #gaps = [];
  #lastRecordMillis = null;
  #held = false;
  #asHex = false;
  #source = null;
  #parts = {};
  #redraw = 0;

  constructor(node, id, colours, handlers) {
    this.#node = node;
    this.#id = id;
    this.#handlers = handlers;
    this.#colours = colours;
    this.#build();
    this.wake();
  }

  get id() {
    return this.#id;
  }

  colours(colours) {
    this.#colours = colours;
    this.#chart.colours(colours);
  }

  close() {
    this.#over = true;
    this.rest();
    this.#node.replaceChildren();
    this.#node.hidden = true;
  }

  /** Nobody looks: asks for nothing. */
  rest() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#rests = true;
  }

  wake() {
    if (!this.#over && this.#rests) {
      this.#rests = false;
      this.#lastRecordMillis = null;
      this.#look();
    }
  }

  /** A transition of its slot. */
  happened(event) {
    if (event.from === 'RUNNING' && event.reason !== 'TOLD') {
      this.#gap(event.at, event.reason.toLowerCase() + (event.detail ? ': ' + event.detail : ''));
    }
    if (this.#rests && event.to === 'STARTING') {
      this.wake(); // it was released, and is there again
    } else if (this.#timer !== 0) {
      clearTimeout(this.#timer);
      this.#look();
    }
  }

  // ---- the screen

  #build() {
    const parts = this.#parts;
    parts.state = el('span', { class: 'state' });
    parts.detail = el('p', { class: 'detail' });
    parts.facts = el('dl', { class: 'facts' });
    parts.curve = el('canvas', { class: 'curve small', role: 'img', 'aria-label': 'Records per second of this source' });
    parts.rateNow = el('b');
    parts.pause = el('button', { type: 'button', onclick: () => this.#pause() }, 'Pause');
    parts.release = el('button', { type: 'button', class: 'danger', onclick: () => this.#release() }, 'Release');
    parts.records = el('ol', { class: 'records', tabindex: '0', 'aria-label': 'Last records, newest first' });
    parts.recordsNote = el('p', { class: 'quiet' }, 'waiting for a record');
    parts.gaps = el('ul', { class: 'gaps' });
    parts.gapsNote = el('p', { class: 'quiet' }, 'none while this page looked');
    const hex = el('button', { type: 'button', 'aria-pressed': 'false', onclick: () => this.#flip(hex) }, 'Hex');
    const hold = el('button', { type: 'button', 'aria-pressed': 'false', onclick: () => this.#hold(hold) }, 'Hold');
    this.#node.replaceChildren(
      el('div', { class: 'card-head' },
        el('h2', { id: 'source-title', tabindex: '-1' }, this.#id),
        parts.state,
        el('button', { type: 'button', class: 'icon', 'aria-label': 'Close ' + this.#id, onclick: this.#handlers.close }, '✕')),
      parts.detail,
      el('div', { class: 'actions' }, parts.pause, parts.release),
      el('figure', {}, el('figcaption', {}, el('span', {}, 'Records per second'), parts.rateNow), parts.curve),
      parts.facts,
      el('div', { class: 'sub-head' }, el('h3', {}, 'Records'), hold, hex),
      parts.recordsNote,
      parts.records,
      this.#commandForm(),
      el('div', { class: 'sub-head' }, el('h3', {}, 'Gaps')),
      parts.gapsNote,
      parts.gaps);
    this.#node.hidden = false;
    this.#chart = new Chart(parts.curve, this.#series, [{ value: 0, colour: 'running', fill: true }], number);
    this.#chart.colours(this.#colours);
  }

  #commandForm() {
    const parts = this.#parts;
    parts.command = el('input', { id: 'command', autocomplete: 'off', spellcheck: 'false', placeholder: 'what the station gets' });
    parts.commandHex = el('input', { type: 'checkbox', id: 'command-hex' });
    parts.outcome = el('p', { class: 'outcome', role: 'status' });
    parts.send = el('button', { class: 'main' }, 'Send');
    parts.form = el('form', { class: 'command', onsubmit: (event) => { event.preventDefault(); this.#send(); } },
      el('div', { class: 'sub-head' }, el('h3', {}, el('label', { for: 'command' }, 'Command')),
        el('label', { class: 'check', for: 'command-hex' }, parts.commandHex, ' hex bytes')),
      el('div', { class: 'row' }, parts.command, parts.send),
      parts.outcome);
    return parts.form;
  }

  async #look() {
    try {
      this.#show(await get(sourcePath(this.#id)));
    } catch (error) {
      if (error instanceof Refused && error.status === 404) {
        this.#gone();
        return;
      }
      say(this.#parts.detail, error instanceof Refused ? error.message : 'the machine does not answer');
    }
    clearTimeout(this.#timer); // of a look that overtook this one
    if (!this.#over && !this.#rests) {
      this.#timer = setTimeout(() => this.#look(), LOOK_MILLIS);
    }
  }

  #gone() {
    this.rest();
    this.#state('idle', 'not known');
    say(this.#parts.detail, 'The machine does not know this source. It was released, or never added.');
    this.#parts.pause.disabled = true;
    this.#parts.release.disabled = true;
    this.#parts.send.disabled = true;
  }

  #state(key, text) {
    this.#parts.state.dataset.state = key;
    say(this.#parts.state, text);
  }

  #show(source) {
    const now = performance.now();
    if (this.#source?.epoch !== source.epoch) {
      this.#rate = new Rate(); // its counters begin anew
    }
    this.#source = source;
    const perSecond = this.#rate.add(source.records, now);
    if (perSecond !== null) {
      this.#series.add(Date.now(), [perSecond]);
      this.#chart.draw();
    }
    const failing = source.failing && source.state !== 'PAUSED' && source.state !== 'STOPPING';
    this.#state(failing ? 'failing' : source.state.toLowerCase(), failing ? 'failing' : source.state.toLowerCase());
    const ended = source.reason === 'NONE' ? '' : 'last end: ' + source.reason + (source.detail ? ', ' + source.detail : '');
    say(this.#parts.detail, source.slot === null ? source.detail : ended);
    say(this.#parts.rateNow, number(recent(this.#series)) + (source.rate ? ' of ' + number(source.rate) : ''));
    this.#facts(source);
    this.#parts.pause.disabled = false;
    this.#parts.release.disabled = false;
    this.#parts.release.hidden = source.origin === 'file'; // whoever edits the file releases it
    const rests = source.state === 'PAUSED';
    say(this.#parts.pause, rests ? 'Resume' : 'Pause');
    this.#parts.pause.classList.toggle('main', rests);
    const deaf = source.duplex === false || source.duplex === undefined;
    this.#parts.send.disabled = deaf;
    this.#parts.command.disabled = deaf;
    if (deaf) {
      say(this.#parts.outcome, 'It takes no commands: its metadata does not say duplex: true.');
    }
  }

  #facts(source) {
    const facts = [
      ['Last record', ago(source.lastRecordAt)],
      ['Latency', source.latencyMillis === null ? 'not told' : millis(source.latencyMillis)],
      ['Records', count(source.records) + ' · ' + bytes(source.bytes), 'wide'],
      ['Reconnects', count(source.reconnects)],
      ['Silences', count(source.silences)],
      ['Corrupt', count(source.corrupt) + (source.corruptBytes ? ' · ' + bytes(source.corruptBytes) : '')],
      ['Late', count(source.late)],
      ['Gaps', count(source.gaps)],
      ['Overlaps', count(source.overlaps)],
      ['Clock off', count(source.clockOff)],
      ['Slot', source.slot === null ? 'none' : source.worker + ' / ' + source.slot],
      ['Added by', source.origin === 'file' ? 'station file' : 'request'],
      ['Peer', source.protocol + ' ' + (source.dialIn ? 'calls in' : source.host + ':' + source.port), 'wide'],
      ['Groups', source.groups?.length ? source.groups.join(', ') : 'none', 'wide'],
      ['Epoch', String(source.epoch), 'wide'],
    ];
    const list = this.#parts.facts;
    if (list.children.length === 0) {
      facts.forEach(([name, , kind]) => list.append(el('div', { class: kind }, el('dt', {}, name), el('dd'))));
    }
    facts.forEach(([, value], i) => say(list.children[i].lastChild, value));
  }

  // ---- records and gaps

  record(record) {
    const at = Date.parse(record.receivedAt);
    const limit = Math.max(LEAST_GAP_SECONDS, this.#source?.rate ? GAP_PERIODS / this.#source.rate : LEAST_GAP_SECONDS * 5);
    if (this.#lastRecordMillis !== null && (at - this.#lastRecordMillis) / 1000 > limit) {
      this.#gap(record.receivedAt, 'no record for ' + duration((at - this.#lastRecordMillis) / 1000));
    }
    this.#lastRecordMillis = at;
    this.#records.unshift(record);
    this.#records.length = Math.min(this.#records.length, RECORDS_KEPT);
    this.#drawSoon();
  }

  dropped(lost) {
    this.#records.unshift({ dropped: lost });
    this.#drawSoon();
  }

  #drawSoon() {
    if (!this.#held && this.#redraw === 0) {
      this.#redraw = setTimeout(() => { this.#redraw = 0; this.#drawRecords(); }, 200); // a fast source is not drawn record by record
    }
  }

  #drawRecords() {
    if (this.#over) {
      return;
    }
    say(this.#parts.recordsNote, this.#held ? 'held: what comes now is not shown' : this.#records.length > 0 ? '' : 'waiting for a record');
    this.#parts.records.replaceChildren(...this.#records.map((record) => this.#row(record)));
  }

  #row(record) {
    if (record.dropped) {
      return el('li', { class: 'lost' }, count(record.dropped) + ' more came, faster than this page reads');
    }
    const raw = Uint8Array.from(atob(record.payload), (letter) => letter.charCodeAt(0));
    return el('li', {},
      el('span', { class: 'at' }, clock(record.receivedAt)),
      el('span', { class: 'seq', title: 'seq ' + record.seq + ', ' + raw.length + ' bytes' }, '#' + record.seq),
      el('code', {}, this.#asHex ? hexadecimal(raw) : text(raw)));
  }

  #gap(at, what) {
    this.#gaps.unshift(clock(at) + '  ' + what);
    this.#gaps.length = Math.min(this.#gaps.length, GAPS_KEPT);
    say(this.#parts.gapsNote, '');
    this.#parts.gaps.replaceChildren(...this.#gaps.map((gap) => el('li', {}, gap)));
  }

  #flip(button) {
    this.#asHex = !this.#asHex;
    button.setAttribute('aria-pressed', String(this.#asHex));
    this.#parts.records.classList.toggle('hex', this.#asHex);
    this.#drawRecords();
  }

  #hold(button) {
    this.#held = !this.#held;
    button.setAttribute('aria-pressed', String(this.#held));
    this.#drawRecords();
  }

  // ---- what can be done

  async #do(what) {
    try {
      await what();
    } catch (error) {
      this.#handlers.told(error instanceof Refused ? error.message : 'the machine does not answer: nothing was done that is known');
    }
  }

  #pause() {
    const action = this.#source?.state === 'PAUSED' ? '/resume' : '/pause';
    return this.#do(async () => this.#show(await change('POST', sourcePath(this.#id, action))));
  }

  #release() {
    return this.#do(async () => {
      const isSure = await this.#handlers.sure({
        title: 'Release ' + this.#id + '?',
        text: 'Its connection is closed in order and its slot is free. What it has sent stays in the archive. The machine forgets it until somebody adds it again.',
        yes: 'Release it',
      });
      if (isSure) {
        this.rest(); // nobody asks for what is gone
        try {
          await change('DELETE', sourcePath(this.#id));
        } catch (error) {
          this.wake();
          throw error;
        }
        this.#handlers.told(this.#id + ' is released');
        this.#handlers.close();
      }
    });
  }

  async #send() {
    const parts = this.#parts;
    let body = parts.command.value;
    if (parts.commandHex.checked) {
      const digits = body.replaceAll(/[\s:]/g, '');
      if (!/^([0-9a-fA-F]{2})+$/.test(digits)) {
        this.#outcome('bad', 'Not hex: pairs of digits are needed, such as 4d 0a.');
        return;
      }
      body = Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
    }
    if (body.length === 0) {
      this.#outcome('bad', 'Write the command first.');
      return;
    }
    parts.send.disabled = true;
    this.#outcome('', 'sent, waiting for the task to acknowledge it');
    try {
      const answer = await change('POST', sourcePath(this.#id, '/commands'), body, 'application/octet-stream');
      this.#outcome('good', answer.outcome.toLowerCase() + ' after ' + millis(answer.millis));
      parts.command.select();
    } catch (error) {
      this.#outcome('bad', error instanceof Refused ? error.message : 'the machine does not answer: whether it was sent is not known');
    }
    parts.send.disabled = false;
  }

  #outcome(kind, words) {
    this.#parts.outcome.dataset.kind = kind;
    say(this.#parts.outcome, words);
  }
}

/** Over the last ten looks: a source of 0.1 Hz has none in most. */
function recent(series) {
  const last = series.points.slice(-10);
  return last.length === 0 ? null : last.reduce((sum, point) => sum + point.values[0], 0) / last.length;
}

/** As text: no line end, bad bytes as U+FFFD, control characters shown. */
function text(raw) {
  const decoded = new TextDecoder().decode(raw.subarray(0, BYTES_SHOWN)).replace(/\r?\n$/, '');
  const shown = decoded.replaceAll(/[\u0000-\u001f\u007f]/g, (one) => String.fromCharCode(0x2400 + (one === '\u007f' ? 0x21 : one.charCodeAt(0))));
  return raw.length > BYTES_SHOWN ? shown + ' … ' + raw.length + ' bytes' : shown;
}

function hexadecimal(raw) {
  const pairs = Array.from(raw.subarray(0, BYTES_SHOWN), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return raw.length > BYTES_SHOWN ? pairs + ' … ' + raw.length + ' bytes' : pairs;
}
