// Groups: which of them the machine takes, each with a switch.

import { change, get, Refused } from './api.js';
import { $, count, counted, el, say } from './dom.js';

/** The machine reads every source for it. */
const LOOK_MILLIS = 15_000;

export class Groups {
  #handlers;
  #lookedAt = -Infinity;
  #shown = '';

  /** Handlers: told(text), changed(). */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** Asks which there are; now, or when the last answer is old. */
  async look(now = false) {
    if (!now && performance.now() - this.#lookedAt < LOOK_MILLIS) {
      return;
    }
    this.#lookedAt = performance.now();
    try {
      this.#show((await get('/api/v1/groups')).groups);
    } catch {
      // the next look shows them
    }
  }

  #show(groups) {
    const shown = JSON.stringify(groups);
    if (shown === this.#shown) {
      return;
    }
    this.#shown = shown;
    $('groups-card').hidden = groups.length === 0;
    const off = groups.filter((group) => !group.enabled).length;
    say($('groups-count'), count(groups.length) + (off === 0 ? '' : ', ' + count(off) + ' off'));
    const focused = document.activeElement?.dataset.group;
    $('groups').replaceChildren(...groups.map((group) => this.#row(group)));
    [...$('groups').querySelectorAll('button')].find((button) => button.dataset.group === focused)?.focus();
  }

  #row({ name, enabled, sources }) {
    return el('li', {},
      el('button', {
        type: 'button', role: 'switch', class: 'switch', 'aria-checked': String(enabled), 'data-group': name,
        onclick: (event) => this.#set(event.currentTarget, name, !enabled),
      }, name),
      el('span', { class: 'quiet' }, counted(sources, 'source')));
  }

  async #set(button, name, enabled) {
    button.disabled = true;
    try {
      await change('PUT', '/api/v1/groups/' + encodeURIComponent(name), JSON.stringify({ enabled }));
      this.#handlers.told('Group ' + name + (enabled ? ' is on: its sources are woken.' : ' is off: sources that are in no other group give their slots back.'));
      this.#handlers.changed();
    } catch (error) {
      this.#handlers.told(error instanceof Refused ? error.message : 'the machine does not answer: nothing was done that is known');
    }
    this.#shown = '';
    await this.look(true);
  }
}
