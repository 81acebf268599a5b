// What is known of the machine: slots as they were told last, counters as curves. No screen here.

import { Turn } from './turn.js';

/**
 * How a slot looks, by letter: the letters of /api/v1/slots, F for one whose source fails again and again, and O for one that
 * runs and whose next record is overdue.
 */
export const LOOKS = {
  R: { key: 'running', name: 'Running', tells: 'connected, records come' },
  O: { key: 'overdue', name: 'Overdue', tells: 'connected, and no record for half of what counts as silence' },
  S: { key: 'starting', name: 'Starting', tells: 'connecting, or waiting for its turn to' },
  B: { key: 'backoff', name: 'Backoff', tells: 'lost, waits before the next attempt' },
  F: { key: 'failing', name: 'Failing', tells: 'three attempts or more in a row brought no record, or did not last 30 s' },
  P: { key: 'paused', name: 'Paused', tells: 'told to rest' },
  T: { key: 'stopping', name: 'Stopping', tells: 'gives its source back' },
  I: { key: 'idle', name: 'Idle', tells: 'warm, holds no source' },
};

const LETTERS = { IDLE: 'I', STARTING: 'S', RUNNING: 'R', BACKOFF: 'B', PAUSED: 'P', STOPPING: 'T' };
const EVENTS_KEPT = 40;
const POINTS_KEPT = 600;

/**
 * Workers with their slots, and what is counted of them; all of it is brought up to date where something changed and nowhere else.
 * A slot is {w, s, state, id, lower, failing, look, told}: one object for as long as the machine has its size.
 */
export class Machine {
  workers = [];
  waiting = [];
  filtered = [];
  /** The last transitions, newest first. */
  events = [];
  /** How many transitions it was told of. */
  told = 0;
  /** How many slots are flagged as failing, whatever they do now. */
  failing = 0;
  /** Grows whenever a source came, went or moved. */
  moves = 0;
  #where = new Map();
  #byLook = Object.fromEntries(Object.keys(LOOKS).map((letter) => [letter, new Set()]));
  #overdue = new Set();

  /**
   * Takes all slots as they were told, in short turns; gives those that look different, or null when the machine is another one.
   *
   * @param since how many transitions were known when somebody asked: what has happened meanwhile is newer and stays
   */
  async load(told, since) {
    const isSame = this.workers.length === told.workers.length
      && this.workers.every((worker, w) => worker.id === told.workers[w].id && worker.slots.length === told.workers[w].states.length);
    if (!isSame) {
      this.#build(told.workers);
    }
    this.waiting = told.waiting;
    this.filtered = told.filtered;
    this.moves++;
    const changed = [];
    const turn = new Turn();
    for (const [w, worker] of this.workers.entries()) {
      const from = told.workers[w];
      const failing = new Set(from.failing);
      Object.assign(worker, { kind: from.kind, pid: from.pid, state: from.state });
      for (const slot of worker.slots) {
        const { s } = slot;
        if (slot.told <= since) {
          this.#hold(slot, from.sources[s]);
          if (this.#set(slot, from.states[s], failing.has(s))) {
            changed.push(slot);
          }
        }
        if (s % 250 === 0 && turn.isOver()) {
          await turn.next();
        }
      }
    }
    return isSame ? changed : null;
  }

  #build(workers) {
    this.#where.clear();
    Object.values(this.#byLook).forEach((slots) => slots.clear());
    this.failing = 0;
    this.workers = workers.map(({ id, states }, w) => ({ id, held: 0, slots: Array.from(states, (_, s) => {
      const slot = { w, s, state: 'I', id: null, lower: '', failing: false, look: 'I', told: 0 };
      this.#byLook.I.add(slot);
      return slot;
    }) }));
  }

  /** One transition; gives its slot, or null when that is not known. */
  happened(event) {
    this.told++;
    this.events.unshift(event);
    this.events.length = Math.min(this.events.length, EVENTS_KEPT);
    const slot = this.workers.find((worker) => worker.id === event.worker)?.slots[event.slot];
    if (slot === undefined) {
      return null;
    }
    slot.told = this.told;
    const held = event.to === 'IDLE' ? null : event.source;
    if (held !== null && slot.id !== held) {
      this.waiting = without(this.waiting, held);
      this.filtered = without(this.filtered, held);
    }
    this.#hold(slot, held);
    // Who fails goes on to, until it stands; whether it fails even so (it never stood for long), the next whole look tells.
    this.#set(slot, LETTERS[event.to], slot.failing && held !== null && event.to !== 'RUNNING');
    return slot;
  }

  /** Sources whose next record is overdue, and those that were heard again; gives the slots that look different. */
  overdue({ overdue, heard }) {
    overdue.forEach((id) => this.#overdue.add(id));
    heard.forEach((id) => this.#overdue.delete(id));
    return [...overdue, ...heard].map((id) => this.#where.get(id)).filter((slot) => slot && this.#set(slot, slot.state, slot.failing));
  }

  /** The same where these are all of them. */
  onlyOverdue(ids) {
    const now = new Set(ids);
    return this.overdue({ overdue: ids, heard: [...this.#overdue].filter((id) => !now.has(id)) });
  }

  #hold(slot, id) {
    if (slot.id === id) {
      return;
    }
    if (slot.id !== null && this.#where.get(slot.id) === slot) {
      this.#where.delete(slot.id);
    }
    this.workers[slot.w].held += (id === null ? 0 : 1) - (slot.id === null ? 0 : 1);
    slot.id = id;
    slot.lower = id === null ? '' : id.toLowerCase();
    if (id !== null) {
      this.#where.set(id, slot);
    }
    this.moves++;
  }

  /** Whether it looks different now. */
  #set(slot, state, failing) {
    this.failing += (failing ? 1 : 0) - (slot.failing ? 1 : 0);
    slot.state = state;
    slot.failing = failing;
    const look = 'BSR'.includes(state) && failing ? 'F' : state === 'R' && this.#overdue.has(slot.id) ? 'O' : state;
    if (look === slot.look) {
      return false;
    }
    this.#byLook[slot.look].delete(slot);
    this.#byLook[look].add(slot);
    slot.look = look;
    return true;
  }

  /** The slot that holds a source; undefined: none does. */
  slotOf(id) {
    return this.#where.get(id);
  }

  /** How many slots look so. */
  count(letter) {
    return this.#byLook[letter].size;
  }

  /** Ids of sources in slots that look so, those that do for longest first: at most so many of them. */
  idsOf(letter, most) {
    const ids = [];
    for (const slot of this.#byLook[letter]) {
      if (ids.length === most) {
        break;
      }
      if (slot.id !== null) {
        ids.push(slot.id);
      }
    }
    return ids;
  }

  /** Ids that hold the text, wherever their source is: how many, and the first of them, those that begin with it before others. */
  search(text, most) {
    const wanted = text.toLowerCase();
    const rank = (lower) => (lower.startsWith(wanted) ? '0' : '1') + lower;
    const first = new First(most);
    this.workers.forEach((worker) => worker.slots.forEach((slot) => {
      if (slot.id !== null && slot.lower.includes(wanted)) {
        first.add(slot.id, rank(slot.lower));
      }
    }));
    [this.waiting, this.filtered].forEach((list) => list.forEach((id) => {
      const lower = id.toLowerCase();
      if (lower.includes(wanted)) {
        first.add(id, rank(lower));
      }
    }));
    return { count: first.count, ids: first.ids };
  }
}

/** The first so many of what was added, in the order of their ranks; the others are counted. */
class First {
  count = 0;
  #most;
  #kept = [];

  constructor(most) {
    this.#most = most;
  }

  add(id, rank) {
    this.count++;
    const kept = this.#kept;
    if (kept.length === this.#most && rank >= kept.at(-1).rank) {
      return;
    }
    let at = kept.length;
    while (at > 0 && kept[at - 1].rank > rank) {
      at--;
    }
    kept.splice(at, 0, { id, rank });
    kept.length = Math.min(kept.length, this.#most);
  }

  get ids() {
    return this.#kept.map(({ id }) => id);
  }
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
