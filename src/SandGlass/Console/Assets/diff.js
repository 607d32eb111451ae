// What differs between two policies, by section. Coming and going is told by a sign and a word, not by the colour alone.
import { el } from './dom.js';

const Signs = { added: '+', removed: '−', changed: '~' };
const MostShown = 400; // characters of one value

// details: as the API tells them; null where it could not, then the note says why.
export function drawDiff(parent, details, note = '') {
  const sections = new Map();
  for (const change of details ?? []) sections.set(change.section, [...(sections.get(change.section) ?? []), change]);
  const empty = note || (details ? 'No difference in meaning: at most comments, order or layout.'
    : 'The two cannot be compared: one is not JSON.');
  parent.replaceChildren(...(sections.size
    ? [...sections].map(([section, changes]) =>
      el('section', { class: 'changes' }, el('h3', {}, inWords(section)), el('ul', {}, ...changes.map(line))))
    : [el('p', { class: 'dim' }, empty)]));
}

function line({ kind, subject, path, before, after, gone, came }) {
  // Of a list, what left and what came says more than both of it whole.
  const values = gone || came
    ? [...(gone ?? []).map(item => value('del', `− ${item} `)), ...(came ?? []).map(item => value('ins', `+ ${item} `))]
    : kind === 'changed' ? [value('del', before), ' → ', value('ins', after)]
      : [value(kind === 'added' ? 'ins' : 'del', after ?? before)];
  const what = [el('b', {}, subject), ' ', ...(path ? [el('span', { class: 'path' }, path), ' '] : [])];
  return el('li', { class: kind }, el('span', { class: 'sign', 'aria-hidden': 'true' }, Signs[kind]), el('span', { class: 'kind' }, kind),
    el('span', {}, ...what, ...values));
}

function value(tag, text) {
  return el(tag, { title: text.length > MostShown ? text : null }, text.length > MostShown ? `${text.slice(0, MostShown)}…` : text);
}

// rateLimits is how the policy spells it; people read "rate limits".
function inWords(section) {
  return section.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
}
