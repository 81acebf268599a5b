// The machine as a picture: workers as rows, slots as cells. Two canvases: cells below, drawn when they change; what moves
// (flashes, the chosen slot, the pointer) above, drawn while it does.

import { LOOKS } from './model.js';

const LETTERS = Object.keys(LOOKS);
const LARGEST_PITCH = 30;
const SMALLEST_PITCH = 8;
const GROUP = 10;
const LABEL_WIDTH = 96;
const LABEL_HEIGHT = 20;
const NARROW = 560;
const WORKER_GAP = 10;
/** Room for the frame of a cell at the edge. */
const MARGIN = 10;
const TALLEST = 15_000;
/** Below this a shape is no longer seen: the colour alone is left, and the cell is filled whole. */
const SHAPES_FROM = 6;
const FLASH_MILLIS = { wake: 1_100, end: 1_800, other: 600 };
const MOST_FLASHES = 300;
/** Of one frame, for cells: what is left is drawn in the next. */
const FRAME_MILLIS = 10;

/** Draws one look into a square; colour and shape both tell it apart. */
export function paint(context, letter, x, y, size, colours) {
  const colour = colours[LOOKS[letter].key];
  const middle = size / 2;
  context.fillStyle = colour;
  context.strokeStyle = colour;
  if (size < SHAPES_FROM) {
    context.fillRect(x, y, size, size);
    return;
  }
  const line = Math.max(1, size / 7);
  context.lineWidth = line;
  context.beginPath();
  switch (letter) {
    case 'R': // a full square
      context.roundRect(x, y, size, size, size / 6);
      context.fill();
      break;
    case 'S': // a ring
      context.arc(x + middle, y + middle, middle - line, 0, 2 * Math.PI);
      context.lineWidth = line * 1.6;
      context.stroke();
      break;
    case 'B': // a triangle
      context.moveTo(x + middle, y);
      context.lineTo(x + size, y + size);
      context.lineTo(x, y + size);
      context.closePath();
      context.fill();
      break;
    case 'F': // a full square with a cross cut out
      context.roundRect(x, y, size, size, size / 6);
      context.fill();
      context.strokeStyle = colours.paper;
      context.lineWidth = line * 1.3;
      context.beginPath();
      context.moveTo(x + size * 0.25, y + size * 0.25);
      context.lineTo(x + size * 0.75, y + size * 0.75);
      context.moveTo(x + size * 0.75, y + size * 0.25);
      context.lineTo(x + size * 0.25, y + size * 0.75);
      context.stroke();
      break;
    case 'P': // two bars
      context.rect(x + size * 0.1, y, size * 0.3, size);
      context.rect(x + size * 0.6, y, size * 0.3, size);
      context.fill();
      break;
    case 'T': // a bar below
      context.rect(x, y + size * 0.6, size, size * 0.4);
      context.fill();
      break;
    default: // idle: an empty square
      context.lineWidth = Math.max(1, line / 2);
      context.roundRect(x + line / 2, y + line / 2, size - line, size - line, size / 6);
      context.stroke();
  }
}

export class SlotMap {
  #machine;
  #cells;
  #over;
  #box;
  #handlers;
  #colours = {};
  #sprites = null;
  #grid = null;
  #dirty = new Set();
  #all = true;
  #flashes = [];
  #frame = 0;
  #cursor = null;
  #hover = null;
  #chosen = null;
  #only = null;
  #still = matchMedia('(prefers-reduced-motion: reduce)');
  /** How long the frames took that were drawn last, for whoever measures. */
  frames = [];

  /** Handlers: choose(place), point(place or null, x, y), move(place). */
  constructor(machine, cells, over, handlers) {
    this.#machine = machine;
    this.#cells = cells;
    this.#over = over;
    this.#box = over.parentElement;
    this.#handlers = handlers;
    new ResizeObserver(() => {
      if (this.#grid?.width !== this.#box.clientWidth) {
        this.resize();
      }
    }).observe(this.#box);
    over.addEventListener('pointermove', (event) => this.#point(event));
    over.addEventListener('pointerleave', () => this.#leave());
    over.addEventListener('click', (event) => this.#click(event));
    over.addEventListener('keydown', (event) => this.#key(event));
    over.addEventListener('focus', () => this.#focus());
    over.addEventListener('blur', () => this.#draw());
  }

  // ---- what is told

  /** Everything may have changed: the size of the machine, the theme. */
  reset(colours) {
    this.#colours = colours;
    this.#sprites = null;
    this.resize();
  }

  changed(places) {
    places.forEach(({ w, s }) => this.#dirty.add(this.#number(w, s)));
    this.#draw();
  }

  /** Something has just happened there; kind: wake, end or other. */
  flash(place, kind) {
    this.changed([place]);
    if (this.#flashes.length < MOST_FLASHES) { // more cannot be told apart
      this.#flashes.push({ ...place, kind, since: performance.now() });
    }
  }

  choose(place) {
    this.#chosen = place;
    if (place) {
      this.#cursor = place;
    }
    this.#draw();
  }

  /** Shows only slots for which this holds; null: all. */
  only(accepts) {
    this.#only = accepts;
    this.#all = true;
    this.#draw();
  }

  // ---- where things are

  resize() {
    const workers = this.#machine.workers;
    const width = this.#box.clientWidth;
    if (workers.length === 0 || width === 0) {
      return;
    }
    this.#grid = layout(workers.map((worker) => worker.states.length), width, Math.min(680, Math.max(280, innerHeight * 0.55)));
    this.#handlers.cut(workers.length - this.#grid.rows.length);
    const scale = this.#grid.height * devicePixelRatio > TALLEST ? 1 : Math.min(2, devicePixelRatio);
    this.#grid.scale = scale;
    this.#grid.width = width;
    for (const canvas of [this.#cells, this.#over]) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(this.#grid.height * scale);
      canvas.style.height = this.#grid.height + 'px';
    }
    this.#sprites = null;
    this.#all = true;
    this.#draw();
  }

  #number(w, s) {
    return w * 1e6 + s;
  }

  #at(w, s) {
    const { pitch, columns, gap, origin, rows } = this.#grid;
    const column = s % columns;
    return {
      x: Math.round(origin + column * pitch + Math.floor(column / GROUP) * gap),
      y: Math.round(rows[w].top + Math.floor(s / columns) * pitch),
    };
  }

  #placeAt(x, y) {
    const grid = this.#grid;
    if (!grid || x < grid.origin - grid.pitch / 2) {
      return null;
    }
    const w = grid.rows.findIndex((row) => y >= row.top - WORKER_GAP / 2 && y < row.top + row.height + WORKER_GAP / 2);
    if (w < 0) {
      return null;
    }
    const perGroup = GROUP * grid.pitch + grid.gap;
    const group = Math.max(0, Math.floor((x - grid.origin) / perGroup));
    const inGroup = Math.min(GROUP - 1, Math.max(0, Math.floor((x - grid.origin - group * perGroup) / grid.pitch)));
    const column = Math.min(grid.columns - 1, group * GROUP + inGroup);
    const line = Math.max(0, Math.min(grid.rows[w].lines - 1, Math.floor((y - grid.rows[w].top) / grid.pitch)));
    const s = line * grid.columns + column;
    return s < grid.rows[w].slots ? { w, s } : null;
  }

  // ---- drawing

  #draw() {
    if (this.#frame === 0 && this.#grid) {
      this.#frame = requestAnimationFrame((now) => {
        this.#frame = 0;
        const started = performance.now();
        this.#drawCells();
        const moves = this.#drawOver(now);
        this.frames.push(performance.now() - started);
        if (this.frames.length > 600) {
          this.frames.shift();
        }
        if (moves || this.#dirty.size > 0) {
          this.#draw();
        }
      });
    }
  }

  #drawCells() {
    const context = this.#cells.getContext('2d');
    const { scale, rows } = this.#grid;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#sprites ??= this.#cut();
    if (this.#all) {
      this.#all = false;
      context.clearRect(0, 0, this.#cells.width, this.#cells.height);
      this.#dirty.clear();
      rows.forEach((row, w) => {
        for (let s = 0; s < row.slots; s++) {
          this.#dirty.add(this.#number(w, s));
        }
      });
    }
    if (this.#dirty.size === 0) {
      return;
    }
    this.#drawLabels(context);
    const end = performance.now() + FRAME_MILLIS;
    let drawn = 0;
    for (const number of this.#dirty) {
      const w = Math.floor(number / 1e6);
      const s = number % 1e6;
      this.#dirty.delete(number);
      if (w < rows.length && s < rows[w].slots) {
        this.#drawCell(context, w, s);
      }
      if (++drawn % 100 === 0 && performance.now() > end) {
        break;
      }
    }
  }

  #drawCell(context, w, s) {
    const { x, y } = this.#at(w, s);
    const { scale, cell, pitch } = this.#grid;
    context.clearRect(x, y, Math.floor(pitch), Math.floor(pitch));
    const index = LETTERS.indexOf(this.#machine.look(w, s));
    const size = Math.ceil(cell * scale);
    context.globalAlpha = this.#only === null || this.#only(w, s) ? 1 : 0.13;
    context.drawImage(this.#sprites, index * (size + 2), 0, size, size, x, y, size / scale, size / scale);
    context.globalAlpha = 1;
  }

  /** Each look once, to be copied. */
  #cut() {
    const { scale, cell } = this.#grid;
    const size = Math.ceil(cell * scale);
    const sheet = document.createElement('canvas');
    sheet.width = (size + 2) * LETTERS.length;
    sheet.height = size;
    const context = sheet.getContext('2d');
    LETTERS.forEach((letter, i) => paint(context, letter, i * (size + 2), 0, size, this.#colours));
    return sheet;
  }

  #drawLabels(context) {
    const { rows, left } = this.#grid;
    context.textBaseline = 'top';
    this.#machine.workers.slice(0, rows.length).forEach((worker, w) => {
      const held = worker.sources.reduce((sum, id) => sum + (id === null ? 0 : 1), 0);
      const isReady = worker.state === 'READY';
      const state = isReady ? held + ' / ' + worker.states.length : worker.state.toLowerCase();
      const top = rows[w].top - (left === 0 ? LABEL_HEIGHT : 0);
      context.clearRect(0, top, left === 0 ? this.#box.clientWidth : left, left === 0 ? LABEL_HEIGHT - 2 : rows[w].height);
      context.fillStyle = this.#colours.ink;
      context.font = '600 13px system-ui, sans-serif';
      context.fillText(worker.id, 0, top);
      context.fillStyle = isReady ? this.#colours.quiet : this.#colours.failing;
      context.font = (isReady ? '' : '600 ') + '12px system-ui, sans-serif';
      const beside = left === 0 || rows[w].height < 30;
      context.fillText(state, beside ? 34 : 0, beside ? top + 1 : top + 16);
      if (worker.kind === 'process' && (left === 0 || rows[w].height >= 46)) {
        context.fillStyle = this.#colours.quiet;
        context.font = '12px system-ui, sans-serif';
        context.fillText('pid ' + worker.pid, left === 0 ? 124 : 0, left === 0 ? top + 1 : top + 31);
      }
    });
  }

  #drawOver(now) {
    const context = this.#over.getContext('2d');
    const { scale } = this.#grid;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.#over.width, this.#over.height);
    this.#flashes = this.#flashes.filter((flash) => now - flash.since < FLASH_MILLIS[flash.kind] && flash.w < this.#grid.rows.length);
    this.#flashes.forEach((flash) => this.#drawFlash(context, flash, Math.max(0, (now - flash.since) / FLASH_MILLIS[flash.kind])));
    if (this.#hover) {
      this.#frameCell(context, this.#hover, this.#colours.ink, 1.5, 1.5);
    }
    if (this.#chosen) {
      this.#frameCell(context, this.#chosen, this.#colours.chosen, 3, 3);
    }
    if (this.#cursor && document.activeElement === this.#over) {
      this.#frameCell(context, this.#cursor, this.#colours.ink, 2, 5);
    }
    return this.#flashes.length > 0;
  }

  #drawFlash(context, { w, s, kind }, share) {
    const { x, y } = this.#at(w, s);
    const { cell, pitch } = this.#grid;
    const colour = { wake: this.#colours.running, end: this.#colours.failing, other: this.#colours.starting }[kind];
    const grows = this.#still.matches ? 0.3 : share;
    const reach = (kind === 'other' ? 0.15 : 0.3 + 0.5 * grows) * Math.max(pitch, 12);
    context.globalAlpha = this.#still.matches ? 1 : 1 - share;
    context.strokeStyle = colour;
    context.lineWidth = kind === 'other' ? 1 : 2;
    context.beginPath();
    context.roundRect(x - reach, y - reach, cell + 2 * reach, cell + 2 * reach, cell / 4 + reach / 2);
    context.stroke();
    if (kind === 'wake' && !this.#still.matches) {
      context.globalAlpha = 0.8 * (1 - share) ** 2;
      context.fillStyle = this.#colours.flash;
      context.fillRect(x, y, cell, cell);
    }
    context.globalAlpha = 1;
  }

  #frameCell(context, { w, s }, colour, width, reach) {
    if (w >= this.#grid.rows.length || s >= this.#grid.rows[w].slots) {
      return;
    }
    const { x, y } = this.#at(w, s);
    const { cell } = this.#grid;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.roundRect(x - reach, y - reach, cell + 2 * reach, cell + 2 * reach, 4);
    context.stroke();
  }

  // ---- pointer and keys

  #point(event) {
    const place = this.#placeAt(event.offsetX, event.offsetY);
    this.#hover = place;
    this.#over.style.cursor = place ? 'pointer' : 'default';
    this.#handlers.point(place, event.offsetX, event.offsetY);
    this.#draw();
  }

  #leave() {
    this.#hover = null;
    this.#handlers.point(null, 0, 0);
    this.#draw();
  }

  #click(event) {
    const place = this.#placeAt(event.offsetX, event.offsetY);
    if (place) {
      this.#cursor = place;
      this.#handlers.choose(place);
    }
  }

  #focus() {
    this.#cursor ??= { w: 0, s: 0 };
    this.#handlers.move(this.#cursor);
    this.#draw();
  }

  #key(event) {
    if (!this.#grid || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const { columns, rows } = this.#grid;
    const from = this.#cursor ?? { w: 0, s: 0 };
    const to = step(event.key, from, columns, rows);
    if (to) {
      event.preventDefault();
      this.#cursor = to;
      this.#handlers.move(to);
      this.#draw();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#handlers.choose(from);
    }
  }
}

/** The largest cells with which all workers fit into the height; smaller than the smallest never, then the page scrolls. */
function layout(sizes, width, height) {
  const left = width < NARROW ? 0 : LABEL_WIDTH;
  let grid;
  for (let pitch = LARGEST_PITCH; pitch >= SMALLEST_PITCH; pitch--) {
    grid = laidOut(sizes, width, left, pitch);
    if (grid.height <= height) {
      break;
    }
  }
  return grid;
}

function laidOut(sizes, width, left, leastPitch) {
  const gap = Math.max(2, Math.round(leastPitch / 5));
  const room = width - left - 2 * MARGIN;
  const groups = Math.floor((room + gap) / (GROUP * leastPitch + gap));
  const columns = groups > 0 ? groups * GROUP : Math.max(1, Math.floor(room / leastPitch));
  // what is left of the width is shared out
  const pitch = Math.min(LARGEST_PITCH, leastPitch * 1.25, (room - Math.max(0, groups - 1) * gap) / columns);
  const label = left === 0 ? LABEL_HEIGHT : 0;
  const rows = [];
  let top = MARGIN;
  for (const slots of sizes) {
    const lines = Math.max(1, Math.ceil(slots / columns));
    const tall = Math.max(lines * pitch, left === 0 ? 0 : 18);
    if (top + label + tall > TALLEST) {
      break;
    }
    rows.push({ top: top + label, lines, height: tall, slots });
    top += label + tall + WORKER_GAP;
  }
  return { pitch, cell: Math.floor(pitch - Math.max(1.5, pitch / 7)), gap, columns, left, origin: left + MARGIN, rows, height: top };
}

/** Where a key leads; null: nowhere. */
function step(key, { w, s }, columns, rows) {
  const slots = (worker) => rows[worker].slots;
  const near = (worker, slot) => ({ w: worker, s: Math.max(0, Math.min(slots(worker) - 1, slot)) });
  switch (key) {
    case 'ArrowRight':
      return s + 1 < slots(w) ? { w, s: s + 1 } : w + 1 < rows.length ? { w: w + 1, s: 0 } : { w, s };
    case 'ArrowLeft':
      return s > 0 ? { w, s: s - 1 } : w > 0 ? { w: w - 1, s: slots(w - 1) - 1 } : { w, s };
    case 'ArrowDown':
      return s + columns < slots(w) ? { w, s: s + columns } : w + 1 < rows.length ? near(w + 1, s % columns) : { w, s };
    case 'ArrowUp':
      if (s >= columns) {
        return { w, s: s - columns };
      }
      return w > 0 ? near(w - 1, (rows[w - 1].lines - 1) * columns + s) : { w, s };
    case 'PageDown':
      return near(Math.min(rows.length - 1, w + 1), s);
    case 'PageUp':
      return near(Math.max(0, w - 1), s);
    case 'Home':
      return { w, s: 0 };
    case 'End':
      return near(w, Infinity);
    default:
      return null;
  }
}
