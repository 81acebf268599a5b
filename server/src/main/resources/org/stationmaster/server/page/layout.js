// Where the cells of the picture are, and where a key leads among them. Nothing is drawn here.

const LARGEST_PITCH = 30;
const SMALLEST_PITCH = 8;
export const GROUP = 10;
const LABEL_WIDTH = 96;
export const LABEL_HEIGHT = 20;
const NARROW = 560;
export const WORKER_GAP = 10;
/** Room for the frame of a cell at the edge. */
const MARGIN = 10;
export const TALLEST = 15_000;

/** The largest cells with which all workers fit into the height; smaller than the smallest never, then the page scrolls. */
export function layout(sizes, width, height) {
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
export function step(key, { w, s }, columns, rows) {
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
