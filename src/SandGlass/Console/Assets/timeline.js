// The night as a picture: a band of phases with what comes next, and under it a lane for each kind of thing that lasts, from when it began
// until it ended or will end by itself. Who and why stand in the list below it, and on the bars for whoever points at them.
import { call } from './api.js';
import { byId, el, keyed, set, svg, text } from './dom.js';
import { moment, span } from './format.js';

const Lanes = [
  { kind: 'alarm', label: 'alarms', begins: ['fires'] },
  { kind: 'breaker', label: 'breakers', begins: ['open', 'forced open', 'forced closed'] },
  { kind: 'plan', label: 'plans', begins: ['start'], goesOn: ['stopped'] },
  { kind: 'switch', label: 'switches', begins: ['on'] },
  { kind: 'policy', label: 'policies', begins: [] },
];
const [Left, Name, Band, Row] = [190, 184, 24, 16]; // pixels
const Most = 5; // rows of a lane; what goes on comes first
const Every = 3000; // milliseconds: the story is short, and what must be known at once stands in the other rooms
const Listed = 12;

export function createTimeline() {
  const figure = byId('timeline');
  const picture = svg('svg', { role: 'img' });
  figure.append(picture);
  let told, asked = 0, asking = false;
  const hours = byId('timeline-hours');
  hours.addEventListener('change', () => { asked = 0; });

  return {
    update(status) {
      drawCountdown(status.event);
      if (!asking && Date.now() - asked > Every) ask(status.time);
      if (told) draw(status.time);
    },
  };

  async function ask(now) {
    asking = true;
    const since = new Date(Date.parse(now) - 24 * 3600e3).toISOString();
    const answer = await call(`/api/timeline?last=1000&since=${encodeURIComponent(since)}`);
    [asking, asked] = [false, Date.now()];
    if (answer.ok) told = answer.json;
  }

  function draw(time) {
    const { width } = figure.getBoundingClientRect();
    if (!width) return;
    const now = Date.parse(time);
    const back = Number(hours.value) * 3600e3;
    // A third of it is what is to come.
    const [from, to] = [now - back, now + back / 2];
    const x = at => Math.round((Left + (width - Left) * Math.min(1, Math.max(0, (at - from) / (to - from)))) * 10) / 10;
    const parts = told.event ? phases(told.event, x, from, to) : [];
    let y = told.event ? Band + 6 : 2;
    for (const lane of Lanes) {
      const bars = spans(told.entries, lane, now).filter(bar => bar.to >= from && bar.from <= to);
      if (!bars.length) continue;
      const rows = byName(bars, lane);
      parts.push(svg('text', { class: 'lane', x: 0, y: y + 12 }, lane.label));
      for (const [name, its] of rows.slice(0, Most)) {
        const goesOn = its.some(bar => bar.goesOn);
        parts.push(svg('text', { class: `bar-name ${goesOn ? 'goes-on' : ''}`, x: Name, y: y + 12, 'text-anchor': 'end' }, short(name)));
        for (const bar of its) parts.push(...drawBar(bar, lane, x, y, now));
        y += Row;
      }
      if (rows.length > Most) {
        parts.push(svg('text', { class: 'bar-name', x: Name, y: y + 12, 'text-anchor': 'end' }, `and ${rows.length - Most} more`));
        y += Row;
      }
      y += 4;
    }
    const height = Math.max(y + 14, 40);
    parts.push(svg('line', { class: 'now-line', x1: x(now), x2: x(now), y1: 0, y2: height - 13 }), svg('text', { class: 'tick', x: x(now), y: height - 2, 'text-anchor': 'middle' }, 'now'),
      svg('text', { class: 'tick', x: Left, y: height - 2 }, `${span(back / 1000)} ago`), svg('text', { class: 'tick', x: width - 2, y: height - 2, 'text-anchor': 'end' }, `in ${span(back / 2000)}`));
    set(picture, { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-label': `What happened in the last ${span(back / 1000)}; the list below says it in words` });
    picture.replaceChildren(...parts);
    const news = told.entries.filter(entry => Date.parse(entry.at) >= from).slice(-Listed).reverse();
    text(byId('timeline-none'), news.length ? '' : 'Nothing happened.');
    keyed(byId('timeline-list'), news, entry => `${entry.at} ${entry.kind} ${entry.name} ${entry.what}`, line);
  }
}

function drawCountdown(event) {
  byId('countdown').hidden = !event;
  byId('timeline-event').hidden = !event;
  if (!event) return;
  text(byId('countdown-word'), event.next ? `${event.next} in` : event.phase ? `${event.phase} for` : 'event');
  text(byId('countdown-time'), event.next ? exact(event.nextInSeconds) : event.phase ? span(event.phaseSeconds) : '–');
  set(byId('countdown'), { class: event.next && event.nextInSeconds < 600 ? 'soon' : null });
  text(byId('timeline-event'), [event.phase && `${event.phase} for ${span(event.phaseSeconds)}`, event.next && `${event.next} in ${exact(event.nextInSeconds)}`].filter(Boolean).join(' · '));
}

// To the second in the last hour: that is when people count along.
function exact(seconds) {
  if (seconds >= 3600) return span(seconds);
  const s = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

function phases({ phases: all }, x, from, to) {
  return all.flatMap((phase, index) => {
    const [begins, ends] = [Date.parse(phase.at), Date.parse(all[index + 1]?.at ?? '9999-01-01')];
    if (ends <= from || begins >= to) return [];
    const [left, right] = [x(begins), x(ends)];
    const label = svg('text', { class: 'phase-name', x: left + 5, y: 16 }, [phase.name, ...phase.plans.map(plan => `▸ ${plan}`)].join(' '));
    const box = svg('svg', { x: left, y: 0, width: Math.max(1, right - left - 1), height: Band },
      svg('rect', { class: `phase p${index % 2}`, width: '100%', height: Band, rx: 3 }));
    set(label, { x: 5 });
    box.append(label, svg('title', {}, `${phase.name} begins ${moment(phase.at)}${phase.plans.length ? `; proposes ${phase.plans.join(', ')}` : ''}`));
    return [box];
  });
}

// Entries that begin something are bars until an entry of the same name ends it; what goes on ends when it says, or with the picture.
function spans(entries, { kind, begins, goesOn = [] }, now) {
  const [open, done] = [new Map(), []];
  for (const entry of entries) {
    if (entry.kind !== kind || goesOn.includes(entry.what)) continue;
    const at = Date.parse(entry.at);
    const before = open.get(entry.name);
    if (before) done.push({ ...before, to: at, end: entry });
    open.delete(entry.name);
    if (begins.includes(entry.what)) open.set(entry.name, { name: entry.name, from: at, entry });
    else if (!before || !begins.length) done.push({ name: entry.name, from: at, to: at, entry });
  }
  for (const bar of open.values()) done.push({ ...bar, to: now, until: bar.entry.until && Date.parse(bar.entry.until), goesOn: true });
  return done.sort((a, b) => a.from - b.from);
}

// A row for each name: what goes on first, then the latest. Policies are moments of one thing.
function byName(bars, { begins }) {
  const rows = new Map();
  for (const bar of bars) {
    const name = begins.length ? bar.name : '';
    rows.set(name, [...(rows.get(name) ?? []), bar]);
  }
  const weight = its => (its.some(bar => bar.goesOn) ? 1e15 : 0) + its.at(-1).from;
  return [...rows].sort((a, b) => weight(b[1]) - weight(a[1]));
}

function short(name) {
  return name.length > 18 ? `${name.slice(0, 17)}…` : name;
}

function drawBar(bar, { kind }, x, y, now) {
  const [left, right] = [x(bar.from), x(bar.to)];
  const about = svg('title', {}, inWords(bar.entry) + (bar.end ? `\n${inWords(bar.end)}` : ''));
  const kinds = `bar ${kind} ${bar.entry.severity ?? ''} ${bar.entry.what === 'rejected' ? 'rejected' : ''} ${bar.goesOn ? 'goes-on' : ''}`;
  const parts = [svg('rect', { class: kinds, x: left, y: y + 2, width: Math.max(3, right - left), height: Row - 4, rx: 2 }, about)];
  if (bar.goesOn && bar.until > now) parts.push(svg('rect', { class: `bar ${kind} to-come`, x: right, y: y + 2, width: Math.max(2, x(bar.until) - right), height: Row - 4, rx: 2 }));
  return parts;
}

function line(entry) {
  const [when, what, why] = [el('span', { class: 'dim' }), el('b'), el('small')];
  return { node: el('li', { class: entry.kind }, when, el('div', {}, what, why)), update() {
    text(when, moment(entry.at, new Date().toISOString()));
    text(what, `${entry.kind} ${entry.name} ${entry.what}`);
    text(why, aside(entry));
  } };
}

function aside({ by, why, until }) {
  return [by && why ? `${by}: “${why}”` : by || why, until && `until ${moment(until, new Date().toISOString())}`].filter(Boolean).join(' · ');
}

function inWords(entry) {
  return [`${moment(entry.at)} ${entry.name} ${entry.what}`, aside(entry)].filter(Boolean).join('; ');
}
