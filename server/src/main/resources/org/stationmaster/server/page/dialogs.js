// What is asked and told over the page: a sentence that goes by itself, a question, the token.

import { $, say } from './dom.js';

const TOAST_MILLIS = 6_000;
let toastTimer = 0;

export function toast(text) {
  const node = $('toast');
  node.hidden = false;
  say(node, text);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { node.hidden = true; }, TOAST_MILLIS);
}

export function sure({ title, text, yes }) {
  const dialog = $('sure-dialog');
  say($('sure-title'), title);
  say($('sure-text'), text);
  say($('sure-yes'), yes);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener('close', () => answer(dialog.returnValue === 'yes'), { once: true }));
}

/** Until there is one: without a token there is nothing to see, so the dialog comes again however it was closed. */
export async function askForToken(again) {
  const dialog = $('token-dialog');
  if (again) {
    say($('token-why'), 'That token is not known here. Try another.');
  }
  for (;;) {
    dialog.returnValue = '';
    dialog.showModal();
    await new Promise((closed) => dialog.addEventListener('close', closed, { once: true }));
    const token = $('token').value.trim();
    if (dialog.returnValue === 'use' && token !== '') {
      $('token').value = '';
      return token;
    }
  }
}
