// Chains and routes, backends, and the layers in numbers. Rows are made once and then only rewritten.
import { byId, el, keyed, set, text } from './dom.js';
import { count, ms, rate, share, words } from './format.js';
import { Kinds, perSecond, total } from './kinds.js';

export function drawTables(status) {
  keyed(byId('chains'), status.chains.flatMap(withRoutes), row => row.key, chainRow);
  keyed(byId('backends'), status.backends, backend => backend.name, backendRow);
  keyed(byId('layers'), status.layers, layer => layer.name, layerRow);
}

function withRoutes(chain) {
  return [{ ...chain, key: chain.name, isChain: true }, ...chain.routes.map(route => ({ ...route, key: `${chain.name}/${route.name}` }))];
}

function chainRow({ isChain, name, criticality }) {
  const bar = outcomeBar();
  const head = el('th', { scope: 'row' }, el('span', {}, name), bar.node);
  if (isChain && criticality) head.firstChild.append(el('small', {}, words(criticality)));
  const all = el('td');
  const kinds = Kinds.slice(0, 5).map(kind => ({ kind, cell: el('td', { class: `of ${kind.id}` }) }));
  const [p50, p99, breaker] = [el('td', { class: 'p50' }), el('td'), el('td')];
  const pill = el('span');
  breaker.append(pill);
  return {
    node: el('tr', { class: isChain ? 'chain' : 'route' }, head, all, ...kinds.map(entry => entry.cell), p50, p99, breaker),
    update(row) {
      text(all, rate(row.perSecond));
      bar.update(row);
      for (const { kind, cell } of kinds) {
        const now = perSecond(row.outcomes, kind);
        text(cell, rate(now));
        set(cell, { class: `of ${kind.id}${now >= 0.05 ? '' : ' none'}`, title: `${count(total(row.outcomes, kind))} since start` });
      }
      text(p50, ms(row.p50Ms));
      text(p99, ms(row.p99Ms));
      text(pill, row.forced ? `${row.breaker}, forced` : row.breaker ?? '');
      set(pill, { class: row.breaker ? `breaker ${row.breaker}` : null });
    },
  };
}

// How a row's requests ended, as shares of one bar; the same in words for a pointer or a screen reader.
function outcomeBar() {
  const parts = Kinds.map(kind => el('span', { class: kind.id }));
  const node = el('div', { class: 'outcomes', role: 'img' }, ...parts);
  return {
    node,
    update({ outcomes, perSecond: all }) {
      const rates = Kinds.map(kind => perSecond(outcomes, kind));
      parts.forEach((part, index) => { part.style.flexGrow = rates[index]; });
      const shares = Kinds.map((kind, index) => `${kind.label} ${share(rates[index], all)}`);
      const title = shares.filter((_, index) => rates[index] > 0).join(', ');
      set(node, { title, 'aria-label': title || 'no requests' });
    },
  };
}

function backendRow({ name }) {
  const [load, meter, why] = [el('span'), el('div', { class: 'meter' }, el('span')), el('small')];
  const [use, queued, places] = [el('td'), el('td'), el('small')];
  const head = el('th', { scope: 'row' }, el('span', {}, name), places);
  use.append(load, meter, why);
  return {
    node: el('tr', {}, head, use, queued),
    update(backend) {
      const ratio = backend.limit > 0 ? Math.min(1, backend.inFlight / backend.limit) : 0;
      text(load, `${count(backend.inFlight)} of ${count(backend.limit)}`);
      meter.firstChild.style.width = `${Math.round(ratio * 100)}%`;
      set(meter, { class: ratio >= 0.95 ? 'meter full' : 'meter' });
      text(why, `${backend.phase}: ${backend.reason}`);
      set(why, { title: `R ${backend.ratio} (round trips over what they take without a queue), base ${backend.baseMs} ms, ${backend.perSecond}/s` });
      text(queued, count(backend.queued));
      set(queued, { class: backend.queued > 0 ? 'queued' : null });
      text(places, backend.destinations.map(place => `${place.name} ${count(place.inFlight)}`).join(' · '));
      set(places, { title: backend.destinations.map(place => place.address).join('\n') });
    },
  };
}

const Fields = ['reached', 'answered', 'fallback', 'refused', 'shadow'];

function layerRow({ name, order }) {
  const cells = Fields.map(field => ({ field, now: el('span'), all: el('small') }));
  return {
    node: el('tr', {}, el('th', { scope: 'row' }, `${order} ${words(name)}`), ...cells.map(cell => el('td', {}, cell.now, cell.all))),
    update(layer) {
      for (const { field, now, all } of cells) {
        text(now, `${rate(layer[field]?.perSecond)}/s`);
        text(all, count(layer[field]?.total));
      }
    },
  };
}
