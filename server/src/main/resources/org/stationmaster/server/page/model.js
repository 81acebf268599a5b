// What is known of the machine: slots as they were told last, counters as curves. No screen here.

/** How a slot looks, by letter: the letters of /api/v1/slots, and F for one whose source fails again and again. */
export const LOOKS = {
  R: { key: 'running', name: 'Running', tells: 'connected, records come' },
  S: { key: 'starting', name: 'Starting', tells: 'connecting, or waiting for its turn to' },
  B: { key: 'backoff', name: 'Backoff', tells: 'lost, waits before the next attempt' },
  F: { key: 'failing', name: 'Failing', tells: 'three attempts or more brought no record' },
  P: { key: 'paused', name: 'Paused', tells: 'told to rest' },
  T: { key: 'stopping', name: 'Stopping', tells: 'gives its source back' },
  I: { key: 'idle', name: 'Idle', tells: 'warm, holds no source' },
};

const LETTERS = { IDLE: 'I', STARTING: 'S', RUNNING: 'R', BACKOFF: 'B', PAUSED: 'P', STOPPING: 'T' };
const EVENTS_KEPT = 200;
const POINTS_KEPT = 600;

export class Machine {
  workers = [];
  waiting = [];
  filtered = [];
  events = [];
  where = new Map();
  /** How many transitions it was told of. */
  told = 0;

  /** Takes all slots as they are now; gives the places that look different. */
  load(told) {
    const before = this.workers;
    this.workers = told.workers.map((worker) => ({ ...worker, states: [...worker.states], failing: new Set(worker.failing) }));
    this.waiting = told.waiting;
    this.filtered = told.filtered;
    this.where = new Map();
    const changed = [];
    this.workers.forEach((worker, w) => {
      const old = before[w];
      worker.sources.forEach((id, s) => {
        if (id !== null) {
          this.where.set(id, { w, s });
        }
        if (!old || this.look(w, s) !== look(old, s)) {
          changed.push({ w, s });
        }
      });
    });
    return changed;
  }

  /** One transition; gives its place, or null when it is of a slot that is not known. */
  happened(event) {
    this.told++;
    this.events.unshift(event);
    this.events.length = Math.min(this.events.length, EVENTS_KEPT);
    const w = this.workers.findIndex((worker) => worker.id === event.worker);
    const worker = this.workers[w];
    if (!worker || event.slot >= worker.states.length) {
      return null;
    }
    const s = event.slot;
    const held = worker.sources[s];
    worker.states[s] = LETTERS[event.to];
    if (event.to === 'RUNNING' || event.to === 'IDLE') {
      worker.failing.delete(s);
    }
    const holds = event.to === 'IDLE' ? null : event.source;
    if (held !== null && held !== holds && this.isAt(held, w, s)) {
      this.where.delete(held);
    }
    worker.sources[s] = holds;
    if (holds !== null) {
      this.where.set(holds, { w, s });
      this.waiting = without(this.waiting, holds);
      this.filtered = without(this.filtered, holds);
    }
    return { w, s };
  }

  isAt(id, w, s) {
    const place = this.where.get(id);
    return place !== undefined && place.w === w && place.s === s;
  }

  look(w, s) {
    return look(this.workers[w], s);
  }

  /** How many slots have each look. */
  counts() {
    const counts = Object.fromEntries(Object.keys(LOOKS).map((letter) => [letter, 0]));
    this.workers.forEach((worker) => worker.states.forEach((_, s) => counts[look(worker, s)]++));
    return counts;
  }

  /** Ids of sources in slots that look so. */
  idsOf(letter) {
    const ids = [];
    this.workers.forEach((worker) =>
      worker.sources.forEach((id, s) => id !== null && look(worker, s) === letter && ids.push(id)));
    return ids;
  }

  /** Ids that hold the text, those that begin with it first; wherever their source is. */
  search(text) {
    const wanted = text.toLowerCase();
    const found = [...this.where.keys(), ...this.waiting, ...this.filtered]
      .filter((id) => id.toLowerCase().includes(wanted));
    const rank = (id) => (id.toLowerCase().startsWith(wanted) ? 0 : 1);
    return found.sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  }
}

function look(worker, s) {
  const letter = worker.states[s];
  return (letter === 'B' || letter === 'S') && worker.failing.has(s) ? 'F' : letter;
}

function without(ids, id) {
  return ids.includes(id) ? ids.filter((other) => other !== id) : ids;
}

/** A counter that is looked at now and then, and what it grew by per second. */
export class Rate {
  #last = null;

  add(value, nowMillis) {
    const last = this.#last;
    this.#last = { value, nowMillis };
    // a counter that went back belongs to a new life of what it counts
    return last === null || value < last.value || nowMillis <= last.nowMillis
      ? null
      : ((value - last.value) * 1000) / (nowMillis - last.nowMillis);
  }
}

/** Points in time, the last ten minutes of them; a value may be null where nothing is known. */
export class Series {
  points = [];

  add(nowMillis, values) {
    this.points.push({ at: nowMillis, values });
    if (this.points.length > POINTS_KEPT) {
      this.points.shift();
    }
  }
}
