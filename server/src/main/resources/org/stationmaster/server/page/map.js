// The machine as a picture: workers as rows, slots as cells. Two canvases: cells below, drawn when they change; what moves
// (flashes, the chosen slot, the pointer) above, drawn while it does. Slots are those of the model.

import { GROUP, LABEL_HEIGHT, layout, step, TALLEST, WORKER_GAP } from './layout.js';
import { LOOKS } from './model.js';
import { cutLooks, cutRings, FLASHES, FLASH_STEPS, LETTERS } from './paint.js';
import { drawn } from './turn.js';

/** More cannot be told apart. */
const MOST_FLASHES = 300;
/** From so many flashes on the picture moves twelve times a second: smoothness is seen in one ring and not in a hundred. */
const MANY_FLASHES = 50;
const MANY_MILLIS = 80;
/** Of one frame, for cells: what is left is drawn in the next. */
const FRAME_MILLIS = 8;

export class SlotMap {
  #machine;
  #cells;
  #over;
  #box;
  #handlers;
  #colours = {};
  #sprites = null;
  #rings = null;
  #grid = null;
  #dirty = new Set();
  #all = true;
  /** By slot: one flashes in one way. */
  #flashes = new Map();
  #labels = [];
  /** What stands on the upper canvas, to be cleared: [x, y, width, height]. */
  #painted = [];
  #frame = 0;
  /** What the next picture waits for; 0: nothing. */
  #rest = 0;
  #drawnAt = 0;
  #cursor = null;
  #hover = null;
  #chosen = null;
  #only = null;
  #still = matchMedia('(prefers-reduced-motion: reduce)');
  /** How long the frames took that were drawn last, for whoever measures. */
  frames = [];

  /** Handlers: choose(slot), point(slot or null, x, y), move(slot), cut(workers that do not fit). */
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

  changed(slots) {
    slots.forEach((slot) => this.#dirty.add(slot));
    this.#draw();
  }

  /** Something has just happened there; kind: one of FLASHES. */
  flash(slot, kind) {
    this.#dirty.add(slot);
    if (this.#flashes.size < MOST_FLASHES || this.#flashes.has(slot)) {
      this.#flashes.set(slot, { kind, since: performance.now() });
    }
    this.#draw();
  }

  choose(slot) {
    this.#chosen = slot;
    if (slot) {
      this.#cursor = slot;
    }
    this.#draw();
  }

  /** Shows only slots for which this holds; null: all. */
  only(accepts) {
    this.#only = accepts;
    this.#all = true;
    this.#draw();
  }

  /** What is seen of a slot, for tests: the colour of its cell by name, and what flashes there. */
  seen(slot) {
    const { scale, cell } = this.#grid;
    const { x, y } = this.#at(slot);
    const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    probe.drawImage(this.#cells, Math.round((x + cell / 2) * scale), Math.round((y + cell * 0.85) * scale), 1, 1, 0, 0, 1, 1);
    const [red, green, blue, alpha] = probe.getImageData(0, 0, 1, 1).data;
    const colour = alpha < 255 ? '' : `rgb(${red}, ${green}, ${blue})`;
    const key = Object.values(LOOKS).map((look) => look.key).find((name) => this.#colours[name] === colour) ?? 'none';
    return { colour: key, flash: this.#flashes.get(slot)?.kind ?? 'none' };
  }

  // ---- where things are

  resize() {
    const workers = this.#machine.workers;
    const width = this.#box.clientWidth;
    if (workers.length === 0 || width === 0) {
      return;
    }
    const isFirst = this.#grid === null;
    this.#grid = layout(workers.map((worker) => worker.slots.length), width, Math.min(680, Math.max(280, innerHeight * 0.55)));
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
    this.#rings = null;
    this.#painted = [];
    this.#all = true;
    if (isFirst) { // in one frame the canvases are made, in the next ones drawn
      this.#rest = drawn().then(() => { this.#rest = 0; this.#draw(); });
    }
    this.#draw();
  }

  /** The slots of another machine were other ones. */
  forget() {
    this.#dirty.clear();
    this.#flashes.clear();
    this.#cursor = null;
    this.#hover = null;
    this.#chosen = null;
  }

  #at({ w, s }) {
    const { pitch, columns, gap, origin, rows } = this.#grid;
    const column = s % columns;
    return {
      x: Math.round(origin + column * pitch + Math.floor(column / GROUP) * gap),
      y: Math.round(rows[w].top + Math.floor(s / columns) * pitch),
    };
  }

  #slotAt(x, y) {
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
    return this.#machine.workers[w]?.slots[s] ?? null;
  }

  // ---- drawing

  #draw() {
    if (this.#frame !== 0 || this.#rest !== 0 || !this.#grid) {
      return;
    }
    const early = this.#flashes.size > MANY_FLASHES ? this.#drawnAt + MANY_MILLIS - performance.now() : 0;
    if (early > 0) {
      this.#rest = setTimeout(() => { this.#rest = 0; this.#drawNext(); }, early);
    } else {
      this.#drawNext();
    }
  }

  #drawNext() {
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      this.#drawnAt = performance.now();
      this.#drawCells();
      this.#drawOver(now);
      this.frames.push(performance.now() - this.#drawnAt);
      if (this.frames.length > 600) {
        this.frames.shift();
      }
      if (this.#flashes.size > 0 || this.#dirty.size > 0) {
        this.#draw();
      }
    });
  }

  #drawCells() {
    const end = performance.now() + FRAME_MILLIS;
    const context = this.#cells.getContext('2d');
    const { scale, rows } = this.#grid;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#sprites ??= cutLooks(this.#grid, this.#colours);
    if (this.#all) {
      this.#all = false;
      context.clearRect(0, 0, this.#cells.width, this.#cells.height);
      this.#labels = [];
      this.#dirty.clear();
      this.#machine.workers.slice(0, rows.length).forEach((worker) => worker.slots.forEach((slot) => this.#dirty.add(slot)));
    }
    this.#drawLabels(context);
    let cells = 0;
    for (const slot of this.#dirty) {
      this.#dirty.delete(slot);
      if (slot.w < rows.length) {
        this.#drawCell(context, slot);
      }
      if (++cells % 50 === 0 && performance.now() > end) {
        break;
      }
    }
  }

  #drawCell(context, slot) {
    const { x, y } = this.#at(slot);
    const { scale, cell, pitch } = this.#grid;
    context.clearRect(x, y, Math.floor(pitch), Math.floor(pitch));
    const index = LETTERS.indexOf(slot.look);
    const size = Math.ceil(cell * scale);
    context.globalAlpha = this.#only === null || this.#only(slot) ? 1 : 0.13;
    context.drawImage(this.#sprites, index * (size + 2), 0, size, size, x, y, size / scale, size / scale);
    context.globalAlpha = 1;
  }

  /** The label of each worker whose text has changed. */
  #drawLabels(context) {
    const { rows, left } = this.#grid;
    this.#machine.workers.slice(0, rows.length).forEach((worker, w) => {
      const isReady = worker.state === 'READY';
      const state = isReady ? worker.held + ' / ' + worker.slots.length : worker.state.toLowerCase();
      const text = worker.id + ' ' + state + ' ' + worker.pid;
      if (this.#labels[w] === text) {
        return;
      }
      this.#labels[w] = text;
      const top = rows[w].top - (left === 0 ? LABEL_HEIGHT : 0);
      context.clearRect(0, top, left === 0 ? this.#box.clientWidth : left, left === 0 ? LABEL_HEIGHT - 2 : rows[w].height);
      context.textBaseline = 'top';
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
    const { scale, rows } = this.#grid;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#painted.forEach(([x, y, width, height]) => context.clearRect(x, y, width, height));
    this.#painted = [];
    this.#flashes.forEach((flash, slot) => {
      const share = Math.max(0, (now - flash.since) / FLASHES[flash.kind].millis);
      if (share < 1 && slot.w < rows.length) {
        this.#drawFlash(context, slot, flash.kind, share);
      } else {
        this.#flashes.delete(slot);
      }
    });
    if (this.#hover) {
      this.#frameCell(context, this.#hover, this.#colours.ink, 1.5, 1.5);
    }
    if (this.#chosen) {
      this.#frameCell(context, this.#chosen, this.#colours.chosen, 3, 3);
    }
    if (this.#cursor && document.activeElement === this.#over) {
      this.#frameCell(context, this.#cursor, this.#colours.ink, 2, 5);
    }
  }

  #drawFlash(context, slot, kind, share) {
    this.#rings ??= cutRings(this.#grid, this.#colours, this.#still.matches);
    const { sheet, margin, box, kinds } = this.#rings;
    const { scale } = this.#grid;
    const { x, y } = this.#at(slot);
    const step = Math.floor(share * FLASH_STEPS);
    context.drawImage(sheet, step * box * scale, kinds.indexOf(kind) * box * scale, box * scale, box * scale, x - margin, y - margin, box, box);
    this.#painted.push([x - margin, y - margin, box, box]);
  }

  #frameCell(context, slot, colour, width, reach) {
    if (slot.w >= this.#grid.rows.length) {
      return;
    }
    const { x, y } = this.#at(slot);
    const { cell } = this.#grid;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.roundRect(x - reach, y - reach, cell + 2 * reach, cell + 2 * reach, 4);
    context.stroke();
    const far = Math.ceil(reach + width);
    this.#painted.push([x - far, y - far, cell + 2 * far, cell + 2 * far]);
  }

  // ---- pointer and keys

  #point(event) {
    const slot = this.#slotAt(event.offsetX, event.offsetY);
    this.#hover = slot;
    this.#over.style.cursor = slot ? 'pointer' : 'default';
    this.#handlers.point(slot, event.offsetX, event.offsetY);
    this.#draw();
  }

  #leave() {
    this.#hover = null;
    this.#handlers.point(null, 0, 0);
    this.#draw();
  }

  #click(event) {
    const slot = this.#slotAt(event.offsetX, event.offsetY);
    if (slot) {
      this.#cursor = slot;
      this.#handlers.choose(slot);
    }
  }

  #focus() {
    this.#cursor ??= this.#machine.workers[0]?.slots[0] ?? null;
    if (this.#cursor) {
      this.#handlers.move(this.#cursor);
    }
    this.#draw();
  }

  #key(event) {
    if (!this.#grid || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const { columns, rows } = this.#grid;
    const from = this.#cursor ?? this.#machine.workers[0].slots[0];
    const place = step(event.key, from, columns, rows);
    if (place) {
      const to = this.#machine.workers[place.w].slots[place.s];
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
