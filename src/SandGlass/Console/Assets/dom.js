// The little that is needed of a framework. Text goes in as text, never as markup.
const Svg = 'http://www.w3.org/2000/svg';

export const byId = id => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(Svg, tag), attributes, children);
}

function fill(node, attributes, children) {
  set(node, attributes);
  node.append(...children);
  return node;
}

export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

// Writes only what changed, so that selections and screen readers are left in peace.
export function text(node, value) {
  if (node.textContent !== String(value ?? '')) node.textContent = value ?? '';
}

// One child per item, made once and updated in place: focus and hover outlive the next second.
// make(item) returns { node, update(item) }.
const known = new WeakMap();

export function keyed(parent, items, keyOf, make) {
  const before = known.get(parent) ?? new Map();
  const after = new Map();
  items.forEach((item, index) => {
    const key = keyOf(item);
    const row = before.get(key) ?? make(item);
    before.delete(key);
    after.set(key, row);
    if (parent.children[index] !== row.node) parent.insertBefore(row.node, parent.children[index] ?? null);
    row.update(item);
  });
  for (const row of before.values()) row.node.remove();
  known.set(parent, after);
}
