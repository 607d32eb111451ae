// Throws a switch and asks the gateways until each answers as it says. Used by fleet-switches.sh.
//   throws COUNT ADMIN,… DATA,…       throws it on and off by turns, on one gateway after the other; a line each: ms until it holds where it
//                                     was thrown, and on all
//   waits STATUS DATA,… [PID]         continues a process, where one is named, and prints the ms until all answer with this status
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

const patience = 20_000;
const [verb, first, second, third] = process.argv.slice(2);

async function status(address) {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

async function holds(address, wanted, began) {
  while (await status(address) !== wanted) {
    if (performance.now() - began > patience) throw new Error(`${address} does not answer with ${wanted}`);
    await pause(1);
  }
  return performance.now() - began;
}

async function put(admin, on, reason) {
  const answer = await fetch(`${admin}/api/switches/off`, {
    method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ on, reason }),
  });
  if (answer.status !== 200) throw new Error(`${admin} answered ${answer.status}`);
  await answer.arrayBuffer();
}

if (verb === 'throws') {
  const [admins, data] = [second.split(','), third.split(',')];
  for (let i = 0; i < Number(first); i++) {
    const at = i % admins.length;
    const wanted = i % 2 === 0 ? 503 : 200;
    const began = performance.now();
    await put(admins[at], wanted === 503, `throw ${i}`);
    const all = await Promise.all(data.map(address => holds(address, wanted, began)));
    console.log(`${all[at].toFixed(1)} ${Math.max(...all).toFixed(1)}`);
    // Not in step with the gateways' turns, nor with the heartbeat.
    await pause(150 + (i * 37) % 400);
  }
} else {
  const began = performance.now();
  if (third) process.kill(Number(third), 'SIGCONT');
  const all = await Promise.all(second.split(',').map(address => holds(address, Number(first), began)));
  console.log(Math.max(...all).toFixed(0));
}
