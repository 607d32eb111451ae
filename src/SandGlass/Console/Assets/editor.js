// A plain text area with line numbers. Tab indents; Escape, then Tab, moves on, so that nobody is caught in it.
import { el, set } from './dom.js';

const Indent = '  ';

export function createEditor(area, gutter, onInput) {
  let marks = new Map(); // line → 'error' or 'warning'
  let free = false;

  function drawGutter() {
    const count = area.value.split('\n').length;
    for (let line = gutter.children.length; line < count; line++) gutter.append(el('span', {}, String(line + 1)));
    while (gutter.children.length > count) gutter.lastChild.remove();
    [...gutter.children].forEach((node, index) => set(node, { class: marks.get(index + 1) ?? null }));
    follow();
  }

  function follow() {
    gutter.scrollTop = area.scrollTop;
  }

  // By the browser's own command where there is one: it can be undone.
  function insert(text) {
    if (!document.execCommand('insertText', false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
  }

  area.addEventListener('keydown', event => {
    if (event.key === 'Escape') free = true;
    if (event.key !== 'Tab' || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || free || area.readOnly) return;
    event.preventDefault();
    const { selectionStart: from, selectionEnd: to, value } = area;
    if (!value.slice(from, to).includes('\n')) return insert(Indent);
    const start = value.lastIndexOf('\n', from - 1) + 1;
    area.setSelectionRange(start, to);
    insert(value.slice(start, to).replace(/^(?=.)/gm, Indent));
  });
  area.addEventListener('focus', () => { free = false; });
  area.addEventListener('scroll', follow);
  area.addEventListener('input', () => {
    free = false;
    drawGutter();
    onInput();
  });

  return {
    get text() { return area.value; },
    set text(value) {
      area.value = value;
      marks = new Map();
      area.setSelectionRange(0, 0);
      area.scrollTop = area.scrollLeft = 0;
      drawGutter();
    },
    mark(problems) {
      marks = new Map();
      for (const { line, severity } of problems) if (marks.get(line) !== 'error') marks.set(line, severity);
      drawGutter();
    },
    // Columns count characters, strings count UTF-16 units.
    goTo(line, column) {
      const lines = area.value.split('\n');
      const row = Math.min(line, lines.length) - 1;
      const before = [...lines[row]].slice(0, column - 1).join('');
      const at = lines.slice(0, row).reduce((sum, each) => sum + each.length + 1, 0) + before.length;
      area.focus();
      area.setSelectionRange(at, at);
      const style = getComputedStyle(area);
      area.scrollTop = Math.max(0, row * parseFloat(style.lineHeight) - area.clientHeight / 3);
      area.scrollLeft = Math.max(0, before.length * parseFloat(style.fontSize) * 0.62 - area.clientWidth * 0.7);
      follow();
      for (const node of gutter.children) node.classList.toggle('here', node === gutter.children[row]);
    },
  };
}
