// Calls to the admin API: what came back, or in words why not. Nothing here throws: a gateway that is gone is an answer too.
import { logIn } from './login.js';

export async function call(path, { method = 'GET', body, headers, signal } = {}) {
  try {
    const answer = await fetch(path, { method, body, headers, signal, cache: 'no-store' });
    if (answer.status === 401) {
      await logIn();
      return method === 'GET' ? call(path, { signal }) : failed(401, 'Logged in. Press again.');
    }
    const raw = await answer.text();
    const etag = answer.headers.get('ETag')?.replaceAll('"', '');
    const json = parse(raw);
    return { ok: answer.ok, status: answer.status, text: raw, json, etag, problem: answer.ok ? '' : inWords(answer.status, json) };
  } catch (fault) {
    if (fault.name === 'AbortError') return failed(-1, '');
    return failed(0, 'The gateway does not answer. Nothing was changed, as far as this page knows.');
  }
}

export function send(path, method, value, headers) {
  return call(path, { method, body: JSON.stringify(value), headers: { 'Content-Type': 'application/json', ...headers } });
}

function failed(status, problem) {
  return { ok: false, status, problem };
}

function parse(raw) {
  try { return JSON.parse(raw); } catch { return undefined; }
}

function inWords(status, json) {
  return [json?.title, json?.detail].filter(Boolean).join(': ') || `The gateway answered ${status}.`;
}
