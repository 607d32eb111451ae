// What is wrong now, the worst first. Quiet alarms are counted only: a wall of green is read by nobody.
import { byId, el, keyed, set, text } from './dom.js';
import { clock, ms, span } from './format.js';

const Weight = { page: 0, ticket: 1, info: 2 };
const Word = { firing: 'fires', pending: 'about to fire' };

export function drawAlarms({ alarms }) {
  const loud = alarms.filter(alarm => alarm.state !== 'quiet')
    .sort((a, b) => (a.state === b.state ? Weight[a.severity] - Weight[b.severity] : a.state === 'firing' ? -1 : 1));
  const firing = loud.filter(alarm => alarm.state === 'firing').length;
  byId('alarms-room').hidden = !alarms.length;
  // The one line that a screen reader speaks, and only when it changes.
  text(byId('alarms-news'), firing ? `${firing} of ${alarms.length} firing` : `${alarms.length} quiet`);
  set(byId('alarms-news'), { class: firing ? 'badge alarmed' : 'badge' });
  keyed(byId('alarms'), loud, alarm => alarm.name, row);
}

function row({ name }) {
  const [mark, title, note, value] = [el('span'), el('b'), el('small'), el('span', { class: 'value' })];
  return {
    node: el('li', {}, mark, el('div', {}, title, note), value),
    update(alarm) {
      text(mark, alarm.severity);
      set(mark, { class: `severity ${alarm.severity} ${alarm.state}` });
      text(title, `${name} ${Word[alarm.state]}`);
      const since = clock(alarm.since);
      text(note, [alarm.text, since && `since ${since}`, alarm.description].filter(Boolean).join(' · '));
      text(value, read(alarm));
    },
  };
}

function read({ metric, value }) {
  if (value == null) return '–';
  if (metric.startsWith('latency.')) return ms(value * 1000);
  if (metric === 'certificate.left') return span(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
