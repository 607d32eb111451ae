// What would happen to one request, without sending it: its route, its client, and what each layer would decide.
import { send } from './api.js';
import { byId, el, text } from './dom.js';
import { words } from './format.js';

export function wireExplain() {
  byId('explain-form').addEventListener('submit', async event => {
    event.preventDefault();
    text(byId('explain-problem'), '');
    const answer = await send('/api/explain', 'POST', question());
    const missing = answer.status === 404 && !answer.json?.end;
    text(byId('explain-problem'), missing ? 'This gateway cannot explain requests yet: it has no /api/explain.' : answer.problem);
    byId('explained').replaceChildren(...(answer.ok ? story(answer.json) : []));
  });
}

function question() {
  const headers = {};
  for (const line of byId('explain-headers').value.split('\n')) {
    const [, name, value] = /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name) headers[name] = name in headers ? [headers[name], value].flat() : value;
  }
  const from = byId('explain-from').value.trim();
  return { method: byId('explain-method').value.trim(), url: byId('explain-url').value.trim(), headers, ...(from && { from }) };
}

function story({ route, others, client, steps, end }) {
  const facts = [];
  const fact = (name, ...value) => facts.push(el('dt', {}, name), el('dd', {}, ...value));
  fact('ends', el('b', { class: `end ${end.outcome}` }, `${end.status || ''} ${end.text}`.trim()));
  if (route) {
    const its = [`chain ${route.chain}`, route.criticality, route.backend && `backend ${route.backend}`, `within ${route.timeout}`];
    const parameters = Object.entries(route.parameters ?? {}).map(([name, value]) => `${name} = ${value}`);
    fact('route', el('b', {}, route.name), ` ${route.pattern} `, el('small', {}, [...its, ...parameters].filter(Boolean).join(' · ')));
  } else {
    fact('route', 'none');
  }
  for (const { route: name, why } of others ?? []) fact('not', `${name}: `, why);
  if (client) fact('client', el('b', {}, client.address), ` ${client.how}`);
  return [el('dl', { class: 'facts' }, ...facts), el('ol', { class: 'steps' }, ...(steps ?? []).map(step))];
}

// In shadow a refusal does not happen: would says that it had.
function step({ layer, rule, mode, verdict, would, text: why }) {
  const [sign, kind, word] = would ? ['◌', 'would', `would ${verdict === 'admit' ? 'refuse' : verdict}`]
    : verdict === 'admit' ? ['✓', 'admit', verdict]
      : verdict === 'refuse' ? ['✕', 'refuse', verdict] : ['→', 'answered', verdict];
  const name = words(layer.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase());
  return el('li', { class: kind }, el('span', { class: 'sign', 'aria-hidden': 'true' }, sign), el('b', {}, word),
    el('span', {}, `${name} ${rule ?? ''} `, el('small', {}, mode === 'enforce' ? '' : mode), ' ', why));
}
