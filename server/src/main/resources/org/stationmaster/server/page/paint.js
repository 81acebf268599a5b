// How cells and flashes look. Each look is drawn once and copied from then on.

import { LOOKS } from './model.js';

export const LETTERS = Object.keys(LOOKS);
/** Below this a shape is no longer seen: the colour alone is left, and the cell is filled whole. */
const SHAPES_FROM = 6;
/** What can flash, and for how long; the colour it has. */
export const FLASHES = {
  wake: { millis: 1_100, colour: 'running', fills: true },
  end: { millis: 1_800, colour: 'failing' },
  overdue: { millis: 1_800, colour: 'overdue' },
  other: { millis: 600, colour: 'starting', small: true },
};
export const FLASH_STEPS = 12;

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
    case 'O': // a full square with a hole
      context.roundRect(x, y, size, size, size / 6);
      context.fill();
      context.fillStyle = colours.paper;
      context.beginPath();
      context.arc(x + middle, y + middle, size * 0.24, 0, 2 * Math.PI);
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

/** Each look once, beside each other. */
export function cutLooks({ scale, cell }, colours) {
  const size = Math.ceil(cell * scale);
  const sheet = document.createElement('canvas');
  sheet.width = (size + 2) * LETTERS.length;
  sheet.height = size;
  const context = sheet.getContext('2d');
  LETTERS.forEach((letter, i) => paint(context, letter, i * (size + 2), 0, size, colours));
  return sheet;
}

/** Each flash at each step once: a row for each kind. Still: who asked for no motion sees a ring that stands. */
export function cutRings({ scale, cell, pitch }, colours, still) {
  const large = Math.max(pitch, 12);
  const margin = Math.ceil(0.8 * large) + 2;
  const box = cell + 2 * margin;
  const kinds = Object.keys(FLASHES);
  const sheet = document.createElement('canvas');
  sheet.width = Math.ceil(box * scale * FLASH_STEPS);
  sheet.height = Math.ceil(box * scale * kinds.length);
  const context = sheet.getContext('2d');
  context.scale(scale, scale);
  kinds.forEach((kind, row) => {
    const { colour, small, fills } = FLASHES[kind];
    for (let step = 0; step < FLASH_STEPS; step++) {
      const share = step / FLASH_STEPS;
      const reach = (small ? 0.15 : 0.3 + 0.5 * (still ? 0.3 : share)) * large;
      const x = step * box + margin;
      const y = row * box + margin;
      context.globalAlpha = still ? 1 : 1 - share;
      context.strokeStyle = colours[colour];
      context.lineWidth = small ? 1 : 2;
      context.beginPath();
      context.roundRect(x - reach, y - reach, cell + 2 * reach, cell + 2 * reach, cell / 4 + reach / 2);
      context.stroke();
      if (fills && !still) {
        context.globalAlpha = 0.8 * (1 - share) ** 2;
        context.fillStyle = colours.flash;
        context.fillRect(x, y, cell, cell);
      }
    }
  });
  return { sheet, margin, box, kinds };
}
