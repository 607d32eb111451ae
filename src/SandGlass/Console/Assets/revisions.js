// The last policies, newest first. Any two can be held against each other; any one can be brought back.
import { call, send } from './api.js';
import { askChange } from './change.js';
import { drawDiff } from './diff.js';
import { byId, el, keyed, set, text } from './dom.js';
import { moment } from './format.js';

const keyOf = entry => `${entry.revision} ${entry.at}`; // a policy that came back stands once for each time

export function createRevisions(desk) {
  let entries = [];
  let older, newer; // keys of the two that are compared
  let chosen = false; // by a person; else the page follows what is in force

  function setEntries(next) {
    entries = next;
    const known = new Set(entries.map(keyOf));
    if (!chosen || !known.has(older) || !known.has(newer)) follow();
    draw();
    compare();
  }

  // What is in force against the one before it.
  function follow() {
    chosen = false;
    choose(Math.max(0, entries.findIndex(entry => entry.current)));
  }

  function choose(index) {
    newer = entries[index] && keyOf(entries[index]);
    older = entries[index + 1] && keyOf(entries[index + 1]);
  }

  function pick(change) {
    chosen = true;
    change();
    draw();
    compare();
  }

  function draw() {
    keyed(byId('revisions'), entries.map((entry, index) => ({ entry, index })), ({ entry }) => keyOf(entry), row);
  }

  function row({ entry }) {
    const key = keyOf(entry);
    const radio = (name, label, take) => {
      const node = el('input', { type: 'radio', name, 'aria-label': `${label} ${entry.revision} of ${moment(entry.at)}` });
      node.addEventListener('change', () => pick(take));
      return node;
    };
    const from = radio('older', 'compare from', () => { older = key; });
    const to = radio('newer', 'compare to', () => { newer = key; });
    const name = el('button', { type: 'button', class: 'code link', title: 'Show what it changed' }, entry.revision);
    name.addEventListener('click', () => pick(() => choose(entries.findIndex(each => keyOf(each) === key))));
    const [badge, when, why, what] = [el('span', { class: 'badge lit' }, 'in force'), el('span'), el('span', { class: 'why' }), el('small')];
    const back = el('button', { type: 'button' });
    back.addEventListener('click', () => rollBack(entry));
    return {
      node: el('li', { 'data-revision': entry.revision }, from, to,
        el('div', {}, el('p', {}, name, badge, when), el('p', {}, why), what), back),
      update({ entry: now }) {
        from.checked = older === key;
        to.checked = newer === key;
        set(this.node, { class: older === key || newer === key ? 'compared' : null });
        badge.hidden = !now.current;
        text(when, `${moment(now.at, desk.status?.time)} · ${now.by}`);
        text(why, now.reason || 'no reason was given');
        text(what, summary(now.changes));
        // Over a file that was turned away, the one in force can be written back too.
        back.hidden = now.current && desk.fileRevision === now.revision;
        back.disabled = !desk.mayWrite;
        const verb = now.current ? 'Write back' : 'Roll back';
        text(back, `${verb}…`);
        set(back, { 'aria-label': `${verb} to ${now.revision}`, title: desk.mayWrite ? null : 'The viewer’s token may read only' });
      },
    };
  }

  async function compare() {
    const [a, b] = [older, newer].map(key => entries.find(entry => keyOf(entry) === key));
    if (!a || !b) {
      text(byId('diff-of'), '');
      drawDiff(byId('diff'), null, entries.length ? 'This is the first policy that is kept. What the next one changes will stand here.' : '');
      return;
    }
    const [from, to] = [a, b].map(entry => `${entry.revision}${entry.current ? ' (in force)' : ''}, ${moment(entry.at, desk.status?.time)}`);
    text(byId('diff-of'), `from ${from} to ${to}`);
    const found = await difference(a.revision, b.revision);
    if (older !== keyOf(a) || newer !== keyOf(b)) return; // another two were chosen meanwhile
    drawDiff(byId('diff'), found.json?.details, found.problem);
  }

  async function rollBack(entry, reason) {
    await desk.look();
    const [seen, overwritten] = [desk.status.revision, desk.fileRevision];
    const found = await difference(seen, entry.revision);
    askChange({
      title: `Roll back to ${entry.revision}`,
      lead: `It came ${moment(entry.at, desk.status?.time)} by ${entry.by}: “${entry.reason}”. This changes, from now (${seen}):`,
      warning: overwritten === seen ? '' : `The file holds another text (${overwritten}), which was rejected. It is overwritten.`,
      details: found.json?.details,
      problem: found.problem,
      go: 'Roll back',
      reason,
      again: typed => rollBack(entry, typed),
      act: async why => {
        const seenThere = { 'If-Match': `"${overwritten}"` };
        const answer = await send('/api/policy/rollback', 'POST', { revision: entry.revision, reason: why }, seenThere);
        if (answer.ok) await desk.changed(`Rolled back: ${answer.json.revision} is in force.`);
        return answer;
      },
    });
  }

  return { set: setEntries, draw, follow };
}

function difference(from, to) {
  return call(`/api/policy/diff?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`);
}

function summary(changes) {
  if (!changes) return '';
  if (!changes.length) return 'no difference in meaning';
  return changes.length > 1 ? `${changes[0]} · and ${changes.length - 1} more` : changes[0];
}
