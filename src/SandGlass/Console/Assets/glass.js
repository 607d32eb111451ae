// The sand-glass: the stream from above, a ring per layer with what it takes out to the side, the neck, and the chains below.
// To the left leaves what was answered without a backend, to the right what was turned away: the place says it, not only the colour.
import { keyed, set, svg, text } from './dom.js';
import { rate, share, ms, words } from './format.js';
import { column, n, shapeOf, streamPoints } from './shape.js';

const Alarming = 0.01; // of what reaches a chain fails: said in the picture; less stands in the table
const Words = { answered: 'cached', fallback: 'fallback', refused: 'refused', shadow: 'would refuse' };

export function createGlass(figure, caption) {
  const group = name => svg('g', { class: name });
  const outline = svg('path', { class: 'outline' });
  const stream = svg('path', { class: 'stream' });
  const lids = [svg('line', { class: 'lid' }), svg('line', { class: 'lid' })];
  const heads = [svg('text', { class: 'head' }), svg('text', { class: 'arriving' }), svg('text', { class: 'head end' })];
  const g = Object.fromEntries(['backs', 'spouts', 'fronts', 'names', 'labels', 'chains'].map(name => [name, group(name)]));
  const layers = [outline, g.backs, g.spouts, g.chains, stream, g.fronts, ...lids, g.names, g.labels, ...heads];
  const picture = svg('svg', { role: 'img' }, hatch(), ...layers);
  figure.prepend(picture);

  return flow => {
    const box = figure.getBoundingClientRect();
    const shape = shapeOf(flow, Math.max(300, box.width), Math.max(480, box.height));
    set(picture, { viewBox: `0 0 ${n(shape.width)} ${n(shape.height)}`, 'aria-label': inWords(flow) });
    set(outline, { d: glassPath(shape) });
    set(stream, { d: column(streamPoints(shape, 'width'), shape.cx) });
    drawHeads(heads, lids, shape, flow);
    drawLayers(g, shape, flow);
    drawChains(g.chains, shape, flow);
    text(caption, `Widths go with √rate; the full glass is ${rate(flow.scale)}/s. The outline is the high-water mark.`);
    return shape;
  };
}

// Fallbacks are striped, so that they differ from cached answers without any colour.
function hatch() {
  const size = { width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' };
  return svg('defs', {}, ...['fallback', 'failed'].map(kind => svg('pattern', { id: `hatch-${kind}`, class: kind, ...size },
    svg('rect', { class: 'ground', width: 8, height: 8 }), svg('rect', { class: 'stripe', width: 3, height: 8 }))));
}

function glassPath(shape) {
  const points = streamPoints(shape, 'mark');
  const bulb = { w: shape.width - 16, cx: shape.width / 2 };
  const foot = shape.height - shape.neck;
  return column([...points, { y: shape.neck + foot * 0.42, ...bulb }, { y: shape.height - 8, ...bulb }], shape.cx);
}

function drawHeads([left, arriving, right], lids, shape, flow) {
  const half = (shape.layers[0]?.mark ?? 40) / 2 + 10;
  set(left, { x: n(shape.left), y: 22, 'text-anchor': 'end' });
  text(left, shape.small ? '◀ answered' : '◀ answered here');
  set(right, { x: n(shape.right), y: 22 });
  text(right, shape.small ? 'refused ▶' : 'turned away ▶');
  set(arriving, { x: n(shape.cx), y: 26 });
  text(arriving, `${rate(flow.arriving)}/s in`);
  lids.forEach((lid, index) => {
    const y = index ? shape.height - 4 : shape.top - 20;
    const [middle, reach] = index ? [shape.width / 2, shape.width / 2 - 4] : [shape.cx, half];
    set(lid, { x1: n(middle - reach), x2: n(middle + reach), y1: n(y), y2: n(y) });
  });
}

function drawLayers(g, shape, flow) {
  const rows = shape.layers.map((layer, index) => ({
    ...layer, shape, arriving: flow.arriving, order: flow.layers[index].order, next: (shape.layers[index + 1] ?? shape.ends).width,
  }));
  const byName = row => row.name;
  keyed(g.backs, rows, byName, () => ring(1));
  keyed(g.fronts, rows, byName, () => ring(0));
  keyed(g.names, rows, byName, name);
  const spouts = rows.flatMap(row => row.spouts.map(spout => ({ ...spout, row, shape, arriving: row.arriving })));
  const byKind = spout => `${spout.row.name} ${spout.kind}`;
  keyed(g.spouts, spouts, byKind, pipe);
  keyed(g.labels, spouts, byKind, label);
}

function name() {
  const [order, title] = [svg('tspan', { class: 'order' }), svg('tspan')];
  return {
    node: svg('text', {}, order, title),
    update(row) {
      const { small } = row.shape;
      set(this.node, { x: 4, y: n(row.y + 5), class: row.spouts.length ? 'name taking' : 'name' });
      text(order, small ? '' : row.order);
      set(title, { dx: small ? 0 : 6 });
      text(title, words(row.name));
    },
  };
}

// Half an ellipse, behind the stream or before it: the stream runs through the ring. It wears the colour of what it takes out most,
// and is the thicker the more that is; next to nothing leaves it plain.
function ring(sweep) {
  return {
    node: svg('path'),
    update({ mark, y, spouts, arriving, shape: { cx } }) {
      const rx = n(mark / 2 + 9);
      const most = spouts.filter(spout => spout.kind !== 'shadow').reduce((a, b) => (b.rate > (a?.rate ?? 0) ? b : a), null);
      const d = `M${n(cx - rx)} ${n(y)}A${rx} ${n(Math.min(9, 3 + rx / 40))} 0 0 ${sweep} ${n(cx + rx)} ${n(y)}`;
      const part = (most?.rate ?? 0) / Math.max(arriving, 1);
      set(this.node, { class: part >= 0.005 ? `ring ${most.kind}` : 'ring', 'stroke-width': n(1.5 + 6 * Math.sqrt(part)), d });
    },
  };
}

// A pipe peels off the shoulder the stream loses at the ring, and ends in an arrow at its label.
function pipe() {
  const node = svg('path', {});
  return {
    node,
    update({ kind, side, y, thick, row, shape }) {
      const sign = side === 'left' ? -1 : 1;
      const edge = w => n(shape.cx + (sign * w) / 2);
      const end = side === 'left' ? shape.left + 16 : shape.right - 16;
      const bend = n(edge(row.width) + sign * 10);
      const [up, down] = [n(y - thick / 2), n(y + thick / 2)];
      const tip = Math.min(11, 5 + thick / 3);
      const from = kind === 'shadow' ? row.next : row.width;
      set(node, {
        class: `pipe ${kind}`,
        d: `M${edge(from)} ${n(row.y - shape.reach)}C${edge(from)} ${up} ${edge(from)} ${up} ${bend} ${up}L${n(end)} ${up}`
          + `L${n(end + sign * tip)} ${n(y)}L${n(end)} ${down}L${bend} ${down}`
          + `C${edge(row.next)} ${down} ${edge(row.next)} ${down} ${edge(row.next)} ${n(row.y + shape.reach)}Z`,
      });
    },
  };
}

function label() {
  const node = svg('text', {});
  const [main, rest] = [svg('tspan', { class: 'rate' }), svg('tspan', { class: 'share' })];
  node.append(main, rest);
  return {
    node,
    update({ kind, side, y, alone, rate: perSecond, shape, arriving }) {
      const x = n(side === 'left' ? shape.left - 4 : shape.right + 4);
      const two = alone && shape.band > 33;
      set(node, { class: `label ${kind}`, 'text-anchor': side === 'left' ? 'end' : 'start', x, y: n(y + (two ? -1 : 5)) });
      text(main, `${rate(perSecond)}/s`);
      const part = share(perSecond, arriving);
      text(rest, shape.small ? (two ? part : '') : two ? `${part} ${Words[kind]}` : kind === 'shadow' ? kind : part);
      set(rest, two ? { x, dy: '1.25em', dx: null } : { x: null, dy: null, dx: 6 });
    },
  };
}

function drawChains(parent, shape, flow) {
  const columns = shape.chains.map((column, index) => ({ ...column, shape, flow: flow.chains[index] }));
  keyed(parent, columns, column => column.name, chain);
}

function chain() {
  const good = svg('path', { class: 'stream' });
  const bad = svg('path', { class: 'stream failed' });
  const lines = ['name', 'served', 'p99', 'criticality'].map(kind => svg('text', { class: `chain ${kind}` }));
  const node = svg('g', {}, good, bad, ...lines);
  return {
    node,
    update(column) {
      const { from, to, panFrom, panTo, good: ratio, flow, y1, shape } = column;
      const cut = [from + (to - from) * ratio, panFrom + (panTo - panFrom) * ratio];
      set(good, { d: runlet(column, from, cut[0], panFrom, cut[1]) });
      set(bad, { d: runlet(column, cut[0], to, cut[1], panTo) });
      const [name, served, p99, criticality] = lines;
      const step = (shape.height - 12 - y1) / 4;
      lines.forEach((line, index) => set(line, { x: n(column.middle), y: n(y1 + step * (index + 0.78)) }));
      text(name, flow.name);
      text(served, `${rate(flow.served)}/s`);
      text(p99, `p99 ${ms(flow.p99Ms)}`);
      const alarming = 1 - ratio >= Alarming;
      text(criticality, alarming ? `▲ ${rate(flow.failed)}/s failed` : words(flow.criticality));
      set(criticality, { class: alarming ? 'chain criticality bad' : 'chain criticality' });
    },
  };
}

function runlet({ y0, y1 }, a, b, c, d) {
  const bend = n((y0 + y1) / 2);
  return `M${n(a)} ${n(y0)}C${n(a)} ${bend} ${n(c)} ${bend} ${n(c)} ${n(y1)}L${n(d)} ${n(y1)}`
    + `C${n(d)} ${bend} ${n(b)} ${bend} ${n(b)} ${n(y0)}Z`;
}

// The same picture for those who hear it.
function inWords(flow) {
  const part = (layer, { kind, rate: out }) => `${words(layer.name)} ${Words[kind]} ${rate(out)} per second`;
  const layers = flow.layers.flatMap(layer => layer.parts.map(entry => part(layer, entry)));
  const chains = flow.chains.map(chain => `${chain.name} serves ${rate(chain.served)} per second`);
  return `${rate(flow.arriving)} requests per second arrive. ${[...layers, ...chains].join('. ')}.`;
}
