// What the glass shows, out of a status: what arrives, what each layer takes out, what reaches the chains, and the high-water marks.
import { Kinds, perSecond } from './kinds.js';
import { nice } from './format.js';

const HalfLife = 600; // seconds until a high-water mark that is no longer reached has sunk by half
const Least = 100; // requests per second that fill the glass at least, so that three requests do not look like a flood
const Sides = { answered: 'left', fallback: 'left', refused: 'right', shadow: 'right' };
const [served, , , , failed] = Kinds;

export function createFlow() {
  let marks = new Map();
  let peak = Least;
  let lastAt = 0;

  function sink(at) {
    const rest = 0.5 ** (Math.max(0, lastAt ? at - lastAt : 0) / 1000 / HalfLife);
    lastAt = at;
    peak = Math.max(Least, peak * rest);
    for (const [name, mark] of marks) marks.set(name, mark * rest);
  }

  function mark(name, value) {
    marks.set(name, Math.max(value, marks.get(name) ?? 0));
    return marks.get(name);
  }

  return status => {
    sink(Date.parse(status.time) || Date.now());
    const arriving = status.requests.perSecond;
    const chains = status.chains.map(chainFlow);
    const through = chains.reduce((all, chain) => all + chain.served + chain.failed, 0);
    const layers = status.layers.map(layer => ({
      name: layer.name,
      order: layer.order,
      reached: layer.reached.perSecond,
      parts: Object.keys(Sides)
        .map(kind => ({ kind, side: Sides[kind], rate: layer[kind]?.perSecond ?? 0 }))
        .filter(part => part.rate > 0),
    }));
    for (const layer of layers) layer.mark = mark(layer.name, layer.reached);
    peak = Math.max(peak, arriving, ...layers.map(layer => layer.reached));
    return { arriving, scale: nice(peak), layers, chains, through, throughMark: mark('', through) };
  };
}

function chainFlow(chain) {
  return {
    name: chain.name,
    criticality: chain.criticality,
    served: perSecond(chain.outcomes, served),
    failed: perSecond(chain.outcomes, failed),
    p99Ms: chain.p99Ms,
  };
}
