// A source is added: the form asks for the keys of its protocol, as the machine names them; what is wrong the machine says, by key.

import { change, get, Refused, sourcePath } from './api.js';
import { $, el, say } from './dom.js';

const FIRST_PROTOCOL = 'tcp-lines';
let protocols = [];
/** Whose keys the form asks for. */
let shown = null;

/** @param added is told the id of a source that is new */
export function addDialog(added) {
  const form = $('add-form');
  $('add').addEventListener('click', () => open(form));
  $('add-cancel').addEventListener('click', () => {
    $('add-dialog').close();
    clear(form);
  });
  form.elements.protocol.addEventListener('change', () => showProtocol(form));
  form.elements.dialIn.addEventListener('change', () => showAddress(form));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const id = await add(form);
    if (id !== null) {
      $('add-dialog').close();
      clear(form);
      added(id);
    }
  });
}

function clear(form) {
  form.reset();
  wellFormed(form);
  showProtocol(form);
  showAddress(form);
}

function wellFormed(form) {
  [...form.querySelectorAll('[aria-invalid]')].forEach((input) => input.removeAttribute('aria-invalid'));
  say($('add-error'), '');
}

async function open(form) {
  say($('add-error'), '');
  $('add-dialog').showModal();
  try {
    if (protocols.length === 0) {
      protocols = (await get('/api/v1/protocols')).protocols;
      form.elements.protocol.replaceChildren(...protocols.map(({ name }) =>
        el('option', { value: name, selected: name === FIRST_PROTOCOL }, name)));
    }
    showProtocol(form);
  } catch (error) {
    say($('add-error'), error instanceof Refused ? error.message : 'the machine does not answer');
  }
}

const chosen = (form) => protocols.find(({ name }) => name === form.elements.protocol.value);

/** The keys that this protocol has of its own. */
function showProtocol(form) {
  const protocol = chosen(form);
  if (protocol?.name === shown) {
    return;
  }
  shown = protocol?.name ?? null;
  form.elements.dialIn.closest('label').hidden = !protocol?.dialIn;
  form.elements.dialIn.checked &&= protocol?.dialIn ?? false;
  const own = (protocol?.keys ?? []).map(({ key, type, meaning }) => (type === 'SWITCH'
    ? el('label', { class: 'check' }, el('input', { type: 'checkbox', name: key }), ' ' + key, el('small', {}, meaning))
    : el('label', {}, key + ' ', el('input', {
      name: key, autocomplete: 'off', spellcheck: 'false', inputmode: type === 'NUMBER' ? 'decimal' : 'text',
      placeholder: type === 'LIST' ? 'one, another' : '',
    }), el('small', {}, meaning))));
  $('add-own').replaceChildren(...own);
  $('add-own').hidden = own.length === 0;
  showAddress(form);
}

/** Who is called needs no address, and its TLS is that of the port it calls. */
function showAddress(form) {
  const calls = form.elements.dialIn.checked;
  ['host', 'port', 'tls'].forEach((name) => {
    form.elements[name].disabled = calls;
    form.elements[name].closest('label').hidden = calls;
  });
}

/** @returns the id, or null when it is not added, which is then told at the field */
async function add(form) {
  wellFormed(form);
  const calls = form.elements.dialIn.checked;
  const missing = ['id', 'host', 'port'].find((name) => !(calls && name !== 'id') && text(form, name) === '');
  if (missing) {
    return wrong(form, missing, 'Give the ' + missing + '.');
  }
  const source = { protocol: text(form, 'protocol') };
  const put = (key, value) => {
    if (value !== null) {
      inside(source, key, value);
    }
  };
  if (calls) {
    put('dialIn', true);
  } else {
    put('host', text(form, 'host'));
    put('port', number(text(form, 'port')));
    put('tls', form.elements.tls.checked ? true : null);
  }
  put('rate', text(form, 'rate') === '' ? null : number(text(form, 'rate')));
  put('groups', list(text(form, 'groups')));
  put('user', text(form, 'user') || null);
  put('password', text(form, 'password') || null);
  chosen(form)?.keys.forEach(({ key, type }) => put(key, typed(form, key, type)));
  try {
    more(text(form, 'more'), put);
    return (await change('PUT', sourcePath(text(form, 'id')), JSON.stringify(source), undefined, { 'If-None-Match': '*' })).id;
  } catch (error) {
    if (error instanceof Unreadable) {
      return wrong(form, 'more', error.message);
    }
    if (error instanceof Refused) {
      return wrongAt(form, error.fields, error.details.join('; '));
    }
    return wrong(form, '', 'the machine does not answer');
  }
}

const text = (form, name) => form.elements[name].value.trim();

/** A number where it is one; else the text, about which the machine says what is wrong. */
function number(given) {
  return given !== '' && Number.isFinite(Number(given)) ? Number(given) : given;
}

function list(given) {
  const items = given.split(/[\s,]+/).filter((item) => item !== '');
  return items.length === 0 ? null : items;
}

function typed(form, key, type) {
  if (type === 'SWITCH') {
    return form.elements[key].checked ? true : null;
  }
  const given = text(form, key);
  if (given === '') {
    return null;
  }
  return type === 'NUMBER' ? number(given) : type === 'LIST' ? list(given) : given;
}

/** Puts a value under a key; that of `gga.height` stands in the mapping `gga`. */
function inside(source, key, value) {
  const [first, ...rest] = key.split('.');
  if (rest.length === 0) {
    source[first] = value;
  } else {
    source[first] = typeof source[first] === 'object' ? source[first] : {};
    inside(source[first], rest.join('.'), value);
  }
}

class Unreadable extends Error {}

/** Lines of `key: value`; a value is read as JSON where it is some, and as text otherwise. */
function more(lines, put) {
  lines.split('\n').map((line) => line.trim()).filter((line) => line !== '').forEach((line) => {
    const [, key, value] = /^([A-Za-z][A-Za-z0-9.]*)\s*[:=]\s*(.+)$/.exec(line) ?? [];
    if (key === undefined) {
      throw new Unreadable(`Not a key with a value: '${line}'. Write lines such as silenceSeconds: 30`);
    }
    let read = value;
    try {
      read = JSON.parse(value);
    } catch {
      // text without quotes
    }
    put(key, read);
  });
}

const wrong = (form, key, message) => wrongAt(form, [key], message);

/** Says it at the fields. */
function wrongAt(form, keys, message) {
  const fields = keys.map((key) => fieldOf(form, key)).filter((field) => field !== null);
  say($('add-error'), message);
  if (fields.includes(form.elements.more)) {
    $('add-more').open = true;
  }
  fields.forEach((field) => field.setAttribute('aria-invalid', 'true'));
  fields[0]?.focus();
  return null;
}

/** A key that has none was written among the others. */
function fieldOf(form, key) {
  return key === '' ? null : form.elements[key]
    ?? [...form.elements].find(({ name }) => name.startsWith(key + '.')) ?? form.elements.more;
}
