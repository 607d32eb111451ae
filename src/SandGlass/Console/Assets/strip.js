// The top strip and the banners: who this is, how it is, and what is wrong.
import { byId, set, text } from './dom.js';
import { clock, count, rate, span } from './format.js';

export function drawStrip(status) {
  const { guard, machine, policy, requests } = status;
  document.title = `${rate(requests.perSecond)}/s · ${status.name} · SandGlass`;
  text(byId('name'), status.name);
  text(byId('state'), status.state.replace('-', ' '));
  set(byId('state'), { class: `state ${status.state}` });
  text(byId('rate'), rate(requests.perSecond));
  text(byId('under-way'), count(requests.underWay));
  text(byId('cpu'), `${Math.round(machine.cpu * 100)} %`);
  byId('cpu-bar').style.width = `${Math.min(100, Math.round(machine.cpu * 100))}%`;
  set(byId('cpu-meter'), { class: machine.cpu >= 0.85 || guard.level > 0 ? 'meter full' : 'meter' });
  text(byId('memory'), `${count(machine.memoryMb)} MB`);
  const pauses = (machine.gcPauseRatio * 100).toFixed(1);
  const own = `load ${guard.load.toFixed(2)} of 1 (${guard.worst}), turned away below critical-plus ${Math.round(guard.level * 100)} %`;
  set(byId('machine'), { title: `GC pauses ${pauses} %, thread pool queue ${count(machine.threadPoolQueue)}, ${own}` });
  text(byId('uptime'), span(status.uptimeSeconds));
  text(byId('clock'), clock(status.time));
  text(byId('revision'), policy.revision);
  set(byId('revision'), { title: `loaded ${policy.loadedAt}` });
  text(byId('version'), `SandGlass ${status.version} (${status.revision})`);
}

export function drawProblems({ policy }) {
  const bad = policy.lastReload === 'rejected';
  byId('rejected').hidden = !bad;
  if (!bad) return;
  const at = clock(policy.lastReloadAt);
  text(byId('rejected-title'), `The policy file was rejected${at ? ` at ${at}` : ''}. Revision ${policy.revision} serves on.`);
  // As check prints them; what keeps the file out comes before what is only unwise.
  const problems = policy.problems ?? [];
  const isWarning = problem => /^.*?:\d+:\d+: warning /.test(problem);
  text(byId('rejected-problems'), [...problems.filter(each => !isWarning(each)), ...problems.filter(isWarning)].join('\n'));
}

// Three seconds: one late message is no news. The age is not announced: a screen reader would count the seconds aloud.
export function drawAge(seconds, ever) {
  const lost = seconds >= 3;
  byId('lost').hidden = !lost;
  document.body.classList.toggle('old', lost);
  if (lost) {
    text(byId('lost-what'), ever ? 'Connection lost' : 'No connection to the gateway yet');
    text(byId('lost-age'), ever ? `, numbers are ${span(seconds)} old` : '');
  }
  return lost;
}
