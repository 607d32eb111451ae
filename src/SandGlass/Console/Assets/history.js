// The last five minutes, stacked: served at the bottom, what was turned away on top, so the upper edge is all that came in.
import { el, keyed, set, svg, text } from './dom.js';
import { nice, rate, share } from './format.js';
import { Kinds, perSecond } from './kinds.js';

const Window = 300; // seconds
const Gap = 5; // seconds without numbers that are shown as a hole

export function createHistory(legend, figure) {
  let points = [];
  const [top, half] = [svg('text', { class: 'tick', x: 4 }), svg('text', { class: 'tick', x: 4 })];
  const lines = [svg('line', { class: 'grid' }), svg('line', { class: 'grid' })];
  const areas = Kinds.map(kind => svg('path', { class: `area ${kind.id}` }));
  const edge = svg('path', { class: 'edge' });
  const ago = svg('text', { class: 'tick' });
  const now = svg('text', { class: 'tick' });
  const picture = svg('svg', { role: 'img' }, ...areas, edge, ...lines, top, half, ago, now);
  figure.append(picture);

  return {
    add(status) {
      const at = Date.parse(status.time) / 1000;
      // A clock set back: what lies ahead of it now is dropped.
      if (points.length && at <= points.at(-1).at) points = points.filter(point => point.at < at);
      points.push({ at, rates: Kinds.map(kind => perSecond(status.requests.outcomes, kind)) });
      while (points[0].at < at - Window - 1) points.shift();
    },
    draw(status) {
      drawLegend(status.requests);
      drawAreas();
    },
  };

  function drawLegend(requests) {
    keyed(legend, Kinds.map(kind => ({ kind, requests })), entry => entry.kind.id, ({ kind }) => {
      const [value, part] = [el('b'), el('i')];
      const swatch = el('span', { class: 'swatch' });
      const node = el('li', { class: kind.id, title: kind.means }, swatch, el('span', {}, kind.label), value, part);
      return { node, update({ requests: { outcomes, perSecond: all } }) {
        const now = perSecond(outcomes, kind);
        text(value, rate(now));
        text(part, share(now, all));
      } };
    });
  }

  function drawAreas() {
    const { width, height } = figure.getBoundingClientRect();
    if (!width || !points.length) return;
    const base = height - 20;
    const end = points.at(-1).at;
    const most = nice(Math.max(10, ...points.map(point => point.rates.reduce((a, b) => a + b, 0))));
    const x = at => Math.round((width * (1 - (end - at) / Window)) * 10) / 10;
    const y = value => Math.round((base - (base - 8) * (value / most)) * 10) / 10;
    set(picture, { viewBox: `0 0 ${width} ${height}`, 'aria-label': `Last five minutes, at most ${rate(most)} per second` });
    const parts = segments();
    areas.forEach((area, index) => set(area, { d: parts.map(part => band(part, index, x, y)).join('') || null }));
    set(edge, { d: parts.map(part => `M${part.map(point => `${x(point.at)} ${y(sumTo(point, Kinds.length))}`).join('L')}`).join('') });
    [most, most / 2].forEach((value, index) => {
      set(lines[index], { x1: 0, x2: width, y1: y(value), y2: y(value) });
      set([top, half][index], { y: y(value) + 14 });
      text([top, half][index], `${rate(value)}/s`);
    });
    set(ago, { x: 4, y: height - 4 });
    text(ago, '5 min ago');
    set(now, { x: width - 4, y: height - 4, 'text-anchor': 'end' });
    text(now, 'now');
  }

  function segments() {
    const parts = [];
    points.forEach((point, index) => {
      if (index === 0 || point.at - points[index - 1].at > Gap) parts.push([]);
      parts.at(-1).push(point);
    });
    return parts;
  }

  function band(part, index, x, y) {
    const upper = part.map(point => `${x(point.at)} ${y(sumTo(point, index + 1))}`);
    const lower = part.map(point => `${x(point.at)} ${y(sumTo(point, index))}`).reverse();
    return `M${[...upper, ...lower].join('L')}Z`;
  }

  function sumTo(point, index) {
    let all = 0;
    for (let i = 0; i < index; i++) all += point.rates[i];
    return all;
  }
}
