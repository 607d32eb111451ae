// Whether each degraded answer was shown to work before anybody needs it, and what is wrong with those that were not.
import { byId, el, keyed, set, text } from './dom.js';
import { count, span } from './format.js';

const By = { use: 'by a client in need', exercise: 'by a client that tried it', synthetic: 'without a client' };

export function drawFallbacks({ fallbacks = [], lastGood }) {
  byId('fallbacks-room').hidden = !fallbacks.length;
  const broken = fallbacks.filter(one => one.broken).length;
  // The one line that a screen reader speaks, and only when it changes.
  text(byId('fallbacks-news'), broken ? `${broken} of ${fallbacks.length} not ready` : `${fallbacks.length} ready`);
  set(byId('fallbacks-news'), { class: broken ? 'badge alarmed' : 'badge' });
  keyed(byId('fallbacks'), [...fallbacks].sort((a, b) => Boolean(b.broken) - Boolean(a.broken)), one => one.name, row);
  const repeats = fallbacks.some(one => one.kind === 'last-good');
  text(byId('last-good'), repeats && lastGood ? `${count(lastGood.keys)} good answers kept, ${count(lastGood.bytes / 1024)} of ${count(lastGood.maxBytes / 1024)} KB` : '');
}

function row({ name }) {
  const [head, what, proven, used] = [el('th', { scope: 'row' }, el('span', {}, name)), el('small'), el('td'), el('td')];
  head.append(what);
  return {
    node: el('tr', {}, head, proven, used),
    update(one) {
      text(what, one.broken ?? [one.kind, one.else && `else ${one.else}`].filter(Boolean).join(', '));
      set(what, { class: one.broken ? 'ailing' : null });
      text(proven, one.provenSecondsAgo == null ? 'never yet' : `${span(one.provenSecondsAgo)} ago`);
      set(proven, { title: one.provenBy ? By[one.provenBy] : null });
      text(used, count(one.used));
      set(used, { title: `${count(one.exercised)} tried by clients, ${count(one.built)} built without one, since start` });
    },
  };
}
