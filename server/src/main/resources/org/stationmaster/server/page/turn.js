// Long work in short turns: between two of them the page draws, and hears its user.

const TURN_MILLIS = 8;

/** Made when the work begins: `if (turn.isOver()) await turn.next();` */
export class Turn {
  #end = performance.now() + TURN_MILLIS;

  isOver() {
    return performance.now() > this.#end;
  }

  async next() {
    await (globalThis.scheduler?.yield ? globalThis.scheduler.yield() : new Promise((done) => setTimeout(done)));
    this.#end = performance.now() + TURN_MILLIS;
  }
}

/** When the browser has drawn what is there now; a page that nobody sees is not drawn, and does not wait. */
export function drawn() {
  return new Promise((done) => {
    if (document.hidden) {
      setTimeout(done);
    } else {
      requestAnimationFrame(() => setTimeout(done));
      document.addEventListener('visibilitychange', done, { once: true });
    }
  });
}
