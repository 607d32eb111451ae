// Plans that are not idle, and those that are by their number: what is done of each, until when, and why it stopped.
import { byId, el, keyed, set, text } from './dom.js';
import { clock } from './format.js';

export function drawPlans({ plans }) {
  const busy = plans.filter(plan => plan.state !== 'idle');
  byId('plans-room').hidden = !plans.length;
  text(byId('plans-news'), busy.length ? `${busy.length} of ${plans.length} not idle` : `${plans.length} idle`);
  set(byId('plans-news'), { class: busy.length ? 'badge lit' : 'badge' });
  keyed(byId('plans'), busy, plan => plan.id, row);
}

function row({ id }) {
  const [title, note, steps] = [el('b'), el('small'), el('span', { class: 'value' })];
  return {
    node: el('li', {}, el('div', {}, title, note), steps),
    update(plan) {
      text(title, `${plan.description || id}: ${plan.state}`);
      const until = plan.until && `until ${clock(plan.until)}`;
      text(note, [plan.trouble, plan.proposed, until, plan.by && `${plan.by}: “${plan.reason}”`, ...plan.warnings].filter(Boolean).join(' · '));
      text(steps, `${plan.done}/${plan.steps.length}`);
      set(steps, { title: plan.steps.map(step => `${step.switch} after ${step.after}: ${step.is}`).join('\n'), class: plan.trouble ? 'value ailing' : 'value' });
    },
  };
}
