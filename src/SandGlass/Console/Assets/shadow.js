// Rules on trial: they decide and count, and let pass. How often each would have acted, in total and in the last second.
import { byId, el, keyed, text } from './dom.js';
import { count, rate, words } from './format.js';

const Would = { coalesce: 'would have shared', fallback: 'would have stood in for', switch: 'would have acted on' };

const keyOf = rule => `${rule.layer} ${rule.rule} ${how(rule)}`;
const said = ({ layer, would, perSecond }) => `${Would[layer] ?? 'would have refused'} ${count(would)} (${rate(perSecond)}/s)`;
const how = ({ mode, enforcePercent }) => (mode === 'enforce' && enforcePercent < 100 ? `enforced for ${enforcePercent} % of the clients` : mode);
const where = ({ routes }) => (routes.length ? routes.join(', ') : 'every request');

// Under the table of chains and routes.
export function drawShadowList({ shadow }) {
  byId('shadow-live').hidden = !shadow.length;
  keyed(byId('shadow-list'), shadow, keyOf, ({ layer, rule }) => {
    const [value, on] = [el('b'), el('small')];
    const node = el('li', {}, el('span', {}, rule, ' ', el('small', {}, words(layer))), value, on);
    return { node, update(now) {
      text(value, said(now));
      text(on, `${where(now)}${now.mode === 'shadow' ? '' : ` · now ${how(now)}`}`);
    } };
  });
}

export function drawShadowTable({ shadow }) {
  byId('shadow-none').hidden = shadow.length > 0;
  byId('shadow-table').hidden = !shadow.length;
  keyed(byId('shadow'), shadow, keyOf, entry => {
    const { layer, rule } = entry;
    const [on, total, now] = [el('td', { class: 'wrap' }), el('td'), el('td')];
    return {
      node: el('tr', {}, el('th', { scope: 'row' }, rule, el('small', {}, `${words(layer)} · ${how(entry)}`)), on, total, now),
      update(latest) {
        text(on, where(latest));
        text(total, said(latest).replace(/ \(.*/, ''));
        text(now, `${rate(latest.perSecond)}/s`);
      },
    };
  });
}
