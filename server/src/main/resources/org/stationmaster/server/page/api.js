// The endpoint: requests and streams, with the token in memory and never in an address.

import { Turn } from './turn.js';

const FIRST_RETRY_MILLIS = 500;
const LONGEST_RETRY_MILLIS = 15_000;
/** The endpoint says something each 15 s; who hears nothing for so long has lost it. */
const SILENCE_MILLIS = 40_000;
const ANSWER_MILLIS = 20_000;

let token = null;
let asking = null;
let askForToken = () => Promise.resolve(null);

/** How to get a token from whoever sits here; told why when the last one did not do. */
export function onTokenNeeded(ask) {
  askForToken = ask;
}

/** What the endpoint said no with, a problem document or less. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || 'HTTP ' + status);
    this.status = status;
    this.fields = problem.errors?.map(({ field }) => field) ?? [problem.field ?? ''];
    this.details = problem.errors?.map(({ detail }) => detail) ?? [this.message];
  }
}

/** One dialog, however many requests wait for it. */
function newToken(used) {
  if (token !== used) {
    return Promise.resolve(); // somebody else has asked meanwhile
  }
  asking ??= askForToken(used !== null).then((given) => {
    token = given;
    asking = null;
  });
  return asking;
}

async function refusal(response) {
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    // no problem document: the status has to do
  }
  return new Refused(response.status, problem);
}

/** @param signal makes the signal of one attempt: none runs out while somebody looks for a token */
async function ask(path, options, signal = () => undefined) {
  for (;;) {
    const used = token;
    const headers = { ...options.headers };
    if (used !== null) {
      headers.Authorization = 'Bearer ' + used;
    }
    const response = await fetch(path, { ...options, headers, signal: signal(), cache: 'no-store', credentials: 'omit' });
    if (response.status === 401) {
      await response.body?.cancel();
      await newToken(used);
    } else if (response.ok) {
      return response;
    } else {
      throw await refusal(response);
    }
  }
}

export async function get(path) {
  const response = await ask(path, {}, () => AbortSignal.timeout(ANSWER_MILLIS));
  return response.json();
}

/**
 * @param conditions headers under which alone it is done
 * @returns what the answer holds; null when nothing
 */
export async function change(method, path, body, type = 'application/json', conditions = {}) {
  const headers = body === undefined ? conditions : { 'Content-Type': type, ...conditions };
  const response = await ask(path, { method, body, headers });
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

export const sourcePath = (id, more = '') => '/api/v1/sources/' + encodeURIComponent(id) + more;

/**
 * Follows a stream of events until it is stopped; a lost one is opened again, after a rest that doubles, behind the last event
 * that had a number. Handlers: open(), event(name, data), lost(restMillis), refused(error) when asking again makes no sense.
 *
 * @param last the number of the event to go on behind; null: from now on
 */
export function follow(path, handlers, last = null) {
  const life = new AbortController();
  const place = { last };
  run(path, place, handlers, life.signal);
  return { stop: () => life.abort(), last: () => place.last };
}

async function run(path, place, handlers, life) {
  let rest = FIRST_RETRY_MILLIS;
  while (!life.aborted) {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    life.addEventListener('abort', stop);
    try {
      const headers = { Accept: 'text/event-stream', ...(place.last === null ? {} : { 'Last-Event-ID': place.last }) };
      const response = await ask(path, { headers }, () => attempt.signal);
      handlers.open?.();
      rest = FIRST_RETRY_MILLIS;
      await read(response.body, attempt, place, handlers.event);
    } catch (error) {
      if (!life.aborted && error instanceof Refused && error.status < 500 && error.status !== 429) {
        handlers.refused?.(error);
        return;
      }
    } finally {
      life.removeEventListener('abort', stop);
      attempt.abort();
    }
    if (!life.aborted) {
      handlers.lost?.(rest);
      await pause(rest * (0.75 + Math.random() / 2), life);
      rest = Math.min(LONGEST_RETRY_MILLIS, rest * 2);
    }
  }
}

function pause(time, life) {
  return new Promise((done) => {
    const timer = setTimeout(done, time);
    life.addEventListener('abort', () => { clearTimeout(timer); done(); }, { once: true });
  });
}

async function read(body, attempt, place, event) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let name = 'message';
  let number = place.last;
  for (;;) {
    const watch = setTimeout(() => attempt.abort(), SILENCE_MILLIS);
    const { done, value } = await reader.read().finally(() => clearTimeout(watch));
    if (done) {
      return;
    }
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    const turn = new Turn();
    for (const line of lines) {
      if (line.startsWith('id: ')) {
        number = line.slice(4);
      } else if (line.startsWith('event: ')) {
        name = line.slice(7);
      } else if (line.startsWith('data: ')) {
        const kind = name;
        name = 'message';
        place.last = number;
        event(kind, JSON.parse(line.slice(6)));
        if (turn.isOver()) {
          await turn.next();
        }
        if (attempt.signal.aborted) {
          return; // what is left belongs to the stream that goes on
        }
      } else if (line === '') {
        place.last = number; // one that was told without an event
      }
    }
  }
}
