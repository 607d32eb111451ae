// Plans, those first that want something of somebody. One is thrown in two steps, as a switch is: press, see what each step touches and
// what must hold, say why. It can be rehearsed instead, and taken back.
import { send } from './api.js';
import { byId, el, keyed, set, text } from './dom.js';
import { clock, rate, share, span } from './format.js';

const Order = ['failed', 'proposed', 'running', 'rehearsing', 'on', 'idle'];
const Back = { running: 'abort', rehearsing: 'abort', on: 'revert', failed: 'revert' };
const Word = { abort: 'Abort', revert: 'Take back' };

let latest = new Map();
let chosen; // { id, act } while the dialog is open: act is start, revert or abort

export function drawPlans({ plans }) {
  latest = new Map(plans.map(plan => [plan.id, plan]));
  const busy = plans.filter(plan => plan.state !== 'idle');
  byId('plans-room').hidden = !plans.length;
  text(byId('plans-news'), busy.length ? `${busy.length} of ${plans.length} not idle` : `${plans.length} idle`);
  set(byId('plans-news'), { class: busy.length ? 'badge lit' : 'badge' });
  const order = [...plans].sort((a, b) => Order.indexOf(a.state) - Order.indexOf(b.state));
  keyed(byId('plans'), order, plan => plan.id, row);
  if (chosen) drawDialog();
}

function row({ id }) {
  const [title, note, steps] = [el('b'), el('small'), el('span', { class: 'value' })];
  const button = el('button', { type: 'button' });
  button.addEventListener('click', () => openDialog(id));
  return {
    node: el('li', {}, el('div', {}, title, note), steps, button),
    update(plan) {
      text(title, `${plan.description || id}: ${plan.state}`);
      const told = plan.steps.map(step => step.fleet).filter(Boolean);
      const missing = [...new Set(told.flatMap(fleet => fleet.missing))].map(who => `not on ${who}`);
      const fewest = told.length && told.reduce((a, b) => (b.inForce < a.inForce ? b : a));
      text(note, [about(plan), ...missing].filter(Boolean).join(' · '));
      text(steps, plan.state === 'idle' || plan.state === 'proposed' ? `${plan.steps.length} ${plan.steps.length === 1 ? 'step' : 'steps'}` : `${plan.done}/${plan.steps.length}${fewest ? ` on ${fewest.inForce}/${fewest.of}` : ''}`);
      set(steps, { title: plan.steps.map(step => `${step.switch} after ${step.after}: ${step.is}`).join('\n'), class: plan.trouble ? 'value ailing' : 'value' });
      const act = Back[plan.state] ?? 'start';
      text(button, act === 'start' ? 'Start…' : `${Word[act]}…`);
      set(button, { class: plan.state === 'proposed' ? 'go' : null, 'aria-label': `${act === 'start' ? 'Start' : Word[act]}: ${plan.description || id}` });
    },
  };
}

function about(plan) {
  const left = plan.until && `ends in ${span((Date.parse(plan.until) - Date.now()) / 1000)}`;
  const last = plan.state === 'idle' && plan.last && `${plan.last.how} ${clock(plan.last.at)}${plan.last.kept.length ? `, left alone: ${plan.last.kept.join(', ')}` : ''}`;
  return [plan.trouble, plan.proposed, left, plan.by && `${plan.by}: “${plan.reason}”`, last, plan.state === 'idle' && plan.when && `for ${plan.when}`, plan.owner, ...plan.warnings]
    .filter(Boolean).join(' · ');
}

function openDialog(id) {
  const plan = latest.get(id);
  if (!plan) return;
  chosen = { id, act: Back[plan.state] ?? 'start' };
  text(byId('plan-title'), `${chosen.act === 'start' ? 'Start' : Word[chosen.act]}: ${plan.description || id}`);
  text(byId('plan-problem'), '');
  byId('plan-reason').value = '';
  byId('plan-rehearse').checked = false;
  byId('plan-how').hidden = chosen.act !== 'start';
  drawDialog();
  byId('plan-dialog').showModal();
  byId('plan-reason').focus();
}

// With each second's numbers: what it touches changes while somebody thinks.
function drawDialog() {
  const plan = latest.get(chosen.id);
  const starts = chosen.act === 'start';
  const rehearses = starts && byId('plan-rehearse').checked;
  text(byId('plan-go'), rehearses ? 'Rehearse' : starts ? 'Start now' : Word[chosen.act]);
  keyed(byId('plan-steps'), plan?.steps ?? [], step => step.switch, planStep);
  const needs = starts && !rehearses ? plan?.needs ?? [] : [];
  keyed(byId('plan-needs'), needs, need => need.what, planNeed);
  text(byId('plan-lead'), !plan ? 'This plan is no longer in the policy.'
    : rehearses ? 'In shadow for seconds: each step is counted, nobody is touched.'
    : starts ? [plan.for ? `Taken back by itself after ${plan.for}.` : 'It stays until somebody takes it back.', ...plan.warnings].join(' ')
    : 'Its switches are turned off in reverse order; those that somebody has changed meanwhile are left alone.');
}

function planStep({ switch: id }) {
  const [when, title, note] = [el('span', { class: 'value' }), el('b'), el('small')];
  return { node: el('li', {}, when, el('div', {}, title, note)), update(step) {
    text(when, step.is === 'to-come' ? (step.after === '0s' ? 'at once' : `+${step.after}`) : 'done');
    text(title, id);
    const touches = step.effect;
    text(note, !touches ? 'the policy has no such switch: the plan will stop here'
      : step.on && step.is !== 'thrown' ? 'is on already: left as it is'
      : `${touches.routes.length ? touches.routes.join(', ') : 'no route'} · ${share(touches.shareOfTraffic, 1)} of traffic, ${rate(touches.requestsPerSecond)}/s`);
  } };
}

function planNeed({ what }) {
  const mark = el('b');
  const node = el('li', {}, mark, el('span', {}, what));
  return { node, update(need) {
    text(mark, need.isMet ? '✓' : '✗');
    set(node, { class: need.isMet ? null : 'ailing', 'aria-label': `${need.what}: ${need.isMet ? 'yes' : 'no'}` });
  } };
}

export function wirePlans() {
  const dialog = byId('plan-dialog');
  dialog.addEventListener('close', () => { chosen = undefined; });
  byId('plan-cancel').addEventListener('click', () => dialog.close());
  byId('plan-rehearse').addEventListener('change', drawDialog);
  byId('plan-form').addEventListener('submit', async event => {
    event.preventDefault();
    const reason = byId('plan-reason').value.trim();
    if (!reason) return text(byId('plan-problem'), 'Say why: it goes to the audit.');
    const go = byId('plan-go');
    go.disabled = true;
    const rehearse = chosen.act === 'start' && byId('plan-rehearse').checked;
    const answer = await send(`/api/plans/${encodeURIComponent(chosen.id)}/${chosen.act}`, 'POST', { reason, ...(rehearse && { rehearse }) });
    go.disabled = false;
    if (!answer.ok) return text(byId('plan-problem'), answer.problem);
    dialog.close();
    if (answer.json?.steps) drawPlans({ plans: [...latest.values()].map(plan => (plan.id === answer.json.id ? answer.json : plan)) });
  });
}
