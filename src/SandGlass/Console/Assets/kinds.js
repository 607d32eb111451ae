// The ways a request can end, as the page groups and names them. Each outcome is in exactly one kind, so kinds add up to all requests.
export const Kinds = [
  { id: 'served', label: 'served', outcomes: ['served'], means: 'a backend answered' },
  { id: 'answered', label: 'cached', outcomes: ['hit', 'stale', 'collapsed'], means: 'answered without a request of its own to a backend' },
  { id: 'fallback', label: 'fallback', outcomes: ['fallback'], means: 'a degraded answer was given' },
  { id: 'refused', label: 'refused', outcomes: ['refused'], means: 'a layer said no' },
  { id: 'failed', label: 'failed', outcomes: ['failed'], means: 'no usable answer from a backend' },
  { id: 'aborted', label: 'left', outcomes: ['aborted'], means: 'the client left first' },
];

export function perSecond(outcomes, kind) {
  return sum(outcomes, kind, 'perSecond');
}

export function total(outcomes, kind) {
  return sum(outcomes, kind, 'total');
}

function sum(outcomes, kind, field) {
  let all = 0;
  for (const entry of outcomes ?? []) if (kind.outcomes.includes(entry.outcome)) all += entry[field];
  return all;
}
