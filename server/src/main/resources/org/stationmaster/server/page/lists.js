// The lists beside the picture, the legend above it, and the search: which of the sources are wanted, and what of them is shown.

import { clock, count, $, el, say } from './dom.js';
import { LOOKS } from './model.js';
import { paint } from './paint.js';

const IDS_SHOWN = 60;
const NEWS_SHOWN = 40;
const SOON_MILLIS = 500;
/** After the last key; each search looks at every slot. */
const TYPING_MILLIS = 120;

export class Lists {
  #machine;
  #map;
  #open;
  #legend;
  #only = null;
  #due = 0;
  #typing = 0;
  /** What each list shows, to be left alone when it is the same. */
  #shown = {};
  #newsShown = 0;
  #found = { query: '', moves: -1, result: { count: 0, ids: [] } };

  /** Handlers: open(id). */
  constructor(machine, map, { open }) {
    this.#machine = machine;
    this.#map = map;
    this.#open = open;
    this.#legend = Object.fromEntries(Object.entries(LOOKS).map((look) => this.#legendButton(...look)));
    $('query').addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#search(), TYPING_MILLIS);
    });
    $('search').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#search();
      const query = this.#query();
      const first = query === '' ? undefined : this.#machine.search(query, 1).ids[0];
      if (first !== undefined) {
        this.#open(first);
      }
    });
  }

  /** Something has changed; all that happens within half a second is shown together. */
  soon() {
    this.#due ||= setTimeout(() => { this.#due = 0; this.#show(); }, SOON_MILLIS);
  }

  colours(colours) {
    Object.entries(this.#legend).forEach(([letter, { swatch }]) => {
      const context = swatch.getContext('2d');
      context.clearRect(0, 0, 28, 28);
      paint(context, letter, 2, 2, 24, colours);
    });
  }

  /** Ends a search or a choice. @returns whether there was one */
  showAll() {
    if ($('query').value === '' && this.#only === null) {
      return false;
    }
    clearTimeout(this.#typing);
    $('query').value = '';
    this.#showOnly(null);
    $('query').blur();
    return true;
  }

  showAlarms(alarms) {
    say($('alarms-count'), alarms.length === 0 ? 'all is well' : count(alarms.length));
    this.#fill('alarms', JSON.stringify(alarms), () => [
      ...alarms.slice(0, IDS_SHOWN).map((alarm) => this.#alarm(alarm)), ...more(alarms.length - IDS_SHOWN)]);
  }

  #show() {
    const machine = this.#machine;
    Object.entries(this.#legend).forEach(([letter, { value }]) => say(value, count(machine.count(letter))));
    this.#showIds('waiting', machine.waiting.slice(0, IDS_SHOWN), machine.waiting.length, 'nobody');
    this.#showIds('failing', machine.idsOf('F', IDS_SHOWN), machine.count('F'), 'nobody');
    this.#showNews();
    this.#showFound();
  }

  #fill(list, shown, rows) {
    if (this.#shown[list] !== shown) {
      this.#shown[list] = shown;
      $(list).replaceChildren(...rows());
    }
  }

  #showIds(list, ids, all, none) {
    say($(list + '-count'), all === 0 ? none : count(all));
    this.#fill(list, all + ' ' + ids.join(' '), () => [...ids.map((id) => el('li', {}, this.#idButton(id))), ...more(all - ids.length)]);
  }

  #idButton(id) {
    return el('button', { type: 'button', class: 'id', onclick: () => this.#open(id) }, id);
  }

  #alarm(alarm) {
    return el('li', {},
      el('b', {}, alarm.kind.toLowerCase().replace('_', ' ')), ' ',
      this.#machine.slotOf(alarm.subject) ? this.#idButton(alarm.subject) : alarm.subject,
      el('span', { class: 'quiet' }, ' since ' + clock(alarm.since) + ' UTC'),
      el('p', {}, alarm.message));
  }

  /** Only what is new is made, and the oldest goes. */
  #showNews() {
    const fresh = Math.min(NEWS_SHOWN, this.#machine.told - this.#newsShown);
    this.#newsShown = this.#machine.told;
    $('news').prepend(...this.#machine.events.slice(0, fresh).map((event) => this.#news(event)));
    while ($('news').children.length > NEWS_SHOWN) {
      $('news').lastChild.remove();
    }
  }

  #news(event) {
    const kind = event.to === 'RUNNING' ? 'running' : event.to === 'BACKOFF' ? 'failing' : event.to.toLowerCase();
    const why = event.reason === 'NONE' || event.to === 'RUNNING' || event.to === 'STARTING' ? '' : ' ' + event.reason.toLowerCase().replace('_', ' ');
    return el('li', { 'data-state': kind },
      el('span', { class: 'at' }, clock(event.at)),
      this.#idButton(event.source),
      el('span', { title: event.detail ?? '' }, event.to.toLowerCase() + why),
      el('span', { class: 'quiet' }, event.worker + '/' + event.slot));
  }

  // ---- legend and search

  #legendButton(letter, { name, tells }) {
    const swatch = el('canvas', { width: 28, height: 28, class: 'swatch', 'aria-hidden': 'true' });
    const value = el('b');
    const button = el('button', {
      type: 'button', title: tells, 'aria-pressed': 'false', 'data-look': letter,
      onclick: () => this.#showOnly(this.#only === letter ? null : letter),
    }, swatch, name, ' ', value);
    $('legend').append(button);
    return [letter, { button, swatch, value }];
  }

  #showOnly(letter) {
    this.#only = letter;
    if (letter !== null) {
      $('query').value = '';
    }
    Object.entries(this.#legend).forEach(([other, { button }]) => button.setAttribute('aria-pressed', String(other === letter)));
    this.#dim();
    this.#showFound();
  }

  #query() {
    return $('query').value.trim();
  }

  #search() {
    clearTimeout(this.#typing);
    if (this.#query() !== '' && this.#only !== null) {
      this.#showOnly(null);
    }
    this.#dim();
    this.#showFound();
  }

  #dim() {
    const only = this.#only;
    const query = this.#query().toLowerCase();
    if (only !== null) {
      this.#map.only((slot) => slot.look === only);
    } else if (query !== '') {
      this.#map.only((slot) => slot.lower.includes(query));
    } else {
      this.#map.only(null);
    }
  }

  #showFound() {
    const query = this.#query();
    const only = this.#only;
    const isAsked = query !== '' || (only !== null && only !== 'I');
    $('found').hidden = !isAsked;
    if (isAsked) {
      const { count: all, ids } = query !== '' ? this.#searched(query) : { count: this.#machine.count(only), ids: this.#machine.idsOf(only, IDS_SHOWN) };
      say($('found-title'), query !== '' ? 'Found' : LOOKS[only].name);
      this.#showIds('found-list', ids, all, 'nothing');
    }
  }

  /** The last search again where no source came, went or moved. */
  #searched(query) {
    const found = this.#found;
    if (found.query !== query || found.moves !== this.#machine.moves) {
      this.#found = { query, moves: this.#machine.moves, result: this.#machine.search(query, IDS_SHOWN) };
    }
    return this.#found.result;
  }
}

function more(left) {
  return left > 0 ? [el('li', { class: 'quiet' }, 'and ' + count(left) + ' more')] : [];
}
