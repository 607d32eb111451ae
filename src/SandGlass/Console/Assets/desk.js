// Edit and check: the policy in force as it was written, comments and all. What is typed is never thrown away: not when somebody else
// was quicker, not when the gateway says no.
import { call } from './api.js';
import { askChange } from './change.js';
import { drawDiff } from './diff.js';
import { byId, el, set, text } from './dom.js';
import { createEditor } from './editor.js';
import { count } from './format.js';

const Pause = 400; // ms without a key until the text is checked

export function createDesk(desk) {
  const editor = createEditor(byId('policy-text'), byId('policy-lines'), typed);
  let base; // { revision, text, isFile } that the text was made from
  let newline = '\n'; // a text area knows only this one; the file gets its own back
  let kept; // what was typed before another text was loaded over it
  let checked; // the last answer of validate, null while the text is newer than it
  let timer, asking;
  let loading; // the newest wish for a text counts

  const typedText = () => (newline === '\n' ? editor.text : editor.text.replaceAll('\n', newline));
  const dirty = () => base !== undefined && editor.text !== base.text;

  async function load(path, isFile) {
    const mine = loading = {};
    const answer = await call(path);
    if (loading !== mine) return;
    loading = undefined;
    if (!answer.ok) return say(answer.problem);
    kept = dirty() ? { base, text: editor.text, newline } : undefined;
    newline = answer.text.includes('\r\n') ? '\r\n' : '\n';
    const value = answer.text.replaceAll('\r\n', '\n');
    take({ revision: answer.etag, text: value, isFile }, value);
  }

  function take(nextBase, value) {
    base = nextBase;
    editor.text = value;
    checked = null;
    if (desk.mayWrite) check();
    draw();
  }

  function typed() {
    checked = null;
    asking?.abort();
    clearTimeout(timer);
    timer = setTimeout(check, Pause);
    draw();
  }

  // The same engine as the verb check. The answer to the newest text counts; one under way is given up.
  async function check() {
    clearTimeout(timer);
    asking?.abort();
    asking = new AbortController();
    const answer = await call('/api/policy/validate', { method: 'POST', body: typedText(), signal: asking.signal });
    if (answer.status === -1) return;
    checked = answer.json?.errors ? answer.json : null;
    say(checked ? '' : answer.problem);
    if (checked) {
      drawProblems(checked.errors);
      drawDiff(byId('edit-diff'), checked.details);
    }
    draw();
  }

  function drawProblems(problems) {
    editor.mark(problems);
    const errorsFirst = [...problems].sort((a, b) => a.severity.localeCompare(b.severity)); // and else in the order of the text
    byId('problems').replaceChildren(...errorsFirst.map(problem => {
      const { text: whole, message, severity, line, column } = problem;
      const head = whole.endsWith(message) ? whole.slice(0, -message.length) : '';
      const place = el('span', { class: 'code' }, head);
      const node = el('button', { type: 'button', class: severity, title: 'Go to the place' }, place, whole.slice(head.length));
      node.addEventListener('click', () => editor.goTo(line, column));
      return el('li', {}, node);
    }));
  }

  function draw() {
    const errors = checked?.errors.filter(problem => problem.severity === 'error').length ?? 0;
    const warnings = (checked?.errors.length ?? 0) - errors;
    const found = `${count(errors)} error${errors === 1 ? '' : 's'}, ${count(warnings)} warning${warnings === 1 ? '' : 's'}`;
    text(byId('check-result'), !desk.mayWrite || !base ? '' : !checked ? 'checking…' : found);
    set(byId('check-result'), { class: errors ? 'badge bad' : 'badge' });
    const of = base?.revision === desk.status?.revision ? 'in force' : base?.isFile ? 'the file, which was rejected' : 'not in force any more';
    text(byId('edit-base'), base ? `${base.revision} (${of})${dirty() ? ', changed here' : ''}` : '');
    drawNotice();
    const why = !desk.mayWrite ? 'The viewer’s token may read only.'
      : !dirty() && !base?.isFile ? 'Nothing is changed yet.'
        : errors ? 'Mend the errors first.' : '';
    byId('edit-put').disabled = Boolean(why);
    byId('edit-check').disabled = !desk.mayWrite;
    byId('edit-load').disabled = !dirty() && !base?.isFile;
    text(byId('edit-why'), why);
  }

  function drawNotice() {
    const found = desk.fileRevision;
    const came = base && desk.status && base.revision !== found;
    const rejected = found !== desk.status?.revision;
    byId('edit-came').hidden = !came;
    byId('edit-came-see').hidden = rejected;
    byId('edit-file').hidden = !rejected;
    byId('edit-rebase').hidden = !dirty();
    if (came) {
      text(byId('edit-came-what'), rejected
        ? `The file holds revision ${found}, which was rejected.`
        : `Revision ${found} came between. Your text is kept, still based on ${base.revision}.`);
    }
    byId('edit-kept').hidden = !kept;
  }

  function say(problem) {
    text(byId('edit-problem'), problem);
  }

  async function put(reason) {
    if (byId('edit-put').disabled) return;
    await Promise.all([check(), desk.look()]);
    if (!checked?.valid) return draw();
    const warnings = checked.errors.length;
    askChange({
      title: 'Put this policy in force',
      lead: `It goes into the file, over ${base.revision}, and works for the next request. This changes, from now (${desk.status.revision}):`,
      warning: warnings ? `${warnings} warning${warnings > 1 ? 's' : ''}: legal, but unwise. The list beside the text tells.` : '',
      details: checked.details,
      go: 'Put in force',
      reason,
      again: () => byId('edit-came').scrollIntoView({ block: 'center' }),
      act: async why => {
        const body = typedText();
        const headers = { 'If-Match': `"${base.revision}"` };
        const answer = await call(`/api/policy?reason=${encodeURIComponent(why)}`, { method: 'PUT', body, headers });
        if (answer.ok) {
          base = { revision: answer.json.revision, text: body.replaceAll('\r\n', '\n') };
          kept = undefined;
          await desk.changed(`Revision ${answer.json.revision} is in force.`);
        }
        if (answer.json?.errors) drawProblems(answer.json.errors);
        if (answer.status === 412) await desk.look();
        draw();
        return answer;
      },
    });
  }

  async function rebase() {
    base = { ...base, revision: desk.fileRevision };
    await check();
    await put();
  }

  byId('edit-check').addEventListener('click', check);
  byId('edit-put').addEventListener('click', () => put());
  byId('edit-file').addEventListener('click', () => load('/api/policy/file', true));
  byId('edit-load').addEventListener('click', () => load('/api/policy'));
  byId('edit-rebase').addEventListener('click', rebase);
  byId('edit-back').addEventListener('click', () => {
    const { base: oldBase, text: value, newline: end } = kept;
    [kept, newline] = [undefined, end];
    take(oldBase, value);
  });
  byId('policy-text').addEventListener('keydown', event => {
    if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    put();
  });
  addEventListener('beforeunload', event => { if (dirty()) event.preventDefault(); });

  return {
    loadFile: () => load('/api/policy/file', true),
    allow() {
      byId('policy-text').readOnly = !desk.mayWrite;
      if (desk.mayWrite && base && !checked) check();
      draw();
    },
    // The text follows what is in force until somebody has typed.
    follow({ revision }) {
      if (loading) return;
      if (!base || (!dirty() && base.revision !== revision && base.revision !== desk.fileRevision)) load('/api/policy');
      else draw();
    },
  };
}
