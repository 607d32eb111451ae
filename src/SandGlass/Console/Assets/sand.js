// Grains over the picture. Each rolls the dice at every ring with the true shares, so where grains go is where requests go;
// how many there are is capped. Nothing moves for those who asked for less motion, in a hidden tab, or when the numbers are old.
import { across } from './shape.js';

const Most = 320;
const Fall = 3.6; // seconds from lid to neck

export function createSand(figure, canvas) {
  const less = matchMedia('(prefers-reduced-motion: reduce)');
  const pen = canvas.getContext('2d');
  let shape, flow, widths = [], grains = [], due = 0, last = 0, running = false, allowed = true;
  let colours = {};

  function readColours() {
    const style = getComputedStyle(figure);
    for (const kind of ['grain', 'answered', 'fallback', 'refused', 'failed']) colours[kind] = style.getPropertyValue(`--${kind}`).trim();
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', readColours);
  less.addEventListener('change', wake);
  readColours();

  function wake() {
    const wanted = allowed && !less.matches && shape?.layers.length;
    if (wanted && !running) { running = true; last = performance.now(); requestAnimationFrame(frame); }
    if (!wanted) { running = false; grains = []; pen.clearRect(0, 0, canvas.width, canvas.height); }
  }

  function frame(now) {
    if (!running) return;
    const dt = Math.min(0.05, (now - last) / 1000);
    last = now;
    const target = [...shape.layers.map(layer => layer.width), shape.ends.width];
    widths = target.map((w, index) => (widths[index] ?? w) + (w - (widths[index] ?? w)) * Math.min(1, dt * 4));
    spawn(dt);
    grains = grains.filter(grain => move(grain, dt));
    paint();
    requestAnimationFrame(frame);
  }

  function spawn(dt) {
    due += flow.arriving > 0 ? dt * (5 + 75 * Math.sqrt(Math.min(1, flow.arriving / flow.scale))) : 0;
    for (; due >= 1; due--) {
      if (grains.length >= Most) continue;
      grains.push({ y: shape.top - 18, u: (Math.random() * 2 - 1) * 0.92, v: 0.8 + Math.random() * 0.4, layer: 0, kind: 'grain' });
    }
  }

  function move(grain, dt) {
    const speed = ((shape.neck - shape.top) / Fall) * grain.v;
    if (grain.side) { // out through a pipe
      grain.x += grain.side * speed * 1.6 * dt;
      grain.y += (grain.goal - grain.y) * Math.min(1, dt * 8);
      return grain.side < 0 ? grain.x > shape.left + 10 : grain.x < shape.right - 10;
    }
    grain.y += speed * dt;
    if (grain.chain) return runDown(grain);
    const layer = shape.layers[grain.layer];
    if (layer && grain.y >= layer.y) {
      grain.x = xOf(grain);
      take(grain, layer, flow.layers[grain.layer]);
      grain.layer++;
    } else if (grain.y >= shape.neck) enterChain(grain);
    grain.x = grain.side ? grain.x : xOf(grain);
    return true;
  }

  function take(grain, layer, { reached }) {
    let roll = Math.random() * Math.max(reached, 1e-9);
    for (const spout of layer.spouts) {
      if (spout.kind === 'shadow') continue;
      roll -= spout.rate;
      if (roll >= 0) continue;
      grain.side = spout.side === 'left' ? -1 : 1;
      grain.kind = spout.kind;
      grain.goal = spout.y + (Math.random() - 0.5) * spout.thick * 0.7;
      return;
    }
  }

  function enterChain(grain) {
    let roll = Math.random() * shape.chains.reduce((all, chain) => all + chain.rate, 0);
    grain.chain = shape.chains.find(chain => (roll -= chain.rate) < 0)?.name;
    grain.w = 0.06 + Math.random() * 0.88;
    if (!grain.chain) grain.y = Infinity;
  }

  function runDown(grain) {
    const chain = shape.chains.find(entry => entry.name === grain.chain);
    if (!chain || grain.y > chain.y1) return false;
    const ease = across((grain.y - chain.y0) / (chain.y1 - chain.y0));
    const at = (from, to) => from + (to - from) * grain.w;
    const [above, below] = [at(chain.from, chain.to), at(chain.panFrom, chain.panTo)];
    grain.x = above + (below - above) * ease;
    grain.kind = grain.w > chain.good ? 'failed' : 'grain';
    return true;
  }

  // The same narrowing as the drawn stream, at this grain's height.
  function xOf(grain) {
    const band = Math.min(shape.layers.length - 1, Math.max(0, Math.floor((grain.y - shape.top) / shape.band)));
    const ease = across((grain.y - (shape.layers[band].y - shape.reach)) / (2 * shape.reach));
    return shape.cx + (grain.u / 2) * (widths[band] + (widths[band + 1] - widths[band]) * ease);
  }

  function paint() {
    const ratio = devicePixelRatio || 1;
    const [w, h] = [Math.round(shape.width * ratio), Math.round(shape.height * ratio)];
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, shape.width, shape.height);
    for (const grain of grains) {
      pen.fillStyle = colours[grain.kind];
      pen.fillRect(grain.x - 1.25, grain.y - 1.25, 2.5, 2.5);
    }
  }

  return {
    show(newShape, newFlow) { shape = newShape; flow = newFlow; wake(); },
    allow(yes) { allowed = yes; wake(); },
  };
}
