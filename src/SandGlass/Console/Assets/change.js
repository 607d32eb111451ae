// One dialog for every change of the policy: first what would change, then why, then it is done. What the gateway says against it is
// shown here, with nothing lost.
import { byId, text } from './dom.js';
import { drawDiff } from './diff.js';

let wish;

export function askChange(next) {
  wish = next;
  text(byId('change-title'), wish.title);
  text(byId('change-lead'), wish.lead);
  text(byId('change-warning'), wish.warning);
  text(byId('change-go'), wish.go);
  text(byId('change-problem'), '');
  byId('change-reason').value = wish.reason ?? '';
  byId('change-again').hidden = true;
  byId('change-go').hidden = false;
  byId('change-go').disabled = Boolean(wish.problem);
  drawDiff(byId('change-diff'), wish.details, wish.problem);
  if (!byId('change-dialog').open) byId('change-dialog').showModal();
  byId('change-reason').focus();
}

export function wireChange() {
  const dialog = byId('change-dialog');
  byId('change-cancel').addEventListener('click', () => dialog.close());
  byId('change-again').addEventListener('click', () => {
    const [again, reason] = [wish.again, byId('change-reason').value];
    dialog.close();
    again(reason);
  });
  byId('change-form').addEventListener('submit', async event => {
    event.preventDefault();
    const reason = byId('change-reason').value.trim();
    if (!reason) return text(byId('change-problem'), 'Say why: it goes to the audit.');
    byId('change-go').disabled = true;
    text(byId('change-problem'), '');
    const answer = await wish.act(reason);
    byId('change-go').disabled = false;
    if (answer.ok) return dialog.close();
    text(byId('change-problem'), answer.problem);
    // What was shown is not what is there any more: look before pressing again.
    const stale = answer.status === 412;
    byId('change-go').hidden = stale;
    byId('change-again').hidden = !stale;
  });
}
