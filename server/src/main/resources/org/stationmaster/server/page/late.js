// Says so when a part of the page did not come: a script, or the style. Alone, for it must not need them.

const PATIENCE_MILLIS = 10_000;

setTimeout(() => {
  document.getElementById('late').hidden = !document.querySelector('.bar').hidden;
}, PATIENCE_MILLIS);
