// What ops may throw. A switch is thrown in two steps: press, then say why.
// The reason is required by the gateway, not by taste: it goes to the audit.
import { byId, el, keyed, set, text } from './dom.js';
import { rate, share, span } from './format.js';
import { logIn } from './login.js';

let latest = new Map();
let chosen; // { id, on, etag } while the dialog is open

export function drawSwitches(status) {
  latest = new Map(status.switches.map(entry => [entry.id, entry]));
  const on = status.switches.filter(entry => entry.on).length;
  text(byId('switches-on'), on ? `${on} on` : 'all off');
  set(byId('switches-on'), { class: on ? 'badge lit' : 'badge' });
  keyed(byId('switches'), status.switches, entry => entry.id, row);
  if (chosen) drawEffect();
}

function row({ id }) {
  const parts = [el('span', { class: 'knob' }), el('span', { class: 'word' })];
  const toggle = el('button', { type: 'button', role: 'switch', class: 'toggle' }, ...parts);
  const [title, note] = [el('b'), el('small')];
  toggle.addEventListener('click', () => openDialog(id));
  return {
    node: el('li', {}, el('div', {}, title, note), toggle),
    update(entry) {
      text(title, entry.description || id);
      text(note, [entry.on ? onNote(entry) : effect(entry), ...fleetNotes(entry)].join(' · '));
      set(toggle, { 'aria-checked': String(entry.on), 'aria-label': `${entry.description || id}: ${entry.on ? 'on' : 'off'}` });
      text(toggle.lastChild, entry.on ? 'on' : 'off');
    },
  };
}

function onNote({ until, by, reason }) {
  const left = until ? `ends in ${span((Date.parse(until) - Date.now()) / 1000)}` : 'until turned off';
  return [left, by, reason && `“${reason}”`].filter(Boolean).join(' · ');
}

// How many gateways stand the same, who does not, and what was thrown elsewhere meanwhile and lost.
function fleetNotes({ fleet, conflict }) {
  const notes = [];
  if (fleet && (fleet.missing.length || fleet.of > 1)) notes.push(`on ${fleet.inForce}/${fleet.of} gateways`);
  if (fleet?.missing.length) notes.push(`not on ${fleet.missing.join(', ')}`);
  if (conflict) notes.push(`conflict: ${conflict.by} on ${conflict.gateway} turned it ${conflict.on ? 'on' : 'off'} (“${conflict.reason}”), and lost`);
  return notes;
}

function effect({ id, effect: touches }) {
  if (!touches) return id;
  const where = touches.routes.length ? touches.routes.join(', ') : 'no route';
  return `${where} · ${share(touches.shareOfTraffic, 1)} of traffic, ${rate(touches.requestsPerSecond)}/s`;
}

function openDialog(id) {
  const entry = latest.get(id);
  if (!entry) return;
  chosen = { id, on: !entry.on, etag: entry.etag };
  text(byId('switch-title'), `Turn ${chosen.on ? 'on' : 'off'}: ${entry.description || id}`);
  text(byId('switch-problem'), '');
  text(byId('switch-go'), chosen.on ? 'Turn on' : 'Turn off');
  byId('switch-duration').hidden = !chosen.on;
  byId('switch-reason').value = '';
  drawEffect();
  byId('switch-dialog').showModal();
  byId('switch-reason').focus();
}

function drawEffect() {
  const entry = latest.get(chosen.id);
  text(byId('switch-effect'), entry ? `Touches ${effect(entry)} right now.` : 'This switch is no longer in the policy.');
}

export function wireSwitches() {
  const dialog = byId('switch-dialog');
  dialog.addEventListener('close', () => { chosen = undefined; });
  byId('switch-cancel').addEventListener('click', () => dialog.close());
  byId('switch-form').addEventListener('submit', async event => {
    event.preventDefault();
    const go = byId('switch-go');
    go.disabled = true;
    const problem = await put(chosen);
    go.disabled = false;
    if (problem) text(byId('switch-problem'), problem);
    else dialog.close();
  });
}

async function put({ id, on, etag }) {
  const reason = byId('switch-reason').value.trim();
  if (!reason) return 'Say why: it goes to the audit.';
  const time = byId('switch-for').value;
  try {
    const answer = await fetch(`/api/switches/${encodeURIComponent(id)}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', 'If-Match': `"${etag}"` },
      body: JSON.stringify({ on, reason, ...(on && time && { for: time }) }),
    });
    if (answer.ok) {
      const changed = await answer.json();
      drawSwitches({ switches: [...latest.values()].map(entry => (entry.id === id ? { ...entry, ...changed } : entry)) });
      return null;
    }
    if (answer.status === 401) {
      await logIn();
      return 'Logged in. Press again.';
    }
    const body = await answer.json().catch(() => ({}));
    return [body.title, body.detail].filter(Boolean).join(': ') || `The gateway answered ${answer.status}.`;
  } catch {
    return 'The gateway does not answer. Nothing was changed, as far as this page knows.';
  }
}
