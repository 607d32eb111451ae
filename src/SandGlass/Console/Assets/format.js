// Numbers as people read them: short, with a unit, and never jumping in width more than they must.
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export function count(n) {
  return whole.format(n ?? 0);
}

export function rate(n) {
  if (!(n >= 0.05)) return '0';
  if (n < 9.95) return tenth.format(n);
  if (n < 99999.5) return whole.format(n);
  return n < 9.995e6 ? `${whole.format(n / 1e3)}k` : `${tenth.format(n / 1e6)}M`;
}

export function share(part, all) {
  const percent = all > 0 ? (100 * part) / all : 0;
  if (percent <= 0) return '0 %';
  if (percent < 0.1) return '<0.1 %';
  if (percent >= 99.95) return '100 %';
  return percent < 9.95 || percent > 99 ? `${tenth.format(percent)} %` : `${whole.format(percent)} %`;
}

export function ms(n) {
  if (n == null) return '–';
  if (n < 9.95) return `${tenth.format(n)} ms`;
  return n < 999.5 ? `${whole.format(n)} ms` : `${tenth.format(n / 1e3)} s`;
}

export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  if (s < 172800) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

// The gateway's own wall clock, in its own time zone, whatever zone the browser sits in.
export function clock(iso) {
  return /T(\d\d:\d\d:\d\d)/.exec(iso ?? '')?.[1] ?? '';
}

// A moment on the same clock: today's by its time, an older one with its day.
export function moment(iso, now = '') {
  const day = String(iso ?? '').slice(0, 10);
  return day === String(now).slice(0, 10) ? clock(iso) : `${day} ${clock(iso)}`;
}

// "critical-plus" is how the policy spells it; people read "critical plus".
export function words(name) {
  return String(name).replaceAll('-', ' ');
}

// The next round number: a scale that steps rarely and reads well.
export function nice(n) {
  const power = 10 ** Math.floor(Math.log10(Math.max(n, 1e-9)));
  return [1, 1.5, 2, 3, 5, 7, 10].map(step => step * power).find(step => step >= n * 0.999);
}
