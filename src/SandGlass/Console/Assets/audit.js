// Who changed what, and why: policies and switches, newest first.
import { byId, el } from './dom.js';
import { clock, moment } from './format.js';

const Heads = ['when', 'who', 'from', 'what', 'why', 'before → after'];

export function drawAudit(lines, now) {
  const rows = [...lines].reverse().map(({ at, by, from, what, why, before, after }) => {
    const cells = [moment(at, now), by, from, what, why, `${value(before)} → ${value(after)}`];
    return el('tr', {}, ...cells.map((cell, index) => el('td', { 'data-head': Heads[index] }, cell ?? '')));
  });
  const none = el('tr', {}, el('td', { colspan: Heads.length }, 'Nobody has changed anything yet.'));
  byId('audit').replaceChildren(...(rows.length ? rows : [none]));
}

function value(state) {
  if (state == null) return '–';
  if (typeof state !== 'object') return String(state);
  if (state.revision) return state.revision;
  if ('on' in state) return state.on ? `on${state.until ? ` until ${clock(state.until)}` : ''}` : 'off';
  return Object.entries(state).map(([key, each]) => `${key} ${each}`).join(', ');
}
