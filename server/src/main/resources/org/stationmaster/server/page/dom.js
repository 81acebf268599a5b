// Small helpers: elements, numbers, times. Text always goes in as text, never as markup.

export const $ = (id) => document.getElementById(id);

/** An element: el('button', {class: 'main', onclick: f}, 'Add'). */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith('on')) {
      made.addEventListener(name.slice(2), value);
    } else if (value === true) {
      made.setAttribute(name, '');
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Sets text only when it differs: a screen reader hears what is new, and the browser lays out less. */
export function say(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

const UNKNOWN = '–';

/** By hand: the first toLocaleString() of a page costs a slow computer a tenth of a second. */
export function count(value) {
  return value === null || value === undefined ? UNKNOWN : String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** With its word. */
export function counted(value, word) {
  return count(value) + ' ' + word + (value === 1 ? '' : 's');
}

/** Three figures or so. */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return UNKNOWN;
  }
  const size = Math.abs(value);
  return size >= 100 ? count(value) : size >= 10 ? value.toFixed(1) : size >= 1 || size === 0 ? value.toFixed(size === 0 ? 0 : 2) : value.toPrecision(2);
}

export function bytes(value) {
  if (value === null || value === undefined) {
    return UNKNOWN;
  }
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let scaled = value;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return (unit === 0 ? count(scaled) : number(scaled)) + ' ' + units[unit];
}

export function millis(value) {
  if (value === null || value === undefined) {
    return UNKNOWN;
  }
  return Math.abs(value) >= 10_000 ? number(value / 1000) + ' s' : number(value) + ' ms';
}

export function ago(instant, now = Date.now()) {
  if (!instant) {
    return 'none yet';
  }
  const seconds = Math.max(0, (now - Date.parse(instant)) / 1000);
  return seconds < 10 ? seconds.toFixed(1) + ' s ago' : duration(seconds) + ' ago';
}

export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) {
    return whole + ' s';
  }
  if (whole < 3600) {
    return Math.floor(whole / 60) + ' min';
  }
  return whole < 86_400 ? Math.floor(whole / 3600) + ' h ' + Math.floor((whole % 3600) / 60) + ' min' : Math.floor(whole / 86_400) + ' d';
}

/** The time of day, UTC as everywhere in the machine. */
export function clock(instant) {
  return new Date(instant).toISOString().slice(11, 19);
}
