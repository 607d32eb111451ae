// Where everything of the glass lies, in pixels: pure arithmetic, shared by what is drawn and by the sand that runs through it.
// Widths go with the square root of the rate: twenty times calm is four and a half times as wide, and a trickle is still seen.

export function shapeOf(flow, width, height) {
  const small = width < 560;
  const names = small ? 74 : Math.min(170, width * 0.145);
  const labels = small ? 66 : Math.min(150, width * 0.14);
  const left = names + labels;
  const right = width - labels - (small ? 0 : 24);
  const cx = (left + right) / 2;
  const top = small ? 58 : 64;
  const foot = small ? 190 : Math.max(210, height * 0.31);
  const neck = height - foot;
  const band = (neck - top) / Math.max(1, flow.layers.length);
  const widest = (right - left) * (small ? 0.74 : 0.84);
  const wide = rate => (rate > 0 ? Math.max(2, widest * Math.sqrt(rate / flow.scale)) : 0);

  const layers = flow.layers.map((layer, index) => {
    const y = top + (index + 0.5) * band;
    return {
      name: layer.name,
      y,
      width: wide(layer.reached),
      mark: wide(layer.mark) + 16,
      spouts: spouts(layer.parts, y, band, rate => Math.max(2.5, band * 0.8 * Math.sqrt(rate / flow.scale))),
    };
  });
  const ends = { width: wide(flow.through), mark: wide(flow.throughMark) + 16 };
  return {
    width, height, small, names, left, right, cx, top, neck, band, layers, ends, reach: band * 0.36,
    chains: columns(flow, { width, cx, neck, foot, ends, wide, small }),
  };
}

// What leaves on one side of one ring: one pipe in the middle, or two above each other.
function spouts(parts, y, band, thick) {
  return parts.map(part => {
    const same = parts.filter(other => other.side === part.side);
    const row = same.indexOf(part) - (same.length - 1) / 2;
    const alone = same.length === 1;
    const most = alone ? band : band * 0.42;
    return { ...part, alone, y: y + row * band * 0.46, thick: Math.min(most, thick(part.rate)) };
  });
}

// The neck is shared out by rate; each share runs down to the middle of its own column.
function columns(flow, { width, cx, neck, foot, ends, wide, small }) {
  const column = (width - 24) / Math.max(1, flow.chains.length);
  let from = cx - ends.width / 2;
  return flow.chains.map((chain, index) => {
    const rate = chain.served + chain.failed;
    const slot = flow.through > 0 ? (ends.width * rate) / flow.through : 0;
    const middle = 12 + (index + 0.5) * column;
    const pan = Math.min(wide(rate), column * 0.8);
    const good = rate > 0 ? chain.served / rate : 1;
    const shape = {
      name: chain.name, middle, column, rate, good,
      y0: neck - 1, y1: neck + foot - (small ? 100 : 100 + foot * 0.09),
      from, to: from + slot, panFrom: middle - pan / 2, panTo: middle + pan / 2,
    };
    from += slot;
    return shape;
  });
}

// The two walls of something that flows downward through (y, width) points, as one closed path of always the same commands,
// so that a browser can move it smoothly from one second to the next. A point may have a middle of its own.
export function column(points, cx) {
  const wall = (point, sign) => n((point.cx ?? cx) + (sign * point.w) / 2);
  const side = (list, sign) => list.slice(1).map((point, index) => {
    const before = list[index];
    const middle = n((before.y + point.y) / 2);
    return `C${wall(before, sign)} ${middle} ${wall(point, sign)} ${middle} ${wall(point, sign)} ${n(point.y)}`;
  }).join('');
  const up = [...points].reverse();
  return `M${wall(points[0], -1)} ${n(points[0].y)}${side(points, -1)}L${wall(up[0], 1)} ${n(up[0].y)}${side(up, 1)}Z`;
}

// The stream's own points: full width down to each ring, narrowing within the ring's reach to what the next layer sees.
export function streamPoints(shape, field) {
  const points = [{ y: shape.top - 18, w: shape.layers[0]?.[field] ?? shape.ends[field] }];
  shape.layers.forEach((layer, index) => {
    const next = (shape.layers[index + 1] ?? shape.ends)[field];
    points.push({ y: layer.y - shape.reach, w: layer[field] }, { y: layer.y + shape.reach, w: next });
  });
  points.push({ y: shape.neck, w: shape.ends[field] });
  return points;
}

// How far across such a wall has come at the given part of its height: the curve's own arithmetic, turned round by halving.
export function across(height) {
  if (height <= 0 || height >= 1) return height <= 0 ? 0 : 1;
  let [low, high] = [0, 1];
  for (let i = 0; i < 7; i++) {
    const t = (low + high) / 2;
    if (1.5 * t * (1 - t) + t * t * t < height) low = t; else high = t;
  }
  return low * low * (3 - 2 * low);
}

export function n(x) {
  return Math.round(x * 10) / 10;
}
