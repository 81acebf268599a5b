// Curves of the last minutes: a few lines over time, the scale written at its edges, the value under the pointer.

const PADDING = { left: 4, right: 4, top: 18, bottom: 18 };
const WINDOW_MILLIS = 600_000;
/** A shorter window while there is little to show. */
const LEAST_MILLIS = 60_000;

export class Chart {
  #canvas;
  #series;
  #lines;
  #format;
  #colours = {};
  #pointer = null;

  /** Lines: {value: index in a point, colour: name, dash, fill}. */
  constructor(canvas, series, lines, format) {
    this.#canvas = canvas;
    this.#series = series;
    this.#lines = lines;
    this.#format = format;
    new ResizeObserver(() => this.draw()).observe(canvas);
    canvas.addEventListener('pointermove', (event) => { this.#pointer = event.offsetX; this.draw(); });
    canvas.addEventListener('pointerleave', () => { this.#pointer = null; this.draw(); });
  }

  colours(colours) {
    this.#colours = colours;
    this.draw();
  }

  draw() {
    const width = this.#canvas.clientWidth;
    const height = this.#canvas.clientHeight;
    if (width === 0 || height === 0) {
      return;
    }
    const scale = Math.min(2, devicePixelRatio);
    if (this.#canvas.width !== Math.round(width * scale) || this.#canvas.height !== Math.round(height * scale)) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
    }
    const context = this.#canvas.getContext('2d');
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const points = this.#series.points;
    const to = points.length === 0 ? Date.now() : points.at(-1).at;
    const from = Math.max(to - WINDOW_MILLIS, Math.min(to - LEAST_MILLIS, points.length === 0 ? to : points[0].at));
    const shown = points.filter((point) => point.at >= from);
    const top = niceTop(Math.max(0, ...shown.flatMap((point) => this.#lines.map((line) => point.values[line.value] ?? 0))));
    const plot = {
      x: (at) => PADDING.left + ((at - from) / (to - from)) * (width - PADDING.left - PADDING.right),
      y: (value) => height - PADDING.bottom - (value / top) * (height - PADDING.top - PADDING.bottom),
    };
    this.#drawFrame(context, width, height, top, to - from, plot);
    this.#lines.forEach((line) => this.#drawLine(context, shown, line, plot));
    this.#drawPointer(context, shown, width, height, plot, to);
  }

  #drawFrame(context, width, height, top, spanMillis, plot) {
    context.strokeStyle = this.#colours.rule;
    context.lineWidth = 1;
    for (const share of [0, 0.5, 1]) {
      const y = Math.round(plot.y(top * share)) + 0.5;
      context.beginPath();
      context.moveTo(PADDING.left, y);
      context.lineTo(width - PADDING.right, y);
      context.stroke();
    }
    context.fillStyle = this.#colours.quiet;
    context.font = '12px system-ui, sans-serif';
    context.textBaseline = 'bottom';
    context.textAlign = 'left';
    context.fillText(this.#format(top), PADDING.left, plot.y(top) - 1);
    context.textBaseline = 'top';
    context.fillText('−' + (spanMillis >= 120_000 ? Math.round(spanMillis / 60_000) + ' min' : Math.round(spanMillis / 1000) + ' s'),
      PADDING.left, height - PADDING.bottom + 4);
    context.textAlign = 'right';
    context.fillText('now', width - PADDING.right, height - PADDING.bottom + 4);
  }

  #drawLine(context, points, { value, colour, dash = [], fill = false }, plot) {
    const paths = runs(points, value);
    context.strokeStyle = this.#colours[colour];
    context.fillStyle = this.#colours[colour];
    context.lineWidth = 2;
    context.lineJoin = 'round';
    for (const path of paths) {
      if (fill) {
        context.globalAlpha = 0.14;
        context.beginPath();
        context.moveTo(plot.x(path[0].at), plot.y(0));
        path.forEach((point) => context.lineTo(plot.x(point.at), plot.y(point.values[value])));
        context.lineTo(plot.x(path.at(-1).at), plot.y(0));
        context.fill();
        context.globalAlpha = 1;
      }
      context.setLineDash(dash);
      context.beginPath();
      path.forEach((point, i) => {
        const x = plot.x(point.at);
        const y = plot.y(point.values[value]);
        return i === 0 ? context.moveTo(x, y) : context.lineTo(x, y);
      });
      context.stroke();
      context.setLineDash([]);
    }
  }

  #drawPointer(context, points, width, height, plot, to) {
    if (this.#pointer === null || points.length === 0) {
      return;
    }
    const near = points.reduce((best, point) =>
      Math.abs(plot.x(point.at) - this.#pointer) < Math.abs(plot.x(best.at) - this.#pointer) ? point : best);
    const x = plot.x(near.at);
    context.strokeStyle = this.#colours.quiet;
    context.beginPath();
    context.moveTo(x, PADDING.top);
    context.lineTo(x, height - PADDING.bottom);
    context.stroke();
    const values = this.#lines.map((line) => near.values[line.value]).filter((value) => value !== null && value !== undefined);
    const text = values.map(this.#format).join('  ·  ') + '  at −' + Math.round((to - near.at) / 1000) + ' s';
    context.fillStyle = this.#colours.ink;
    context.font = '600 12px system-ui, sans-serif';
    context.textBaseline = 'bottom';
    context.textAlign = x > width / 2 ? 'right' : 'left';
    context.fillText(text, x > width / 2 ? width - PADDING.right : Math.max(90, x), PADDING.top - 2);
  }
}

/** The stretches in which the value is known. */
function runs(points, value) {
  const found = [];
  let current = [];
  for (const point of points) {
    if (point.values[value] === null || point.values[value] === undefined) {
      if (current.length > 0) {
        found.push(current);
      }
      current = [];
    } else {
      current.push(point);
    }
  }
  return current.length > 0 ? [...found, current] : found;
}

/** 1, 2 or 5 times a power of ten, not below the value. */
function niceTop(value) {
  if (value <= 0) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((times) => times * power).find((top) => top >= value) ?? 10 * power;
}
